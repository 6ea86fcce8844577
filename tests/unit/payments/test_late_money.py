"""Money for a payment that had been given up goes back: all of it, once, and nothing is sold for it."""

import pytest

from marketplace.application.payments.refunds import SEND_REFUND
from marketplace.domain.ordering.moves import OrderStatus
from marketplace.domain.payments.ledger import AccountKind
from marketplace.domain.payments.payment import PaymentState
from marketplace.domain.payments.refund import RefundStatus
from marketplace.domain.shared.ids import OrderId, PaymentId
from tests.builders.commerce import APPROVED, BAD_CARD, GOOD_CARD
from tests.fakes.market import Market
from tests.fakes.refunds import RefundDesk

K = AccountKind


@pytest.fixture
def market() -> Market:
    return Market()


@pytest.fixture
def desk(market: Market) -> RefundDesk:
    return RefundDesk(market)


async def given_up(market: Market) -> tuple[OrderId, PaymentId]:
    order = await market.ordered()
    payment = await market.pay_order(market.buyer, order, BAD_CARD)
    market.gateway.books[payment.id] = APPROVED
    market.forget_news()
    return order, payment.id


async def test_what_came_late_goes_back_once(market: Market, desk: RefundDesk) -> None:
    order, payment = await given_up(market)
    for _ in range(2):
        await market.settle(payment, APPROVED)
    assert set(market.news) == {"payments.payment_came_late"}
    for _ in range(2):
        await desk.return_late(payment)
    await market.settle(payment, APPROVED)
    assert not market.news
    [refund] = market.timers(SEND_REFUND)
    assert desk.balances == {K.PROVIDER_CLEARING: 75_000, K.REFUNDS_IN_TRANSIT: -75_000}

    for _ in range(2):
        await market.send_refund(desk.refund(refund).id)
    assert desk.balances == {}
    assert market.news == ["payments.late_money_returned"]
    assert desk.refund(refund).status is RefundStatus.SUCCEEDED
    assert market.rows.payments[payment].status is PaymentState.FAILED
    assert market.rows.orders[order].status is OrderStatus.AWAITING_PAYMENT
    await market.settle(payment, APPROVED)
    await desk.return_late(payment)
    assert desk.balances == {}


async def test_the_order_may_be_paid_meanwhile(market: Market, desk: RefundDesk) -> None:
    order, payment = await given_up(market)
    await market.pay_order(market.buyer, order, GOOD_CARD)
    await market.settle(payment, APPROVED)
    await desk.return_late(payment)
    [refund] = market.timers(SEND_REFUND)
    await market.send_refund(desk.refund(refund).id)
    assert market.rows.orders[order].payment_status == "paid"
    assert desk.balances == {K.PROVIDER_CLEARING: 75_000, K.SELLER_PENDING: -71_250, K.PLATFORM_FEES: -3_750}


async def test_a_provider_that_refuses_it_leaves_it_set_aside(market: Market, desk: RefundDesk) -> None:
    _, payment = await given_up(market)
    del market.gateway.books[payment]
    await market.settle(payment, APPROVED)
    await desk.return_late(payment)
    [refund] = market.timers(SEND_REFUND)
    await market.send_refund(desk.refund(refund).id)
    assert desk.refund(refund).status is RefundStatus.FAILED
    assert market.news[-1] == "payments.refund_failed"
    assert desk.balances == {K.PROVIDER_CLEARING: 75_000, K.REFUNDS_IN_TRANSIT: -75_000}
    assert desk.refund(refund).message == "More than was charged"
