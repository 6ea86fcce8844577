"""Scripted sessions of Payme and Click, with duplicates at once and later, calls that come early and late cancels.

At the end each payment is what its provider believes, and was posted once if it was ever paid (ahead.md, item 8).
"""

import asyncio
import time
from collections import Counter
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from itertools import cycle
from typing import Any

import asyncpg
import httpx

from marketplace.entrypoints.wiring.payme_click import made_key
from prove.checkers import violations
from prove.node import Node
from prove.people import PRODUCT, Person, people
from prove.processes import clients
from prove.quiet import until_quiet
from simulators import click, payme

AT_ONCE = 16
UZS: Mapping[str, Any] = {**PRODUCT, "price": 850_000, "currency": "UZS"}
AMOUNT = 750_000
FORM = {"content-type": "application/x-www-form-urlencoded"}
_FACTS = """
SELECT p.status, count(t.id) AS posted FROM payments.payments p
LEFT JOIN payments.ledger_transactions t ON t.source_id = p.id AND t.kind = 'payment_captured'
WHERE p.id = $1::uuid GROUP BY p.id, p.status
"""
OF_PAYME = {None: "requires_action", 1: "requires_action", 2: "captured", -1: "failed", -2: "refunded"}


def of_click(session: click.Session) -> str:
    if session.is_paid:
        return "refunded" if session.is_cancelled else "captured"
    return "failed" if session.is_cancelled and session.is_prepared else "requires_action"


class Campaign:
    def __init__(self, doors: Sequence[httpx.AsyncClient], server: Node, seed: int) -> None:
        self._doors = cycle(doors)
        key = made_key(server.settings)
        self.payme = payme.Payme(self._to_payme, key, seed=seed)
        self.click = click.Click(self._to_click, key, service_id="1", seed=seed)
        self.ends: Counter[str] = Counter()
        self.found: list[str] = []

    async def session(self, seller: Person, buyer: Person, method: str, facts: asyncpg.Pool) -> None:
        payment = await self._awaiting(seller, buyer, method)
        if method == "payme":
            visit = await self.payme.plays(payment, AMOUNT * 100)
            self.found += visit.violations
            expected, was_paid = OF_PAYME[visit.state], visit.was_paid
        else:
            called = await self.click.plays(payment, f"{AMOUNT}.00")
            expected, was_paid = of_click(called), called.is_paid
        row = await facts.fetchrow(_FACTS, payment)
        if (row["status"], row["posted"]) != (expected, int(was_paid)):
            self.found.append(
                f"{method} payment {payment} is {row['status']}, posted {row['posted']} times, not {expected}"
            )
        self.ends[f"{method} {expected}"] += 1

    async def _awaiting(self, seller: Person, buyer: Person, method: str) -> str:
        product = (await self._call("POST", "/products", seller, UZS))["id"]
        wish = {"product_id": product, "offered_price": AMOUNT}
        offer = (await self._call("POST", "/offers", buyer, wish))["id"]
        order = (await self._call("PATCH", f"/offers/{offer}/accept", seller))["transaction_id"]
        paid = await self._call("POST", f"/payments/order/{order}/pay", buyer, {"payment_method": method})
        return str(paid["id"])

    async def _call(self, method: str, path: str, who: Person, body: Any = None) -> Any:
        answer = await next(self._doors).request(method, path, json=body, headers=who.headers)
        answer.raise_for_status()
        return answer.json()["data"]

    async def _to_payme(self, headers: Mapping[str, str], body: bytes) -> bytes:
        answer = await next(self._doors).post("/payments/providers/payme", content=body, headers=headers)
        return answer.content

    async def _to_click(self, action: str, body: bytes) -> bytes:
        answer = await next(self._doors).post(f"/payments/providers/click/{action}", content=body, headers=FORM)
        return answer.content


async def providers(server: Node, sessions: int, seed: int) -> list[str]:
    """The violations; prints a line of figures."""
    sellers = await people(server.admin_dsn, server.settings, "seller", AT_ONCE)
    buyers = await people(server.admin_dsn, server.settings, "buyer", AT_ONCE)
    began = time.perf_counter()
    async with clients(server, AT_ONCE) as doors, _facts(server) as facts:
        campaign = Campaign(doors, server, seed)
        left = iter(range(sessions))

        async def visitor(place: int) -> None:
            for number in left:
                method = "payme" if number % 2 else "click"
                await campaign.session(sellers[place], buyers[place], method, facts)

        await asyncio.gather(*(visitor(place) for place in range(AT_ONCE)))
    found = campaign.found + await until_quiet(server.admin_dsn) + await violations(server.admin_dsn)
    calls = campaign.payme.calls + campaign.click.calls
    unanswered = campaign.payme.unanswered + campaign.click.unanswered
    seconds = time.perf_counter() - began
    print(
        f"providers: {sessions} sessions, {calls} calls ({unanswered} again) in {seconds:.0f} s; "
        f"ends {dict(sorted(campaign.ends.items()))}; {len(found)} violations"
    )
    return found


@asynccontextmanager
async def _facts(server: Node) -> AsyncIterator[asyncpg.Pool]:
    async with asyncpg.create_pool(server.admin_dsn, min_size=1, max_size=4) as pool:
        yield pool
