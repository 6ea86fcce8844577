"""M4: sixteen captures at once of each order, then refunds, its cancellation, a request and the payer's bank at once:
never does more go back than came, and the provider's books stay ours.

The provider loses answers. Every third order was declined before, and that charge turns out captured after all, told
many times at once.
"""

import asyncio
import random
import time
from collections import Counter
from collections.abc import Awaitable, Sequence
from datetime import datetime
from itertools import cycle
from typing import Any, TypeVar
from uuid import UUID

import asyncpg
import httpx
from dishka import AsyncContainer, Provider, Scope, provide

from marketplace.adapters.gateways.registry import ConfiguredGateways
from marketplace.adapters.gateways.simulator import SimulatedGateway
from marketplace.adapters.sql.pool import Pool
from marketplace.application.payments.chargebacks import NoteChargeback
from marketplace.application.payments.payments import ASK_GATEWAY, AskGateway, SettlePayment
from marketplace.application.payments.ports import Charge, Gateway, Gateways, GatewaySilent, RefundOrder, StatementLine
from marketplace.application.payments.refunds import SEND_REFUND, SendRefund
from marketplace.domain.payments.chargeback import ChargebackStage
from marketplace.domain.payments.payment import Outcome, PaymentMethod, Verdict
from marketplace.domain.payments.refund import RefundOutcome
from marketplace.domain.shared.errors import DomainError
from marketplace.domain.shared.ids import PaymentId, RefundId
from marketplace.entrypoints.wiring.container import build
from prove.checkers import violations
from prove.node import Node
from prove.people import DECLINED, GOOD, PRODUCT, SILENT, Person, payment, people
from prove.processes import clients
from prove.quiet import until_quiet

PRICE, BACK = 750, 60
"""Sixteen times what goes back is more than the price."""
CAPTURES = REFUNDS = 16
AT_ONCE = 4
"""Orders."""
Answer = TypeVar("Answer")
S = ChargebackStage
NEWS = ((), (S.EARLY_WARNING, S.NEEDS_RESPONSE, S.WON), (S.NEEDS_RESPONSE, S.UNDER_REVIEW, S.LOST), (S.PREVENTED,))
"""Of the bank: each twice, in any order."""

_DECLINED_AFTER_ALL = """
UPDATE gateway_simulator.charges SET captured = true, reference = gen_random_uuid()::text, message = 'Approved late'
WHERE payment_id = $1 RETURNING reference
"""
_PROCESSING = "SELECT id FROM payments.refunds WHERE status = 'processing'"
_DUE = "UPDATE jobs.job SET run_at = now() WHERE handler = ANY ($1) AND state = 'ready'"
_WRONG = """
SELECT p.id, p.status, p.chargeback, p.amount_minor, p.refunding_minor, p.refunded_minor, sent.minor AS sent
FROM payments.payments p
LEFT JOIN LATERAL (
    SELECT coalesce(sum(amount_minor), 0) AS minor FROM gateway_simulator.refunds r WHERE r.payment_id = p.id
) sent ON true
WHERE p.refunding_minor <> 0 OR p.refunded_minor > p.amount_minor OR sent.minor > p.amount_minor
    OR (sent.minor <> p.refunded_minor AND p.chargeback <> 'lost')
"""


class Forgetful(Gateway):
    """The simulator does what it is asked for, slowly, and every second answer is lost."""

    def __init__(self, gateway: Gateway, chance: random.Random) -> None:
        self._gateway, self._chance = gateway, chance

    async def charge(self, charge: Charge) -> Outcome:
        return await self._answer(self._gateway.charge(charge))

    async def resolve(self, payment_id: PaymentId, reference: str | None, *, give_up: bool) -> Outcome:
        return await self._answer(self._gateway.resolve(payment_id, reference, give_up=give_up))

    async def refund(self, order: RefundOrder) -> RefundOutcome:
        return await self._answer(self._gateway.refund(order))

    async def statement(self, since: datetime, until: datetime) -> Sequence[StatementLine]:
        return await self._gateway.statement(since, until)

    async def _answer(self, call: Awaitable[Answer]) -> Answer:
        answer = await call
        await asyncio.sleep(self._chance.uniform(0, 0.02))
        if self._chance.random() < 0.5:
            raise GatewaySilent("the answer was lost")
        return answer


class ForgetfulProvider(Provider):
    def __init__(self, chance: random.Random) -> None:
        super().__init__()
        self._chance = chance

    @provide(scope=Scope.APP, override=True)
    def gateways(self, pool: Pool) -> Gateways:
        simulator = Forgetful(SimulatedGateway(pool, success_rate=1, seed=None), self._chance)
        return ConfiguredGateways({PaymentMethod.CREDIT_CARD: "simulator"}, {"simulator": simulator})


