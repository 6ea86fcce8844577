from datetime import timedelta
from decimal import Decimal

import pytest

from marketplace.application.ordering.orders import EXPIRE_ORDER
from marketplace.application.payments.payments import ASK_GATEWAY
from marketplace.application.payments.ports import Card
from marketplace.application.payments.views import PaymentView
from marketplace.application.shared.actor import Actor, MissingPermission, Permission
from marketplace.domain.ordering.moves import OrderStatus
from marketplace.domain.ordering.order import PAYMENT_TIME, OrderNotFound, OrderNotPayable
from marketplace.domain.payments.ledger import AccountKind
from marketplace.domain.payments.payment import (
    ASK_AFTER,
    Payment,
    PaymentInProgress,
    PaymentMethod,
    PaymentMethodUnavailable,
    PaymentNotFound,
    PaymentState,
)
from marketplace.domain.shared.ids import OrderId, PaymentId
from tests.builders.commerce import (
    APPROVED,
    BAD_CARD,
    DECLINED,
    GOOD_CARD,
    NOON,
    SLOW_CARD,
    a_charge,
    an_actor_who_may_not,
    new_id,
)
from tests.fakes.market import Market
from tests.fakes.world import entries_of


@pytest.fixture
def market() -> Market:
    return Market()


async def pay(market: Market, order_id: OrderId, card: Card | None = GOOD_CARD, by: Actor | None = None) -> PaymentView:
    return await market.pay_order(by or market.buyer, order_id, card)


def balances(market: Market) -> dict[AccountKind, int]:
    return {entry.account.kind: entry.minor for entry in entries_of(market.rows)}


def the_payment(market: Market) -> Payment:
    [payment] = market.rows.payments.values()
    return payment


async def test_a_good_card_pays_the_order(market: Market) -> None:
    order_id = await market.ordered()
    market.forget_news()
    view = await pay(market, order_id)
    assert (view.status, view.amount, view.currency, view.gateway_response.message) == (
        "completed", Decimal("750.00"), "AED", "Approved",
    )  # fmt: skip
    assert view.transaction_id == f"charge-{view.id}"
    assert market.rows.orders[order_id].status is OrderStatus.PAID
    assert balances(market) == {
        AccountKind.PROVIDER_CLEARING: 75_000, AccountKind.SELLER_PENDING: -71_250, AccountKind.PLATFORM_FEES: -3_750,
    }  # fmt: skip
    assert not market.rows.timers
    assert market.news == ["ordering.order_paid", "payments.payment_captured"]
    assert market.transaction.answer is view


async def test_a_declined_card_may_be_followed_by_a_good_one(market: Market) -> None:
    order_id = await market.ordered()
    market.forget_news()
    declined = await pay(market, order_id, BAD_CARD)
    assert (declined.status, declined.transaction_id) == ("failed", None)
    assert market.news == ["payments.payment_failed"]
    assert market.rows.orders[order_id].status is OrderStatus.AWAITING_PAYMENT
    assert not entries_of(market.rows)
    assert market.timers(EXPIRE_ORDER) == [order_id]
    assert market.timers(ASK_GATEWAY) == []

    completed = await pay(market, order_id)
    assert completed.status == "completed"
    assert completed.id != declined.id


async def test_only_the_buyer_pays(market: Market) -> None:
    order_id = await market.ordered()
    for outsider in (market.stranger, market.seller):
        with pytest.raises(OrderNotFound):
            await pay(market, order_id, by=outsider)
    with pytest.raises(OrderNotFound):
        await pay(market, OrderId(new_id()))
    assert not market.rows.payments
    assert market.gateway.calls == 0


async def test_paying_needs_the_permission(market: Market) -> None:
    order_id = await market.ordered()
    with pytest.raises(MissingPermission):
        await pay(market, order_id, by=an_actor_who_may_not(Permission.PAY_ORDERS, market.buyer.user))


@pytest.mark.parametrize("method", [PaymentMethod.PAYME, PaymentMethod.CLICK, PaymentMethod.STRIPE])
async def test_a_method_that_is_not_offered_is_refused(market: Market, method: PaymentMethod) -> None:
    order_id = await market.ordered()
    with pytest.raises(PaymentMethodUnavailable):
        await market.pay_order(market.buyer, order_id, None, method)
    assert market.gateway.calls == 0


