"""M5: many payouts asked for at once beside refunds: each is paid once, never above what is settled, never before the
end of the hold.

Of two sales of each seller one is settled; the timer of the other stands an hour ahead.
"""

import asyncio
import random
import time
from collections import Counter
from datetime import timedelta
from itertools import cycle
from typing import Any
from uuid import UUID

import asyncpg
import httpx

from marketplace.application.payments.earnings import SETTLE_EARNINGS
from prove.checkers import violations
from prove.node import Node
from prove.people import GOOD, PRODUCT, Person, payment, people
from prove.processes import clients
from prove.quiet import until_quiet

PRICE, EARNED = 750, 71_250
"""A sale, and what the seller earns by it, in minor units, less a fee of 5 %."""
ASKED = 300
REQUESTS = 8
REFUNDED = 100
IBAN = "AE070331234567890123456"
AT_ONCE = 4
"""Sellers: all refunds share our accounts of the ledger."""

_TIMER = """
INSERT INTO jobs.job (handler, payload, key, run_at) VALUES ($1, to_jsonb($2::text), $2, now() + $3::interval)
"""
_SETTLED = "SELECT count(*) FROM payments.payments WHERE id = ANY ($1) AND is_settled"
_UNDER_WAY = "SELECT count(*) FROM payments.refunds WHERE status = 'processing' AND payee_id = ANY ($1)"
"""Whose answer met a busy database: it is asked for again after a quarter of a minute."""
_COOLED = "UPDATE payments.payout_accounts SET usable_from = now() WHERE owner_id = ANY ($1)"
_WRONG = """
SELECT s.id AS seller, coalesce(p.paid, 0) AS paid, coalesce(p.sent, 0) AS sent, coalesce(l.settled, 0) AS settled,
    coalesce(l.held, 0) AS held, coalesce(r.back, 0) AS back, coalesce(p.ended, true) AS ended
FROM unnest($1::uuid[]) s(id)
LEFT JOIN LATERAL (
    SELECT sum(p.amount_minor) FILTER (WHERE p.status = 'paid') AS paid, sum(g.amount_minor) AS sent,
        bool_and(p.status = 'paid') AS ended
    FROM payments.payouts p LEFT JOIN gateway_simulator.payouts g ON g.payout_id = p.id WHERE p.seller_id = s.id
) p ON true
LEFT JOIN LATERAL (
    SELECT -sum(balance_minor) FILTER (WHERE kind <> 'seller_pending') AS settled,
        -sum(balance_minor) FILTER (WHERE kind = 'seller_pending') AS held
    FROM payments.ledger_accounts
    WHERE owner_id = s.id AND kind IN ('seller_pending', 'seller_payable', 'seller_receivable')
) l ON true
LEFT JOIN LATERAL (
    SELECT sum(f.amount_minor - f.fee_minor) AS back FROM payments.refunds f WHERE f.payee_id = s.id
) r ON true
"""


