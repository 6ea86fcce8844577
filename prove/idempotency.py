"""M6: duplicates of one request at once: one effect, the same bytes for everybody or 409, another body refused."""

import asyncio
from typing import Any
from uuid import uuid4

import asyncpg
import httpx

from prove.checkers import violations
from prove.node import Node
from prove.people import GOOD, PRODUCT, Person, client, payment, people
from prove.quiet import until_quiet


async def idempotency(server: Node, keys: int, duplicates: int) -> list[str]:
    found: list[str] = []
    before = await _counted(server.admin_dsn)
    async with client(server.url, duplicates) as http:
        (seller,) = await people(server.admin_dsn, server.settings, "seller", 1)
        (buyer,) = await people(server.admin_dsn, server.settings, "buyer", 1)

        async def once(who: Person, method: str, path: str, body: Any, other: Any) -> dict[str, Any]:
            headers = who.headers | {"idempotency-key": str(uuid4())}
            answers = await asyncio.gather(
                *(http.request(method, path, json=body, headers=headers) for _ in range(duplicates))
            )
            answers.append(await http.request(method, path, json=body, headers=headers))
            good = {answer.content for answer in answers if answer.status_code < 300}
            odd = [answer.status_code for answer in answers if answer.status_code >= 300 and answer.status_code != 409]
            if len(good) != 1 or odd or answers[-1].status_code >= 300:
                found.append(f"{method} {path}: {len(good)} different answers, {odd}")
            changed = await http.request(method, path, json=other, headers=headers)
            if other is not None and changed.status_code != 422:
                found.append(f"{method} {path}: another body was answered {changed.status_code}")
            data: dict[str, Any] = httpx.Response(200, content=good.pop()).json()["data"]
            return data

        for _ in range(keys):
            product = await once(seller, "POST", "/products", PRODUCT, PRODUCT | {"price": 1})
            wish = {"product_id": product["id"], "offered_price": 700}
            offer = await once(buyer, "POST", "/offers", wish, wish | {"offered_price": 1})
            deal = await once(seller, "PATCH", f"/offers/{offer['id']}/accept", None, None)
            path = f"/payments/order/{deal['transaction_id']}/pay"
            await once(buyer, "POST", path, payment(GOOD), payment("4111111111111111"))
        found += await until_quiet(server.admin_dsn)
        found += await violations(server.admin_dsn)
        after = await _counted(server.admin_dsn)
        found += [
            f"{after[table] - count} rows in {table} for {keys} keys"
            for table, count in before.items()
            if after[table] - count != keys
        ]
    print(f"idempotency: {keys * 4} keys, {duplicates + 1} duplicates each: {len(found)} violations")
    return found


async def _counted(dsn: str) -> dict[str, int]:
    connection = await asyncpg.connect(dsn)
    tables = ("catalog.listings", "trading.offers", "ordering.orders", "payments.payments")
    try:
        return {table: await connection.fetchval(f"SELECT count(*) FROM {table}") for table in tables}  # noqa: S608
    finally:
        await connection.close()
