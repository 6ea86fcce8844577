"""The process dies around a charge: only the gateway's word settles the payment, and the books are written once."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import asyncpg
import pytest
from dishka import Provider, Scope, provide

from marketplace.adapters.gateways.simulator import SimulatedGateway
from marketplace.adapters.sql.pool import Pool
from marketplace.application.ordering.orders import EXPIRE_ORDER, LOOK_AGAIN, ExpireOrder
from marketplace.application.payments.payments import ASK_GATEWAY, AskGateway, SettlePayment
from marketplace.application.payments.ports import Card, Gateway
from marketplace.domain.ordering.order import PAYMENT_TIME
from marketplace.domain.payments.payment import ASK_AFTER, Outcome, PaymentInProgress
from marketplace.domain.shared.ids import OrderId, PaymentId
from marketplace.domain.shared.money import Money
from tests.builders.commerce import APPROVED, BAD_CARD, DECLINED, NOON, SLOW_CARD
from tests.engines import Database
from tests.integration.commerce.market import SqlMarket, a_market


class ProcessDied(BaseException):
    """Nothing of ours handles it: what was not committed before it is lost."""


@dataclass
class DyingGateway(Gateway):
    """The simulated provider, and a process that dies `before` or `after` the charge is made there."""

    provider: SimulatedGateway
    dies: str = ""

    async def charge(self, payment_id: PaymentId, amount: Money, card: Card | None) -> Outcome:
        if self.dies == "before":
            raise ProcessDied
        outcome = await self.provider.charge(payment_id, amount, card)
        if self.dies == "after":
            raise ProcessDied
        return outcome

    async def resolve(self, payment_id: PaymentId) -> Outcome:
        return await self.provider.resolve(payment_id)


class GatewayOfTheTest(Provider):
    @provide(scope=Scope.APP, override=True)
    def gateway(self, pool: Pool) -> Gateway:
        return DyingGateway(SimulatedGateway(pool, success_rate=1.0, seed=None))


@pytest.fixture
async def market(database: Database) -> AsyncIterator[SqlMarket]:
    async with a_market(database, GatewayOfTheTest()) as market:
        yield market


async def crashed(market: SqlMarket, order_id: OrderId, dies: str) -> PaymentId:
    """Pay, die on the way; the payment that stayed behind."""
    gateway: Any = await market.container.get(Gateway)
    gateway.dies = dies
    with pytest.raises(ProcessDied):
        await market.pay(order_id)
    gateway.dies = ""
    payment_id: PaymentId = (await payments_of(market, order_id))[-1]["id"]
    return payment_id


async def payments_of(market: SqlMarket, order_id: OrderId) -> list[asyncpg.Record]:
    return await market.all("SELECT id, status FROM payments.payments WHERE order_id = $1 ORDER BY id", order_id)


async def state_of(market: SqlMarket, order_id: OrderId) -> tuple[str, list[str]]:
    """Of the order, and of each of its payments."""
    order: str = await market.value("SELECT status FROM ordering.orders WHERE id = $1", order_id)
    return order, [row["status"] for row in await payments_of(market, order_id)]


async def booked(market: SqlMarket, payment_id: PaymentId) -> list[int]:
    """The legs posted for a payment."""
    rows = await market.all(
        "SELECT e.minor FROM payments.ledger_entries e JOIN payments.ledger_transactions t ON t.id = e.transaction_id"
        " WHERE t.source_id = $1 ORDER BY e.minor DESC",
        payment_id,
    )
    return [row["minor"] for row in rows]


async def timer(market: SqlMarket, name: str, subject: OrderId | PaymentId) -> datetime | None:
    """When it rings, if it is set."""
    rows = await market.all(
        "SELECT run_at FROM jobs.job WHERE handler = $1 AND key = $2 AND state = 'ready'", name, str(subject)
    )
    return rows[0]["run_at"] if rows else None


async def test_a_crash_before_the_charge_fails_the_payment_and_it_may_be_repeated(market: SqlMarket) -> None:
    order_id = await market.ordered()
    payment_id = await crashed(market, order_id, "before")
    assert await state_of(market, order_id) == ("awaiting_payment", ["created"])
    assert await timer(market, ASK_GATEWAY, payment_id) == NOON + ASK_AFTER[0]
    with pytest.raises(PaymentInProgress):
        await market.pay(order_id)
    await market.run(AskGateway, payment_id)
    assert await state_of(market, order_id) == ("awaiting_payment", ["failed"])
    assert await booked(market, payment_id) == []
    assert await timer(market, ASK_GATEWAY, payment_id) is None
    second = await market.pay(order_id)
    assert await state_of(market, order_id) == ("paid", ["failed", "captured"])
    assert await booked(market, second.id) == [75_000, -3_750, -71_250]
    await market.books_are_right()


async def test_a_crash_after_the_charge_is_settled_as_captured_once(market: SqlMarket) -> None:
    order_id = await market.ordered()
    payment_id = await crashed(market, order_id, "after")
    assert await state_of(market, order_id) == ("awaiting_payment", ["created"])
    assert await timer(market, ASK_GATEWAY, payment_id) == NOON + ASK_AFTER[0]
    last = await market.last_job()
    await asyncio.gather(*(market.run(AskGateway, payment_id) for _ in range(4)))
    await market.run(AskGateway, payment_id)
    assert await state_of(market, order_id) == ("paid", ["captured"])
    assert await booked(market, payment_id) == [75_000, -3_750, -71_250]
    assert await timer(market, ASK_GATEWAY, payment_id) is None
    assert await timer(market, EXPIRE_ORDER, order_id) is None
    assert await market.jobs_since(last) == ["catalog.order_paid", "notifications.payment_captured"]
    await market.books_are_right()


async def test_a_silent_gateway_leaves_the_payment_pending_until_it_is_asked(market: SqlMarket) -> None:
    order_id = await market.ordered()
    view = await market.pay(order_id, SLOW_CARD)
    assert view.status == "pending"
    assert await timer(market, ASK_GATEWAY, view.id) == NOON + ASK_AFTER[0]
    await market.run(AskGateway, view.id)
    assert await state_of(market, order_id) == ("paid", ["captured"])
    assert await booked(market, view.id) == [75_000, -3_750, -71_250]


@pytest.mark.parametrize("word", [APPROVED, DECLINED, None], ids=["approved", "declined", "silent"])
async def test_a_settled_payment_stays_as_it_is(market: SqlMarket, word: Outcome | None) -> None:
    order_id = await market.ordered()
    paid = await market.pay(order_id)
    last = await market.last_job()
    assert await market.run(SettlePayment, paid.id, word) == paid
    assert await state_of(market, order_id) == ("paid", ["captured"])
    assert await booked(market, paid.id) == [75_000, -3_750, -71_250]
    assert await market.last_job() == last


async def test_a_failed_payment_stays_failed(market: SqlMarket) -> None:
    order_id = await market.ordered()
    failed = await market.pay(order_id, BAD_CARD)
    assert await market.run(SettlePayment, failed.id, APPROVED) == failed
    assert await state_of(market, order_id) == ("awaiting_payment", ["failed"])
    assert await booked(market, failed.id) == []


async def test_an_order_does_not_expire_while_money_may_come(market: SqlMarket) -> None:
    order_id = await market.ordered()
    payment_id = await crashed(market, order_id, "after")
    market.clock.advance(PAYMENT_TIME)
    await market.run(ExpireOrder, order_id)
    assert await state_of(market, order_id) == ("awaiting_payment", ["created"])
    assert await timer(market, EXPIRE_ORDER, order_id) == NOON + PAYMENT_TIME + LOOK_AGAIN
    await market.run(AskGateway, payment_id)
    await market.run(ExpireOrder, order_id)
    assert await state_of(market, order_id) == ("paid", ["captured"])
    assert await timer(market, EXPIRE_ORDER, order_id) is None


async def test_an_order_expires_once_the_money_is_known_not_to_come(market: SqlMarket) -> None:
    order_id = await market.ordered()
    payment_id = await crashed(market, order_id, "before")
    market.clock.advance(PAYMENT_TIME)
    await market.run(ExpireOrder, order_id)
    await market.run(AskGateway, payment_id)
    await market.run(ExpireOrder, order_id)
    assert await state_of(market, order_id) == ("expired", ["failed"])