class Campaign:
    def __init__(
        self,
        doors: list[httpx.AsyncClient],
        database: asyncpg.Pool,
        buyer: Person,
        admin: Person,
        chance: random.Random,
    ) -> None:
        self._doors = cycle(doors)
        self._database = database
        self._buyer, self._admin, self._chance = buyer, admin, chance
        self.told: Counter[str] = Counter()
        self.faults: list[str] = []

    async def call(self, who: Person, method: str, path: str, body: Any = None) -> Any:
        answer = await next(self._doors).request(method, path, json=body, headers=who.headers)
        if answer.status_code >= 500 and answer.status_code != 503:
            self.faults.append(f"{method} {path}: {answer.status_code} {answer.text}")
        return answer.json().get("data") if answer.is_success else answer.json()["code"]

    async def sold(self, seller: Person) -> str:
        """The id of a payment."""
        product = (await self.call(seller, "POST", "/products", PRODUCT))["id"]
        wish = {"product_id": product, "offered_price": PRICE}
        offer = (await self.call(self._buyer, "POST", "/offers", wish))["id"]
        order = (await self.call(seller, "PATCH", f"/offers/{offer}/accept"))["transaction_id"]
        return str((await self.call(self._buyer, "POST", f"/payments/order/{order}/pay", payment(GOOD)))["id"])

    async def ready(self, seller: Person) -> tuple[str, str]:
        """Two payments to the seller, who has an account: of the first the hold is over."""
        await self.call(seller, "POST", "/payout-accounts", {"kind": "bank", "holder": "A", "details": IBAN})
        settled, held = await self.sold(seller), await self.sold(seller)
        await self._database.execute(_TIMER, SETTLE_EARNINGS, settled, timedelta(0))
        await self._database.execute(_TIMER, SETTLE_EARNINGS, held, timedelta(hours=1))
        return settled, held

    async def race(self, seller: Person, settled: str) -> None:
        """Refunds of the settled sale among the requests."""
        wish = {"currency": "AED", "amount": ASKED}
        back = {"amount": REFUNDED, "reason": "Arrived broken"}
        acts = [(seller, "/payouts", wish)] * REQUESTS + [(self._admin, f"/payments/{settled}/refund", back)] * 2
        self._chance.shuffle(acts)
        answers = await asyncio.gather(*(self.call(who, "POST", path, body) for who, path, body in acts))
        self.told.update(one if isinstance(one, str) else "done" for one in answers)


async def payouts(server: Node, sellers: int, seed: int) -> list[str]:
    """The violations; prints a line of figures."""
    crowd = await people(server.admin_dsn, server.settings, "seller", sellers)
    (buyer,) = await people(server.admin_dsn, server.settings, "buyer", 1)
    (admin,) = await people(server.admin_dsn, server.settings, "admin", 1)
    async with clients(server, AT_ONCE) as doors, asyncpg.create_pool(server.admin_dsn, min_size=1) as database:
        campaign, room = Campaign(doors, database, buyer, admin, random.Random(seed)), asyncio.Semaphore(AT_ONCE)

        async def ready(seller: Person) -> tuple[str, str]:
            async with room:
                return await campaign.ready(seller)

        async def race(seller: Person, settled: str) -> None:
            async with room:
                await campaign.race(seller, settled)

        sales = await asyncio.gather(*map(ready, crowd))
        ids = [one.id for one in crowd]
        await database.execute(_COOLED, ids)
        free = [UUID(settled) for settled, _ in sales]
        async with asyncio.timeout(60):
            while await database.fetchval(_SETTLED, free) < sellers:
                await asyncio.sleep(0.05)
        began = time.perf_counter()
        await asyncio.gather(*(race(seller, settled) for seller, (settled, _) in zip(crowd, sales, strict=True)))
        seconds = time.perf_counter() - began
        async with asyncio.timeout(60):
            while await database.fetchval(_UNDER_WAY, ids):
                await asyncio.sleep(0.05)
        found = await until_quiet(server.admin_dsn)
        for row in await database.fetch(_WRONG, ids):
            right = row["paid"] == row["sent"] <= EARNED and row["held"] == EARNED and row["ended"]
            if not right or row["settled"] != EARNED - row["back"] - row["paid"]:
                found.append(f"seller {row['seller']}: {dict(row)}")
        early = await database.fetchval(_SETTLED, [UUID(held) for _, held in sales])
        found += [f"{early} sales left the hold too early"] if early else []
        await database.execute("DELETE FROM jobs.job WHERE handler = $1 AND state = 'ready'", SETTLE_EARNINGS)
    found += campaign.faults + await violations(server.admin_dsn)
    print(
        f"payouts: {sellers} sellers, each asking {REQUESTS} times at once beside 2 refunds, over "
        f"{server.settings.workers} HTTP processes in {seconds:.1f} s; answers: {dict(campaign.told.most_common())}; "
        f"{len(found)} violations"
    )
    return found