class Campaign:
    def __init__(
        self,
        doors: list[httpx.AsyncClient],
        database: asyncpg.Pool,
        ours: AsyncContainer,
        crowd: tuple[Person, Person, Person],
        chance: random.Random,
    ) -> None:
        self._doors, self._database, self._ours, self._chance = cycle(doors), database, ours, chance
        self._seller, self._buyer, self._admin = crowd
        self.told: Counter[str] = Counter()
        self.faults: list[str] = []

    async def run(self, number: int) -> None:
        """One order from its payment to the end of all that goes back."""
        order = await self._ordered()
        late = await self._declined(order) if number % 3 == 0 else None
        card = payment(SILENT if number % 2 else GOOD)
        paths = [f"/payments/order/{order}/pay"] * CAPTURES
        answers = await asyncio.gather(*(self._call(self._buyer, "POST", path, card) for path in paths))
        [paid] = [one["id"] for one in answers if isinstance(one, dict)]
        while await self._database.fetchval("SELECT status FROM payments.payments WHERE id = $1", paid) == "created":
            await asyncio.gather(*(self._ask(AskGateway, PaymentId(UUID(paid))) for _ in range(3)))
        acts: list[Awaitable[Any]] = [
            *(self._call(self._admin, "POST", f"/payments/{paid}/refund", {"amount": BACK, "reason": "Broken"})
              for _ in range(REFUNDS)),
            self._call(self._seller, "POST", f"/orders/{order}/decline", {"reason": "Out of stock"}),
            self._request(paid),
            *(self._bank(paid, stage) for stage in NEWS[number % len(NEWS)] * 2),
        ]  # fmt: skip
        if late:
            acts += [self._late(*late) for _ in range(4)]
        self._chance.shuffle(acts)
        await asyncio.gather(*acts)

    async def sent_again(self) -> None:
        """Every refund that is on its way, twice at once beside the worker."""
        under_way = [row["id"] for row in await self._database.fetch(_PROCESSING)]
        await asyncio.gather(*(self._ask(SendRefund, RefundId(one)) for one in under_way * 2))
        await self._database.execute(_DUE, [SEND_REFUND, ASK_GATEWAY])

    async def _ordered(self) -> str:
        product = (await self._call(self._seller, "POST", "/products", PRODUCT))["id"]
        wish = {"product_id": product, "offered_price": PRICE}
        offer = (await self._call(self._buyer, "POST", "/offers", wish))["id"]
        return str((await self._call(self._seller, "PATCH", f"/offers/{offer}/accept"))["transaction_id"])

    async def _declined(self, order: str) -> tuple[PaymentId, Outcome]:
        """A payment that was declined, and what the provider says of it later."""
        path = f"/payments/order/{order}/pay"
        given_up = PaymentId(UUID((await self._call(self._buyer, "POST", path, payment(DECLINED)))["id"]))
        reference = await self._database.fetchval(_DECLINED_AFTER_ALL, given_up)
        return given_up, Outcome(verdict=Verdict.CAPTURED, reference=reference, message="Approved late")

    async def _request(self, paid: str) -> None:
        asked = await self._call(self._buyer, "POST", "/refund-requests", {"payment_id": paid, "reason": "Broken"})
        if isinstance(asked, dict):
            decide = f"/refund-requests/{asked['id']}/decide"
            await self._call(self._seller, "POST", decide, {"approve": True, "amount": 1})

    async def _bank(self, paid: str, stage: ChargebackStage) -> None:
        async with self._ours() as scope:
            await (await scope.get(NoteChargeback)).in_full(PaymentId(UUID(paid)), stage)

    async def _late(self, given_up: PaymentId, outcome: Outcome) -> None:
        async with self._ours() as scope:
            await (await scope.get(SettlePayment))(given_up, outcome)

    async def _ask(self, use_case: type[Any], about: UUID) -> None:
        async with self._ours() as scope:
            await (await scope.get(use_case))(about)

    async def _call(self, who: Person, method: str, path: str, body: Any = None) -> Any:
        """Its data, or the code of its refusal."""
        answer = await next(self._doors).request(method, path, json=body, headers=who.headers)
        if answer.status_code >= 500:
            self.faults.append(f"{method} {path}: {answer.status_code} {answer.text}")
        said = answer.json().get("data") if answer.is_success else answer.json()["code"]
        self.told["done" if answer.is_success else said] += 1
        return said


async def refunds(server: Node, orders: int, seed: int) -> list[str]:
    """The violations; prints a line of figures."""
    chance, todo = random.Random(seed), iter(range(orders))
    crowds = [await people(server.admin_dsn, server.settings, role, AT_ONCE) for role in ("seller", "buyer", "admin")]
    ours = build(server.settings.with_addresses(server.admin_dsn, server.admin_dsn, ""), ForgetfulProvider(chance))
    began = time.perf_counter()
    try:
        async with (
            clients(server, 20 * AT_ONCE) as doors,
            asyncpg.create_pool(server.admin_dsn, min_size=1, max_size=AT_ONCE) as database,
        ):
            campaigns = [Campaign(doors, database, ours, crowd, chance) for crowd in zip(*crowds, strict=True)]

            async def work(campaign: Campaign) -> None:
                for number in todo:
                    try:
                        await campaign.run(number)
                    except DomainError as error:
                        campaign.faults.append(f"order {number}: {error.code} {error}")

            await asyncio.gather(*map(work, campaigns))
            seconds = time.perf_counter() - began
            for _ in range(2):
                await campaigns[0].sent_again()
                found = await until_quiet(server.admin_dsn)
            found += [f"payment {row['id']}: {dict(row)}" for row in await database.fetch(_WRONG)]
    finally:
        await ours.close()
    for campaign in campaigns:
        found += campaign.faults
    found += await violations(server.admin_dsn)
    told = sum((campaign.told for campaign in campaigns), Counter[str]())
    print(
        f"refunds: {orders} orders, of each {CAPTURES} captures, then {REFUNDS} refunds, a cancellation, a request and "
        f"the bank at once, in {seconds:.1f} s; answers: {dict(told.most_common())}; {len(found)} violations"
    )
    return found
