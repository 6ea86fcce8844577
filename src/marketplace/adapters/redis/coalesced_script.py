"""Calls of one Lua script that many requests make at once become one command on one connection."""

import asyncio
from collections.abc import Callable, Sequence
from contextlib import suppress
from hashlib import sha1
from typing import Any, Generic, TypeVar

from redis.asyncio import Redis
from redis.exceptions import ConnectionError, NoScriptError, RedisError

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

    `arguments` turns calls into the KEYS and ARGV of one command, `answers` its reply into an answer for each call.
    """

    def __init__(
        self,
        redis: Redis,
        source: str,
        arguments: Callable[[Sequence[Call]], tuple[list[Any], list[Any]]],
        answers: Callable[[Any], Sequence[Answer]],
    ) -> None:
        self._connection = redis.connection_pool.make_connection()  # type: ignore[no-untyped-call]
        self._source = source
        self._hash = sha1(source.encode(), usedforsecurity=False).hexdigest()
        self._arguments = arguments
        self._answers = answers
        self._waiting: list[tuple[Call, asyncio.Future[Answer]]] = []
        self._running: asyncio.Task[None] | None = None
        self._lost = False

    async def __call__(self, call: Call) -> Answer:
        """Raises CacheUnavailable."""
        if self._lost:
            raise _unavailable()
        loop = asyncio.get_running_loop()
        future: asyncio.Future[Answer] = loop.create_future()
        self._waiting.append((call, future))
        if self._running is None:
            self._running = loop.create_task(self._run())
        return await future

    async def close(self) -> None:
        self._lost = True
        if self._running is not None:
            self._running.cancel()
            with suppress(asyncio.CancelledError):
                await self._running
        await self._disconnect()

    async def _run(self) -> None:
        try:
            while self._waiting:
                batch, self._waiting = self._waiting[:MOST], self._waiting[MOST:]
                try:
                    async with asyncio.timeout(PATIENCE):
                        answers = await self._ask([call for call, _ in batch])
                except TROUBLES as error:
                    self._lost = True
                    _refuse(batch + self._waiting, error)
                    self._waiting = []
                    await self._until_back()
                    continue
                for (_, future), answer in zip(batch, answers, strict=True):
                    if not future.done():
                        future.set_result(answer)
        finally:
            self._running = None

    async def _ask(self, calls: Sequence[Call]) -> Sequence[Answer]:
        keys, arguments = self._arguments(calls)
        rest = (len(keys), *keys, *arguments)
        try:
            return self._answers(await self._evaluate(rest))
        except ConnectionError:  # the connection may have died of old age: a new one is tried once
            return self._answers(await self._evaluate(rest))

    async def _evaluate(self, rest: tuple[Any, ...]) -> Any:
        try:
            return await self._command("EVALSHA", self._hash, *rest)
        except NoScriptError:
            return await self._command("EVAL", self._source, *rest)

    async def _command(self, *parts: Any) -> Any:
        connection = self._connection
        try:
            if not connection.is_connected:
                await connection.connect()
            await connection.send_packed_command(connection.pack_command(*parts), check_health=False)
            return await connection.read_response()
        except NoScriptError:
            raise
        except BaseException:  # an answer that comes late must not be taken for the next one's
            await self._disconnect()
            raise

    async def _until_back(self) -> None:
        while self._lost:
            await asyncio.sleep(RECOVERY)
            with suppress(*TROUBLES):
                await self._command("PING")
                self._lost = False

    async def _disconnect(self) -> None:
        with suppress(*TROUBLES):
            await self._connection.disconnect(nowait=True)


def _refuse(batch: Sequence[tuple[Any, "asyncio.Future[Any]"]], error: BaseException) -> None:
    for _, future in batch:
        if not future.done():
            refusal = _unavailable()
            refusal.__cause__ = error
            future.set_exception(refusal)


def _unavailable() -> CacheUnavailable:
    return CacheUnavailable("the cache does not answer, try again")
