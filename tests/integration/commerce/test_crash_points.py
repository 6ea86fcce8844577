"""A process that dies between the intent and the outcome of a payment: asking the gateway ends it, rightly and once."""

from collections.abc import AsyncIterator

import pytest

from marketplace.application.payments.payments import ASK_GATEWAY, AskGateway
from marketplace.application.payments.ports import Card, Gateways
from marketplace.domain.payments.payment import PaymentInProgress
from marketplace.domain.shared.ids import OrderId, PaymentId
from tests.builders.commerce import BAD_CARD, GOOD_CARD
from tests.engines import Database
from tests.fakes.gateways import Crash, Dying, DyingGateway, Point
from tests.integration.commerce.market import SqlMarket, a_market


@pytest.fixture
async def market(database: Database) -> AsyncIterator[SqlMarket]:
    async with a_market(database, Dying()) as market:
        yield market


async def crashed(market: SqlMarket, order_id: OrderId, point: Point, card: Card) -> PaymentId:
    """The payment that a process left behind."""
    gateway = (await market.container.get(Gateways)).gateway("simulator")
    assert isinstance(gateway, DyingGateway)
    gateway.point = point
    with pytest.raises(Crash):
        await market.pay(order_id, card)
    gateway.point = Point.NOWHERE
    payment_id: PaymentId = await market.value("SELECT id FROM payments.payments WHERE cause_id = $1", order_id)
    return payment_id


@pytest.mark.parametrize(
    ("point", "card", "status", "order", "posted"),
    [
        (Point.AFTER_INTENT, GOOD_CARD, "failed", "awaiting_payment", 0),
        (Point.AFTER_CHARGE, GOOD_CARD, "captured", "paid", 1),
        (Point.AFTER_CHARGE, BAD_CARD, "failed", "awaiting_payment", 0),
    ],
    ids=["intent", "charged", "declined"],
)
async def test_asking_the_gateway_ends_what_a_crash_left_open(
    market: SqlMarket, point: Point, card: Card, status: str, order: str, posted: int
) -> None:
    order_id = await market.ordered()
    payment_id = await crashed(market, order_id, point, card)
    waiting = "SELECT count(*) FROM jobs.job WHERE handler = $1 AND key = $2 AND state = 'ready'"
    assert await market.value(waiting, ASK_GATEWAY, str(payment_id)) == 1
    with pytest.raises(PaymentInProgress):
        await market.pay(order_id)

    for _ in range(2):
        await market.run(AskGateway, payment_id)
    found = await market.all(
        "SELECT p.status, o.status AS of_order, (SELECT count(*) FROM payments.ledger_transactions"
        " WHERE source_id = p.id) AS posted, coalesce(c.captured, false) AS charged FROM payments.payments p"
        " JOIN ordering.orders o ON o.id = p.cause_id"
        " LEFT JOIN gateway_simulator.charges c ON c.payment_id = p.id WHERE p.id = $1",
        payment_id,
    )
    assert tuple(found[0]) == (status, order, posted, posted == 1)
    assert await market.value(waiting, ASK_GATEWAY, str(payment_id)) == 0
    if order == "awaiting_payment":
        assert (await market.pay(order_id)).status == "completed"
    await market.books_are_right()
