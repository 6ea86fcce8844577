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
import msgspec
import uvloop

from marketplace.adapters.sql.catalog import listings, queries
from marketplace.adapters.sql.identity import queries as identity
from marketplace.adapters.sql.jobs import WRITE as WRITE_JOBS
from marketplace.adapters.sql.ordering import orders
from marketplace.adapters.sql.pool import connect
from marketplace.adapters.sql.trading import negotiations
from marketplace.domain.catalog.standing import ListingStatus

Operation = Callable[[asyncpg.Connection, Any], Coroutine[Any, Any, object]]
NOW = datetime.now(UTC)  # noqa: TID251 - the same for every row of a benchmark
TOMORROW = NOW + timedelta(days=1)
_BY_ID = queries.SHOWN_PRODUCTS.sql.replace("= ANY ($1::UUID[])", "= $1")
_LIVE_SESSION = identity._LIVE_SESSIONS.sql.replace("= ANY ($1::UUID[])", "= $1")
_BY_CURSOR = queries.NEWEST[False, True].sql


async def by_id(connection: asyncpg.Connection, work: list[str]) -> object:
    return await connection.fetchrow(_BY_ID, UUID(work[0]))


async def newest(connection: asyncpg.Connection, work: list[str]) -> object:
    return await connection.fetch(_BY_CURSOR, UUID(work[0]), 21)


async def accept(connection: asyncpg.Connection, work: list[str]) -> object:
    """The statements of AcceptOffer; work is offer, negotiation, listing, buyer, seller, session, order."""
    offer, negotiation, listing, buyer, seller, session, order = map(UUID, work)
    await connection.fetch(_LIVE_SESSION, session)
    await connection.execute("BEGIN")
    row = (await connection.fetch(negotiations._OF_OFFER.sql, offer))[0]
    await connection.fetchrow(listings._MOVE.sql, "reserved", 1, listing, listings._SOURCES[ListingStatus.RESERVED])
    await connection.execute(
        orders._ADD.sql, order, listing, negotiation, buyer, seller, 1, row["price_minor"], "AED", "community_500bp",
        500, row["price_minor"], row["price_minor"] // 20, "awaiting_payment", "unpaid", TOMORROW, NOW, 0,
    )  # fmt: skip
    await connection.fetch(negotiations._LOCK_RIVALS.sql, listing, negotiation)
    await connection.fetchval(
        negotiations._SAVE, [negotiation], [row["version"]], ["agreed"], [offer], [negotiation], ["buyer"],
        [row["price_minor"]], [1], [None], ["accepted"], [row["created_at"]], [row["expires_at"]],
    )  # fmt: skip
    event = msgspec.json.encode({
        "occurred_at": NOW, "order_id": order, "listing_id": listing, "negotiation_id": negotiation, "buyer": buyer,
        "seller": seller, "amount": {"minor": row["price_minor"], "currency": "AED"}, "payment_due_at": NOW,
    }).decode()  # fmt: skip
    await connection.execute(
        WRITE_JOBS, ["trading.expire_offer"], [work[0]],
        ["notifications.order_placed", "ordering.expire_order", "notifications.offer_accepted"],
        [event, json.dumps(work[6]), event],
        [f"notifications:{order}", None, f"notifications:{negotiation}"], [None, work[6], None],
        [None, TOMORROW, None],
    )  # fmt: skip
    return await connection.execute("COMMIT")


OPERATIONS: dict[str, Operation] = {
    "by id": by_id, "list of 20": newest, "accept an offer": accept,
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
