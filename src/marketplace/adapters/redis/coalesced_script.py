"""Calls of one Lua script that many requests make at once become one command on one connection (docs/adr/0011)."""

import asyncio
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from hashlib import sha1
from typing import Any, Generic, TypeVar

import hiredis
from redis.asyncio import Redis
from redis.exceptions import RedisError

from marketplace.adapters.redis.client import PATIENCE, CacheUnavailable

Call = TypeVar("Call")
Answer = TypeVar("Answer")

MOST = 128
"""Calls of one command: Valkey does nothing else meanwhile."""

RECOVERY = 0.5
"""Seconds between two looks whether a lost Valkey is back; until then every call is refused at once."""

TROUBLES = (RedisError, OSError, TimeoutError)


class CoalescedScript(Generic[Call, Answer]):
    """What is called during one turn of the event loop, or while the last command runs, goes together.

    `arguments` turns calls into numkeys, KEYS and ARGV of one command, `answers` its reply into an answer for each.
    The command goes over a line of its own, without tasks; whatever goes wrong there is tried once more by the client.
    """

    def __init__(
        self,
        redis: Redis,
        source: str,
        arguments: Callable[[Sequence[Call]], tuple[Any, ...]],
        answers: Callable[[Any], Iterable[Answer]],
    ) -> None:
        self._redis = redis
        self._source = source
        self._hash = sha1(source.encode(), usedforsecurity=False).hexdigest()
        self._arguments = arguments
        self._answers = answers
        self._waiting: list[tuple[Call, asyncio.Future[Answer]]] = []
        self._asked: list[tuple[Call, asyncio.Future[Answer]]] = []
        self._busy = False
        self._lost = False
        self._line: _Line | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._mending: asyncio.Task[None] | None = None

    async def __call__(self, call: Call) -> Answer:
        """Raises CacheUnavailable."""
        if self._lost:
            raise _unavailable()
        loop = asyncio.get_running_loop()
        future: asyncio.Future[Answer] = loop.create_future()
        self._waiting.append((call, future))
        if not self._busy:
            self._busy = True
            loop.call_soon(self._ask)
        return await future

    async def close(self) -> None:
        self._lost = True
        if self._mending is not None:
            self._mending.cancel()
            with suppress(asyncio.CancelledError):
                await self._mending
        if self._timer is not None:
            self._timer.cancel()
        self._hang_up()
        self._refuse(None)

    def _ask(self) -> None:
        if self._lost:
            return
        self._asked, self._waiting = self._waiting[:MOST], self._waiting[MOST:]
        if self._line is None:
            self._mend()
            return
        self._line.write("EVALSHA", self._hash, *self._arguments([call for call, _ in self._asked]))
        self._timer = asyncio.get_running_loop().call_later(PATIENCE, self._mend)

    def _hear(self, reply: Any) -> None:
        """None if the line is dead."""
        if self._timer is None:
            self._hang_up()
            return
        self._timer.cancel()
        self._timer = None
        if isinstance(reply, list):
            self._answer(reply)
        else:
            self._mend()

    def _answer(self, reply: list[Any]) -> None:
        for (_, future), answer in zip(self._asked, self._answers(reply), strict=True):
            if not future.done():
                future.set_result(answer)
        self._asked = []
        if self._waiting:
            self._ask()
        else:
            self._busy = False

    def _mend(self) -> None:
        self._timer = None
        self._hang_up()
        self._mending = asyncio.get_running_loop().create_task(self._ask_again())

    async def _ask_again(self) -> None:
        """At first, when the script is not known, and when the line is dead or silent."""
        try:
            async with asyncio.timeout(PATIENCE):
                arguments = self._arguments([call for call, _ in self._asked])
                reply = await self._redis.eval(self._source, *arguments)
                self._line = await _Line.open(self._redis, self._hear)
        except TROUBLES as error:
            self._lost = True
            self._refuse(error)
            await self._until_back()
            self._busy = self._lost = False
        else:
            self._answer(reply)

    async def _until_back(self) -> None:
        while True:
            await asyncio.sleep(RECOVERY)
            with suppress(*TROUBLES):
                async with asyncio.timeout(PATIENCE):
                    await self._redis.ping()
                return

    def _refuse(self, error: BaseException | None) -> None:
        refused, self._asked, self._waiting = self._asked + self._waiting, [], []
        for _, future in refused:
            if not future.done():
                refusal = _unavailable()
                refusal.__cause__ = error
                future.set_exception(refusal)

    def _hang_up(self) -> None:
        if self._line is not None:
            self._line.close()
            self._line = None


class _Line(asyncio.Protocol):
    """A connection that redis-py makes (address, TLS, credentials) and we read: half of the CPU, see docs/adr/0011."""

    def __init__(self, connection: Any, hear: Callable[[Any], None]) -> None:
        self._writer, connection._writer = connection._writer, None  # noqa: SLF001 - it has no public name
        self._transport: asyncio.Transport = self._writer.transport
        self._reader = hiredis.Reader()
        self._hear = hear
        self._transport.set_protocol(self)

    @classmethod
    async def open(cls, redis: Redis, hear: Callable[[Any], None]) -> "_Line":
        connection = redis.connection_pool.make_connection()  # type: ignore[no-untyped-call]
        await connection.connect()
        return cls(connection, hear)

    def write(self, *command: Any) -> None:
        self._transport.write(hiredis.pack_command(command))

    def data_received(self, data: bytes) -> None:
        self._reader.feed(data)
        while (reply := self._reader.gets()) is not False:
            if not isinstance(reply, hiredis.PushNotification):
                self._hear(reply)

    def connection_lost(self, exc: Exception | None) -> None:
        self._hear(None)

    def close(self) -> None:
        self._hear = _nothing
        self._transport.abort()


def _nothing(_: Any) -> None: ...


def _unavailable() -> CacheUnavailable:
    return CacheUnavailable("the cache does not answer, try again")
