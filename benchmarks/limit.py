"""The limit of the database: the very SQL of each hot path on bare asyncpg connections, each held by one task."""

import asyncio
import json
import sys
import time
from collections.abc import Callable, Coroutine, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import asyncpg
import uvloop

from marketplace.adapters.sql.catalog import queries
from marketplace.adapters.sql.pool import connect

Operation = Callable[[asyncpg.Connection, Any], Coroutine[Any, Any, object]]
NOW = datetime.now(UTC)  # noqa: TID251 - the same for every row of a benchmark
TOMORROW = NOW + timedelta(days=1)
_BY_ID = queries.SHOWN_PRODUCTS.sql.replace("= ANY ($1::UUID[])", "= $1")
_BY_CURSOR = queries.NEWEST[False, True].sql


async def by_id(connection: asyncpg.Connection, work: list[str]) -> object:
    return await connection.fetchrow(_BY_ID, UUID(work[0]))


async def newest(connection: asyncpg.Connection, work: list[str]) -> object:
    return await connection.fetch(_BY_CURSOR, UUID(work[0]), 21)


OPERATIONS: dict[str, Operation] = {
    "by id": by_id, "list of 20": newest,
    "by id, cached": by_id, "list of 20, cached": newest,
}  # fmt: skip


async def main(dsn: str, name: str, connections: int) -> None:
    """Work comes as JSON lines; the CPU seconds spent on it go out."""
    operation = OPERATIONS[name]
    held = [await connect(dsn) for _ in range(connections)]
    for line in sys.stdin:
        todo: Iterator[list[str]] = iter(json.loads(line))

        async def client(connection: asyncpg.Connection, todo: Iterator[list[str]] = todo) -> None:
            for work in todo:
                await operation(connection, work)

        before = time.process_time()
        await asyncio.gather(*(client(connection) for connection in held))
        sys.stdout.write(f"{time.process_time() - before}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    uvloop.run(main(sys.argv[1], sys.argv[2], int(sys.argv[3])))
