"""Stop one call before any of its statements while others go on."""

import asyncio
from collections.abc import AsyncIterator
from contextvars import ContextVar
from typing import Any, cast

import asyncpg
from dishka import Provider, Scope, provide

from marketplace.adapters.sql.pool import Pool
from marketplace.application.catalog.ports import SellerCap

STATEMENTS = {"execute", "executemany", "fetch", "fetchrow", "fetchval"}


class Gate:
    """Counts the statements of the tasks it is set for, and stops them before the one `at` this place."""

    def __init__(self, at: int = 0) -> None:
        self.at = at
        self.passed = 0
        self.reached = asyncio.Event()
        self.open = asyncio.Event()

    async def before_statement(self) -> None:
        self.passed += 1
        if self.passed == self.at:
            self.reached.set()
            await self.open.wait()


GATE: ContextVar[Gate | None] = ContextVar("gate", default=None)


class GatedConnection:
    def __init__(self, connection: asyncpg.Connection, gate: Gate) -> None:
        self.connection = connection
        self._gate = gate

    def __getattr__(self, name: str) -> Any:
        method = getattr(self.connection, name)
        if name not in STATEMENTS:
            return method

        async def run(*arguments: Any, **named: Any) -> Any:
            await self._gate.before_statement()
            return await method(*arguments, **named)

        return run


class GatedPool(Pool):
    """Its connections stop at the gate of the task that takes them, if there is one."""

    async def take(self) -> asyncpg.Connection:
        connection, gate = await super().take(), GATE.get()
        return connection if gate is None else cast(asyncpg.Connection, GatedConnection(connection, gate))

    def give(self, connection: asyncpg.Connection) -> None:
        super().give(connection.connection if isinstance(connection, GatedConnection) else connection)


class Gated(Provider):
    def __init__(self, dsn: str) -> None:
        super().__init__()
        self._dsn = dsn

    @provide(scope=Scope.APP, override=True)
    async def pool(self) -> AsyncIterator[Pool]:
        pool = GatedPool(self._dsn)
        yield pool
        await pool.close()

    @provide(scope=Scope.APP, override=True)
    def cap(self) -> SellerCap:
        return SellerCap(1_000_000)
