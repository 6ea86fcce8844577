"""A last-in-first-out stack of plain asyncpg connections (docs/adr/0003 has the figures)."""

import asyncio
from collections import deque
from contextlib import suppress

import asyncpg
import msgspec

from marketplace.domain.shared.errors import Unavailable

SESSION = {
    "application_name": "marketplace",
    "timezone": "UTC",
    "lock_timeout": "2000",
    "statement_timeout": "5000",
    "idle_in_transaction_session_timeout": "10000",
    "jit": "off",
    "plan_cache_mode": "force_generic_plan",
}
"""Session settings, times in milliseconds (reliability rule D6).

Every statement is prepared once and its plan kept: what a plan depends on is written into the SQL, not bound."""


class DatabaseUnavailable(Unavailable):
    code = "database_unavailable"


class DatabaseBusy(Unavailable):
    code = "database_busy"


_LOST = (
    asyncpg.PostgresConnectionError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,
    asyncpg.CannotConnectNowError,
    asyncpg.AdminShutdownError,
    asyncpg.CrashShutdownError,
    OSError,
    TimeoutError,
)
_BUSY = (
    asyncpg.TooManyConnectionsError,
    asyncpg.LockNotAvailableError,
    asyncpg.DeadlockDetectedError,
    asyncpg.SerializationError,
    asyncpg.QueryCanceledError,
    asyncpg.IdleInTransactionSessionTimeoutError,
)


def refusal_of(error: BaseException | None) -> Unavailable | None:
    """The Unavailable that a driver's error means to a caller, if it is a matter of the engine's health."""
    if isinstance(error, _BUSY):
        return DatabaseBusy("the database is busy, try again")
    if isinstance(error, _LOST):
        return DatabaseUnavailable("the database does not answer, try again")
    return None


class Pool:
    """At most `size` connections; the one returned last is taken first, so the others' caches stay cold and unpaid.

    No reset on return: nothing here leaves session state behind. A caller waits at most `patience` seconds.
    """

    def __init__(self, dsn: str, *, size: int = 16, patience: float = 1.5) -> None:
        self._dsn = dsn
        self._size = size
        self._patience = patience
        self._idle: list[asyncpg.Connection] = []
        self._open = 0
        self._waiting: deque[asyncio.Future[bool]] = deque()
        self._closed = False

    def connection(self) -> "Lease":
        """`async with pool.connection() as connection` for statements that commit by themselves."""
        return Lease(self)

    async def take(self) -> asyncpg.Connection:
        while not self._closed:
            while self._idle:
                connection = self._idle.pop()
                if not connection.is_closed():
                    return connection
                self._open -= 1
            if self._open < self._size:
                return await self._connect()
            await self._wait()
        raise DatabaseUnavailable("the service is stopping")

    def give(self, connection: asyncpg.Connection) -> None:
        """Take a connection back; one that is closed or still inside a transaction is thrown away."""
        if connection.is_closed() or connection.is_in_transaction() or self._closed:
            connection.terminate()
            self._open -= 1
        else:
            self._idle.append(connection)
        self._wake_one()

    async def close(self) -> None:
        self._closed = True
        while self._waiting:
            self._wake_one()
        while self._idle:
            with suppress(Exception):
                await self._idle.pop().close(timeout=2)

    async def _connect(self) -> asyncpg.Connection:
        self._open += 1
        try:
            return await connect(self._dsn)
        except BaseException:
            self._open -= 1
            self._wake_one()
            raise

    async def _wait(self) -> None:
        loop = asyncio.get_running_loop()
        turn: asyncio.Future[bool] = loop.create_future()
        self._waiting.append(turn)
        alarm = loop.call_later(self._patience, _settle, turn, False)
        try:
            mine = await turn
        except asyncio.CancelledError:
            if turn.done() and not turn.cancelled():
                self._wake_one()
            raise
        finally:
            alarm.cancel()
        if not mine:
            raise DatabaseBusy("every database connection is in use, try again")

    def _wake_one(self) -> None:
        while self._waiting:
            turn = self._waiting.popleft()
            if not turn.done():
                turn.set_result(True)
                return


def _settle(turn: "asyncio.Future[bool]", value: bool) -> None:
    if not turn.done():
        turn.set_result(value)


class Lease:
    """One connection for the length of a block; the driver's health errors leave it as Unavailable."""

    __slots__ = ("_connection", "_pool")

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    async def __aenter__(self) -> asyncpg.Connection:
        self._connection = await self._pool.take()
        return self._connection

    async def __aexit__(self, _: type[BaseException] | None, error: BaseException | None, __: object) -> None:
        self._pool.give(self._connection)
        if error is not None and (refusal := refusal_of(error)):
            raise refusal from error


async def connect(dsn: str) -> asyncpg.Connection:
    """A connection of our own settings; raises DatabaseUnavailable or DatabaseBusy."""
    try:
        connection = await asyncpg.connect(
            dsn, timeout=5, server_settings=SESSION, max_cached_statement_lifetime=0, statement_cache_size=512
        )
        await connection.set_type_codec(
            "jsonb", schema="pg_catalog", encoder=_encode, decoder=msgspec.json.decode, format="text"
        )
    except Exception as error:
        if refusal := refusal_of(error):
            raise refusal from error
        raise
    return connection


def _encode(value: object) -> str:
    return msgspec.json.encode(value).decode()
