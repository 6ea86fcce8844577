"""Offers expire within a second of their moment, with 100,000 timers pending and workers killed while they ring."""

import asyncio
from collections.abc import Sequence
from datetime import timedelta

import asyncpg
import httpx

from marketplace.application.trading.offers import EXPIRE_OFFER
from prove.checkers import violations
from prove.node import Node
from prove.people import PRODUCT, Person, client, people
from prove.quiet import until_quiet

LATEST = 1.0
"""Seconds."""
HEAD_START = 1.0
"""Seconds from setting the moments to the first of them."""
TOGETHER = 20
"""Offers that expire at the same moment: more than one worker runs at once."""

_PENDING = """
INSERT INTO jobs.job (handler, payload, key, run_at)
SELECT $1, to_jsonb(id), id, now() + interval '1 day' + n * interval '1 millisecond'
FROM (SELECT n, gen_random_uuid()::text AS id FROM generate_series(1, $2) n) one
"""
_MOMENTS = """
WITH moment AS (
    SELECT id, now() + $2::interval + $3::interval * ((place - 1) / $5) AS at
    FROM unnest($1::uuid[]) WITH ORDINALITY one(id, place)
), timer AS (
    UPDATE jobs.job SET run_at = at FROM moment WHERE handler = $4 AND key = moment.id::text AND state = 'ready'
)
UPDATE trading.offers o SET expires_at = at FROM moment WHERE o.id = moment.id
"""
_LATE = """
SELECT extract(epoch FROM min(told.created_at) - o.expires_at)::float8 AS late FROM trading.offers o
LEFT JOIN jobs.job told ON told.handler = 'notifications.offer_expired' AND told.payload->>'offer_id' = o.id::text
WHERE o.id = ANY ($1::uuid[]) AND o.status = 'expired' GROUP BY o.id, o.expires_at ORDER BY late
"""
"""What an expiry tells is written just before its commit."""


_RINGING = "SELECT count(*) FROM jobs.job WHERE handler = $1 AND state = 'running'"
_TAKEN_OVER = "SELECT count(*) FROM jobs.job WHERE handler = $1 AND key = ANY ($2::text[]) AND attempts > 1"

_LISTENING = "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'marketplace-worker'"


async def timers(server: Node, pending: int, moments: int, kills: int) -> list[str]:
    """The violations; prints a line of figures. The server has two workers at least."""
    database = await asyncpg.connect(server.admin_dsn)
    try:
        async with client(server.url, 16) as http:
            made = await _offers(server, http, moments * TOGETHER)
        await database.execute(_PENDING, EXPIRE_OFFER, pending)
        await database.execute("ANALYZE jobs.job")
        await _at_their_moments(database, made)
        passing = asyncio.create_task(asyncio.sleep(HEAD_START + moments))
        for number in range(kills):
            while not await database.fetchval(_RINGING, EXPIRE_OFFER):
                await asyncio.sleep(0)
            server.kill("worker", number)
            await server.until_ready(30)
            await _until_listening(database, server.settings.job_workers)
        await passing
        found = await until_quiet(server.admin_dsn)
        late = [row["late"] for row in await database.fetch(_LATE, made)]
        taken_over = await database.fetchval(_TAKEN_OVER, EXPIRE_OFFER, made)
        await database.execute("DELETE FROM jobs.job WHERE run_at > now() + interval '1 day'")
    finally:
        await database.close()
    found += [f"{len(made) - len(late)} of {len(made)} offers did not expire"] if len(late) < len(made) else []
    found += [f"an offer expired {late[-1]:.2f} s after its moment"] if late[-1] > LATEST else []
    found += [f"an offer expired {-late[0]:.2f} s before its moment"] if late[0] < 0 else []
    found += await violations(server.admin_dsn)
    print(
        f"timers: {len(late)} offers expired over {moments} s with {pending} timers pending and {kills} workers "
        f"killed, {taken_over} taken over: {late[len(late) // 2] * 1000:.0f} ms late at the median, p99 "
        f"{late[len(late) * 99 // 100] * 1000:.0f} ms, latest {late[-1] * 1000:.0f} ms; {len(found)} violations"
    )
    return found


async def _offers(server: Node, http: httpx.AsyncClient, count: int) -> list[str]:
    (seller,) = await people(server.admin_dsn, server.settings, "seller", 1)
    product = (await http.post("/products", json=PRODUCT, headers=seller.headers)).json()["data"]["id"]
    buyers = await people(server.admin_dsn, server.settings, "buyer", count)
    wish = {"product_id": product, "offered_price": 700}

    async def offer(buyer: Person) -> str:
        return str((await http.post("/offers", json=wish, headers=buyer.headers)).json()["data"]["id"])

    return await asyncio.gather(*(offer(buyer) for buyer in buyers))


async def _until_listening(database: asyncpg.Connection, workers: int) -> None:
    async with asyncio.timeout(30):
        while await database.fetchval(_LISTENING) < workers:
            await asyncio.sleep(0.02)


async def _at_their_moments(database: asyncpg.Connection, offers: Sequence[str]) -> None:
    """TOGETHER of them each second; the timers know of it."""
    first, step = timedelta(seconds=HEAD_START), timedelta(seconds=1)
    async with database.transaction():
        await database.execute("SET LOCAL session_replication_role = replica")
        await database.execute(_MOMENTS, offers, first, step, EXPIRE_OFFER, TOGETHER)
    await database.execute("SELECT pg_notify('jobs', '')")
