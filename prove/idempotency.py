"""M6: duplicates of one request at once: one effect, the same bytes for everybody or 409, another body refused."""

import asyncio
from uuid import uuid4

import asyncpg
import httpx

from prove.checkers import violations
from prove.money import ACTS, Act, Till, unknown
from prove.node import Node
from prove.people import PRODUCT, client
from prove.quiet import until_quiet

NO_TIME = {"EARNINGS_HOLD_HOURS": "0", "PAYOUT_COOL_OFF_HOURS": "0"}
"""For the node: sellers are paid at once."""


async def idempotency(server: Node, keys: int, duplicates: int) -> list[str]:
    async with client(server.url, duplicates) as http:
        document = (await http.get(f"{server.url}/openapi.json")).json()
        found = [f"{operation} is not proven" for operation in unknown(document)]
        for _ in range(keys):
            till = await Till.of(http, server)
            for operation, prepare in {**ACTS, **TRADING}.items():
                wrong = await _repeated(till, await prepare(till), duplicates)
                found += [f"{operation}: {one}" for one in wrong]
        found += await until_quiet(server.admin_dsn)
        found += await violations(server.admin_dsn)
    acts = len(ACTS) + len(TRADING)
    print(f"idempotency: {keys * acts} keys on {acts} operations, {duplicates + 1} duplicates each: {len(found)} wrong")
    return found


async def _repeated(till: Till, act: Act, duplicates: int) -> list[str]:
    """What is wrong with the answers to duplicates at once, to one afterwards, and to others with the same key."""
    found, key = [], {"idempotency-key": str(uuid4())}
    headers = act.who.headers | key
    before = await _rows(till.server.admin_dsn, act)

    async def send(body: object = act.body, headers: dict[str, str] = headers) -> httpx.Response:
        return await till.http.request(act.method, act.path, json=body, headers=headers)

    answers = [*await asyncio.gather(*(send() for _ in range(duplicates))), await send()]
    good = {answer.content for answer in answers if answer.is_success}
    odd = [answer.text for answer in answers if not answer.is_success and answer.status_code != 409]
    if len(good) != 1 or odd or not answers[-1].is_success:
        found.append(f"{len(good)} different answers, {odd[:1] or answers[-1].text}")
    if act.makes and (made := await _rows(till.server.admin_dsn, act) - before) != act.rows:
        found.append(f"{made} rows in {act.makes}")
    if (changed := await send({"another": "body"})).status_code != 422:
        found.append(f"another body was answered {changed.status_code}")
    theirs = await send(headers=till.stranger.headers | key)
    if "idempotent-replayed" in theirs.headers or theirs.content in good:
        found.append("somebody else's key was answered")
    return found


async def _rows(dsn: str, act: Act) -> int:
    if act.makes is None:
        return 0
    connection = await asyncpg.connect(dsn)
    try:
        count: int = await connection.fetchval(f"SELECT count(*) FROM {act.makes}")  # noqa: S608
        return count
    finally:
        await connection.close()


async def _product(till: Till) -> Act:
    return Act(till.seller, "/products", PRODUCT, "catalog.listings")


async def _offer(till: Till) -> Act:
    return Act(till.buyer, "/offers", {"product_id": await till.product(), "offered_price": 650.00}, "trading.offers")


async def _accept(till: Till) -> Act:
    offer = await till.do(till.buyer, "/offers", {"product_id": await till.product(), "offered_price": 650.00})
    return Act(till.seller, f"/offers/{offer['id']}/accept", makes="ordering.orders", method="PATCH")


TRADING = {"products_add": _product, "offers_make": _offer, "offers_accept": _accept}
"""What leads to money."""
