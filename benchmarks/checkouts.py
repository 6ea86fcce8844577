"""Buying at once and paying: order, hold, charge by the built-in simulator, books and events, in two requests."""

import asyncio
import json
from collections.abc import Callable, Sequence
from contextlib import AsyncExitStack

import asyncpg

from benchmarks.deals import ids_in
from benchmarks.measure import connection, http
from benchmarks.recording import RecordingPool, in_process
from benchmarks.replay import Recorded
from marketplace.entrypoints.wiring.settings import Settings
from prove.people import GOOD, payment

PAYMENT = json.dumps(payment(GOOD)).encode()


async def load(host: str, port: int, token: str, listings: Sequence[str], connections: int) -> list[int]:
    """Buy and pay each; how often each pair was answered 200 (created, and completed) or something else."""
    todo = iter(listings)
    statuses: list[int] = []

    async def client(stack: AsyncExitStack) -> None:
        kept = await stack.enter_async_context(connection(host, port))
        for listing in todo:
            body = json.dumps({"product_id": listing}).encode()
            status, answer = await kept.exchange(http("POST", "/api/v1/orders", token, body))
            if status == 201:
                path = f"/api/v1/payments/order/{json.loads(answer)['data']['id']}/pay"
                status, answer = await kept.exchange(http("POST", path, token, PAYMENT))
            statuses.append(200 if status == 201 and b'"completed"' in answer else status)

    async with AsyncExitStack() as stack:
        await asyncio.gather(*(client(stack) for _ in range(connections)))
    return statuses


async def record(settings: Settings, token: str, first: str, second: str) -> tuple[Recorded, set[str]]:
    """The statements of buying and paying the second listing, once everything is warm, and the ids that both share."""
    pool = RecordingPool(settings.database_url.reveal())
    taken: list[Recorded] = []
    async with in_process(settings, pool, {"authorization": f"Bearer {token}"}) as client:
        for listing in (first, second):
            pool.recorded = []
            order = (await client.post("/api/v1/orders", json={"product_id": listing})).raise_for_status()
            path = f"/api/v1/payments/order/{order.json()['data']['id']}/pay"
            (await client.post(path, json=payment(GOOD))).raise_for_status()
            taken.append(pool.recorded)
    await pool.close()
    return taken[1], set(ids_in(taken[0])) & set(ids_in(taken[1]))


ENTRIES = """
WITH account AS (
    INSERT INTO payments.ledger_accounts (id, kind, owner_id, currency)
    SELECT uuidv7(), 'seller_payable', uuidv7(), 'AED' FROM generate_series(1, 1000) RETURNING id
), numbered AS (
    SELECT id, row_number() OVER () - 1 AS place FROM account
), posted AS (
    INSERT INTO payments.ledger_transactions (id, kind, source_id)
    SELECT uuidv7(), 'capture', uuidv7() FROM generate_series(1, $1 / 2) RETURNING id
), placed AS (
    SELECT id, row_number() OVER () AS place FROM posted
)
INSERT INTO payments.ledger_entries (transaction_id, account_id, minor, currency)
SELECT placed.id, numbered.id, leg.minor, 'AED'
FROM placed CROSS JOIN (VALUES (0, 100), (500, -100)) leg(shift, minor)
JOIN numbered ON numbered.place = (placed.place + leg.shift) % 1000
"""


async def fill_ledger(dsn: str, entries: int, report: Callable[[str], None]) -> None:
    """Entries of other people, by the hundred thousand. Balances are not reckoned: nothing here reads them."""
    database = await asyncpg.connect(dsn)
    try:
        await database.execute("SET session_replication_role = replica")
        for _ in range(entries // 100_000):
            await database.execute(ENTRIES, 100_000, timeout=300)
        await database.execute("VACUUM ANALYZE payments.ledger_accounts", timeout=300)
        await database.execute("VACUUM ANALYZE payments.ledger_transactions", timeout=600)
        await database.execute("VACUUM ANALYZE payments.ledger_entries", timeout=600)
    finally:
        await database.close()
    report(f"{entries:,} ledger entries of others")