async def test_after_the_deadline_nothing_is_charged(market: Market) -> None:
    order_id = await market.ordered()
    market.clock.advance(PAYMENT_TIME)
    with pytest.raises(OrderNotPayable):
        await pay(market, order_id)
    assert market.gateway.calls == 0


async def test_a_paid_order_is_not_paid_again(market: Market) -> None:
    order_id = await market.ordered()
    await pay(market, order_id)
    with pytest.raises(OrderNotPayable):
        await pay(market, order_id)
    assert market.gateway.calls == 1


async def test_while_a_payment_is_in_flight_no_second_one_starts(market: Market) -> None:
    order_id = await market.ordered()
    market.gateway.unreachable = True
    assert (await pay(market, order_id)).status == "pending"
    with pytest.raises(PaymentInProgress):
        await pay(market, order_id)
    assert market.gateway.calls == 1


async def test_a_lost_reply_is_settled_by_asking(market: Market) -> None:
    order_id = await market.ordered()
    view = await pay(market, order_id, SLOW_CARD)
    assert (view.status, view.transaction_id) == ("pending", None)
    assert market.rows.orders[order_id].status is OrderStatus.AWAITING_PAYMENT
    assert market.rows.timers[ASK_GATEWAY, view.id] == NOON + ASK_AFTER[0]
    market.forget_news()

    await market.ask_gateway(view.id)
    assert the_payment(market).status is PaymentState.CAPTURED
    assert market.rows.orders[order_id].status is OrderStatus.PAID
    assert market.news == ["ordering.order_paid", "payments.payment_captured"]
    assert not market.rows.timers


async def test_a_charge_that_never_arrived_is_cancelled_by_asking(market: Market) -> None:
    order_id = await market.ordered()
    market.gateway.unreachable = True
    view = await pay(market, order_id)
    market.gateway.unreachable = False
    await market.ask_gateway(view.id)
    assert the_payment(market).status is PaymentState.FAILED
    assert not entries_of(market.rows)
    assert not (await market.gateway.charge(a_charge(view.id, the_payment(market).amount, GOOD_CARD))).captured
    assert (await pay(market, order_id)).status == "completed"


async def test_a_silent_gateway_is_asked_again_and_again(market: Market) -> None:
    view = await pay(market, await market.ordered(), SLOW_CARD)
    market.gateway.unreachable = True
    for pause in (*ASK_AFTER[1:], ASK_AFTER[-1]):
        market.clock.at = market.rows.timers[ASK_GATEWAY, view.id]
        await market.ask_gateway(view.id)
        assert market.rows.timers[ASK_GATEWAY, view.id] == market.clock.at + pause
        assert the_payment(market).in_flight


async def test_the_reply_s_silence_does_not_move_the_timer(market: Market) -> None:
    view = await pay(market, await market.ordered(), SLOW_CARD)
    market.clock.advance(timedelta(seconds=5))
    await market.settle(view.id, None)
    assert market.rows.timers[ASK_GATEWAY, view.id] == NOON + ASK_AFTER[0]
    assert the_payment(market).asked == 1


@pytest.mark.parametrize("card", [GOOD_CARD, BAD_CARD])
async def test_what_is_settled_stays_settled(market: Market, card: Card) -> None:
    order_id = await market.ordered()
    view = await pay(market, order_id, card)
    settled, books = the_payment(market), dict(market.rows.posted)
    market.forget_news()
    for outcome in (APPROVED if card is GOOD_CARD else DECLINED, DECLINED, None):
        again = await market.settle(view.id, outcome)
        assert again == view
        await market.settle(view.id, outcome, asked=True)
    await market.ask_gateway(view.id)
    assert the_payment(market).status is settled.status
    assert market.rows.posted == books
    assert market.news == []
    assert market.timers(ASK_GATEWAY) == []


async def test_an_unknown_payment_is_not_found(market: Market) -> None:
    with pytest.raises(PaymentNotFound):
        await market.settle(PaymentId(new_id()), APPROVED)


async def test_a_payment_without_a_card_is_declined(market: Market) -> None:
    assert (await pay(market, await market.ordered(), None)).status == "failed"
