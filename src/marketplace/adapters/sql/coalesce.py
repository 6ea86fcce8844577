"""Reads by id that many requests make at once become one statement (docs/adr/0003 has the figures)."""

import asyncio
from collections.abc import Iterable
from uuid import UUID

import asyncpg

from marketplace.adapters.sql.pool import Pool
from marketplace.adapters.sql.statement import Statement


class CoalescedRead:
    """What is asked for during one turn of the event loop is read together.

    The statement binds `ids`, an array, and gives at most one row for each, with the id as its first column.
    """

    def __init__(self, pool: Pool, statement: Statement) -> None:
        self._pool = pool
        self._statement = statement
        self._waiting: list[tuple[UUID, asyncio.Future[asyncpg.Record | None]]] = []
        self._running: set[asyncio.Task[None]] = set()

    def one(self, id_: UUID) -> "asyncio.Future[asyncpg.Record | None]":
        loop = asyncio.get_running_loop()
        if not self._waiting:
            loop.call_soon(self._start)
        future: asyncio.Future[asyncpg.Record | None] = loop.create_future()
        self._waiting.append((id_, future))
        return future

    def _start(self) -> None:
        waiting, self._waiting = self._waiting, []
        task = asyncio.get_running_loop().create_task(self._read(waiting))
        self._running.add(task)
        task.add_done_callback(self._running.discard)

    async def _read(self, waiting: list[tuple[UUID, "asyncio.Future[asyncpg.Record | None]"]]) -> None:
        try:
            async with self._pool.connection() as connection:
                rows = _by_id(await self._statement.all(connection, ids=[id_ for id_, _ in waiting]))
        except Exception as error:
            for _, future in waiting:
                if not future.done():
                    future.set_exception(error)
            return
        for id_, future in waiting:
            if not future.done():
                future.set_result(rows.get(id_))


def _by_id(rows: Iterable[asyncpg.Record]) -> dict[UUID, asyncpg.Record]:
    return {row[0]: row for row in rows}
