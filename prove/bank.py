"""M7: sixteen who capture, refund and settle at once, their connections cut again and again: whoever looks meanwhile
sees books that sum to zero, agree with their entries, and owe nobody less than nothing."""

import asyncio
import random
import time
from collections import Counter
from collections.abc import Sequence
from contextlib import suppress
from datetime import UTC, datetime
from decimal import Decimal
from itertools import cycle
from typing import Any
from uuid import UUID

import asyncpg
import httpx
from dishka import AsyncContainer

from marketplace.adapters.sql.pool import connect
from marketplace.application.identity.permissions import PERMISSIONS
from marketplace.application.payments.earnings import SettleEarnings
from marketplace.application.payments.payments import Means, Pay
from marketplace.application.payments.ports import Card
from marketplace.application.payments.refunds import SEND_REFUND, RefundPayment
from marketplace.application.shared.actor import Actor
from marketplace.domain.identity.user import Role
from marketplace.domain.payments.payment import Cause, CauseKind, PaymentMethod
from marketplace.domain.shared.errors import DomainError
from marketplace.domain.shared.ids import PaymentId, SessionId, UserId
from marketplace.entrypoints.wiring.container import build
from prove.checkers import violations
from prove.node import Node
from prove.people import GOOD, PRODUCT, Person, people
from prove.processes import clients
from prove.quiet import until_quiet

WRITERS, READERS = 16, 4
CUT_EVERY, LOOK_EVERY = 0.2, 0.02
"""Seconds."""
CARD = Card(GOOD, 12, 2030, "123")
_CUT = """
SELECT pg_terminate_backend(pid) FROM pg_stat_activity
WHERE usename = current_user AND application_name = 'marketplace' ORDER BY random() LIMIT 3
"""
"""The application's own connections are those of another user."""
_SEEN = """
SELECT 'the balances of ' || currency || ' sum to ' || sum(balance_minor) FROM payments.ledger_accounts
GROUP BY currency HAVING sum(balance_minor) <> 0
UNION ALL
SELECT a.kind || ' ' || a.id || ' is not the sum of its entries' FROM payments.ledger_accounts a
LEFT JOIN payments.ledger_entries e ON e.account_id = a.id
GROUP BY a.id HAVING a.balance_minor <> coalesce(sum(e.minor), 0)
UNION ALL
SELECT kind || ' ' || id || ' is overdrawn' FROM payments.ledger_accounts
WHERE balance_minor > 0 AND kind IN ('seller_pending', 'buyer_wallet', 'refunds_in_transit', 'payouts_in_transit')
"""
_DUE = "UPDATE jobs.job SET run_at = now() WHERE handler = $1 AND state = 'ready'"


class Bank:
    def __init__(self, ours: AsyncContainer, buyer: Person, admin: Person, orders: Sequence[str], seed: int) -> None:
        self._ours, self._chance = ours, random.Random(seed)
        self._buyer, self._admin = _actor(buyer, Role.BUYER), _actor(admin, Role.ADMIN)
        self._unpaid = list(orders)
        self._payments: list[PaymentId] = []
        self.told: Counter[str] = Counter()
        self.until = 0.0

    async def write(self) -> None:
        while time.monotonic() < self.until:
            try:
                self.told[await self._something()] += 1
            except DomainError as error:
                self.told[error.code] += 1
            except (asyncpg.PostgresError, asyncpg.InterfaceError, OSError):
                self.told["cut"] += 1

    async def _something(self) -> str:
        async with self._ours() as scope:
            if self._unpaid and (not self._payments or self._chance.random() < 0.2):
                cause = Cause(CauseKind.ORDER, UUID(self._unpaid.pop()))
                pay = await scope.get(Pay)
                paid = await pay(self._buyer, cause, Means(PaymentMethod.CREDIT_CARD, CARD))
                self._payments.append(paid.id)
                return "captured"
            one = self._chance.choice(self._payments or [PaymentId(self._admin.user)])
            if self._chance.random() < 0.3:
                await (await scope.get(SettleEarnings))(one)
                return "settled"
            amount = Decimal(self._chance.randint(1, 5_000)) / 100
            await (await scope.get(RefundPayment))(self._admin, one, amount, "Broken")
            return "refunded"

    async def read(self, dsn: str, found: list[str]) -> int:
        """How often."""
        connection, looks = await asyncpg.connect(dsn), 0
        try:
            while time.monotonic() < self.until:
                async with connection.transaction(isolation="repeatable_read", readonly=True):
                    found += [row[0] for row in await connection.fetch(_SEEN)]
                looks += 1
                await asyncio.sleep(LOOK_EVERY)
        finally:
            await connection.close()
        return looks

    async def cut(self, dsn: str) -> int:
        """How many connections."""
        connection, cuts = await asyncpg.connect(dsn), 0
        try:
            while time.monotonic() < self.until:
                cuts += len(await connection.fetch(_CUT))
                await asyncio.sleep(CUT_EVERY)
        finally:
            await connection.close()
        return cuts


async def bank(server: Node, seconds: float, seed: int, orders: int = 40) -> list[str]:
    """The violations; prints a line of figures."""
    seller, buyer, admin = [
        (await people(server.admin_dsn, server.settings, role, 1))[0] for role in ("seller", "buyer", "admin")
    ]
    async with clients(server, 8) as doors:
        turns, room = cycle(doors), asyncio.Semaphore(4)

        async def ordered() -> str:
            async with room:
                return await _ordered(next(turns), seller, buyer)

        made = await asyncio.gather(*(ordered() for _ in range(orders)))
    ours = build(server.settings.with_addresses(server.admin_dsn, server.admin_dsn, ""))
    found: list[str] = []
    try:
        one = Bank(ours, buyer, admin, made, seed)
        one.until = time.monotonic() + seconds
        results: list[Any] = await asyncio.gather(
            *(one.read(server.admin_dsn, found) for _ in range(READERS)),
            *(one.write() for _ in range(WRITERS)),
            one.cut(server.admin_dsn),
        )
    finally:
        with suppress(asyncpg.InterfaceError):
            await ours.close()
    connection = await connect(server.admin_dsn)
    await connection.execute(_DUE, SEND_REFUND)
    await connection.close()
    found += await until_quiet(server.admin_dsn)
    found += await violations(server.admin_dsn)
    print(
        f"bank: {WRITERS} writers for {seconds:.0f} s, {results[-1]} connections cut, {sum(results[:READERS])} looks; "
        f"{dict(one.told.most_common())}; {len(found)} violations"
    )
    return found


async def _ordered(http: httpx.AsyncClient, seller: Person, buyer: Person) -> str:
    async def call(who: Person, method: str, path: str, body: Any = None) -> Any:
        answer = await http.request(method, path, json=body, headers=who.headers)
        return answer.raise_for_status().json()["data"]

    product = (await call(seller, "POST", "/products", PRODUCT))["id"]
    offer = (await call(buyer, "POST", "/offers", {"product_id": product, "offered_price": 750}))["id"]
    return str((await call(seller, "PATCH", f"/offers/{offer}/accept"))["transaction_id"])


def _actor(person: Person, role: Role) -> Actor:
    proven_at = datetime.now(UTC)  # noqa: TID251 - the harness's own clock
    return Actor(UserId(person.id), SessionId(person.id), PERMISSIONS[role], proven_at)
