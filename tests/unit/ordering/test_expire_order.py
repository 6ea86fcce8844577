import pytest

from marketplace.application.ordering.orders import EXPIRE_ORDER, LOOK_AGAIN
from marketplace.domain.ordering.moves import OrderStatus
from marketplace.domain.ordering.order import PAYMENT_TIME, OrderNotFound
from marketplace.domain.shared.ids import OrderId
from tests.builders.commerce import BAD_CARD, GOOD_CARD, NOON, new_id
from tests.fakes.market import Market
from tests.unit.payments.test_pay_order import pay


@pytest.fixture
def market() -> Market:
    return Market()


async def test_an_order_that_nobody_paid_expires(market: Market) -> None:
    order_id = await market.ordered()
    market.forget_news()
    await market.expire_order(order_id)
    assert market.rows.orders[order_id].status is OrderStatus.AWAITING_PAYMENT
    market.clock.advance(PAYMENT_TIME)
    await market.expire_order(order_id)
    await market.expire_order(order_id)
    assert market.rows.orders[order_id].status is OrderStatus.EXPIRED
    assert market.news == ["ordering.order_expired"]


async def test_it_waits_while_money_is_in_flight(market: Market) -> None:
    order_id = await market.ordered()
    market.gateway.unreachable = True
    payment = await pay(market, order_id)
    market.clock.advance(PAYMENT_TIME)
    await market.expire_order(order_id)
    assert market.rows.orders[order_id].status is OrderStatus.AWAITING_PAYMENT
    assert market.rows.timers[EXPIRE_ORDER, order_id] == NOON + PAYMENT_TIME + LOOK_AGAIN

    market.gateway.unreachable = False
    await market.ask_gateway(payment.id)
    await market.expire_order(order_id)
    assert market.rows.orders[order_id].status is OrderStatus.EXPIRED


async def test_a_declined_card_does_not_hold_the_order(market: Market) -> None:
    order_id = await market.ordered()
    await pay(market, order_id, BAD_CARD)
    market.clock.advance(PAYMENT_TIME)
    await market.expire_order(order_id)
    assert market.rows.orders[order_id].status is OrderStatus.EXPIRED


async def test_a_paid_order_does_not_expire(market: Market) -> None:
    order_id = await market.ordered()
    await pay(market, order_id, GOOD_CARD)
    market.clock.advance(PAYMENT_TIME)
    await market.expire_order(order_id)
    assert market.rows.orders[order_id].status is OrderStatus.PAID


async def test_an_unknown_order_is_not_found(market: Market) -> None:
    with pytest.raises(OrderNotFound):
        await market.expire_order(OrderId(new_id()))
