from collections.abc import Callable
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from marketplace.domain.ordering.errors import IllegalOrderMove
from marketplace.domain.ordering.events import OrderExpired, OrderPaid, OrderPlaced
from marketplace.domain.ordering.fees import BASIS_POINTS, fee_on
from marketplace.domain.ordering.moves import ORDER_MOVES, OrderStatus
from marketplace.domain.ordering.order import PAYMENT_TIME, Order, OrderNotPayable, PaymentStatus
from marketplace.domain.shared.errors import DomainError
from marketplace.domain.shared.money import EXPONENTS, LARGEST_MINOR, Money
from tests.builders.commerce import HOUR, NOON, a_placed_order, aed, an_order

CONTRACT_WORDS = {
    "pending", "assigned", "in_progress", "delivered", "completed", "cancelled", "expired", "disputed",
}  # fmt: skip


@pytest.mark.parametrize(
    ("channel", "price", "fee", "payout"),
    [
        ("community", "850", "42.50", "807.50"),
        ("discover", "299", "44.85", "254.15"),
        ("community", "750", "37.50", "712.50"),
        ("community", "0.01", "0.00", "0.01"),
        ("community", "0.10", "0.01", "0.09"),
        ("discover", "0.03", "0.00", "0.03"),
    ],
)
def test_fees_follow_the_channel(channel: str, price: str, fee: str, payout: str) -> None:
    line = fee_on(channel, aed(price))
    assert str(line.amount.decimal) == fee
    assert str((line.base - line.amount).decimal) == payout
    assert line.rule == f"{channel}_{BASIS_POINTS[channel]}bp"


@given(st.sampled_from(sorted(BASIS_POINTS)), st.integers(1, LARGEST_MINOR), st.sampled_from(sorted(EXPONENTS)))
def test_a_fee_explains_itself_and_never_exceeds_the_price(channel: str, minor: int, currency: str) -> None:
    line = fee_on(channel, Money(minor, currency))
    assert line.amount == line.base.share(line.basis_points)
    assert 0 <= line.amount.minor <= minor


def test_an_unknown_channel_has_no_fee() -> None:
    with pytest.raises(KeyError):
        fee_on("live", aed(1))


def test_placing_waits_for_the_payment() -> None:
    order = a_placed_order()
    assert order.status is OrderStatus.AWAITING_PAYMENT
    [event] = order.pull_events()
    assert event == OrderPlaced(
        occurred_at=NOON, order_id=order.id, subject=order.subject, buyer=order.buyer, seller=order.seller,
        amount=aed(750), payment_due_at=NOON + PAYMENT_TIME, negotiation_id=order.negotiation_id,
    )  # fmt: skip
    assert order.payout == aed("712.50")


def test_a_paid_order_is_paid_once() -> None:
    order = a_placed_order()
    order.pay(NOON)
    assert (order.status, order.payment_status) == (OrderStatus.PAID, PaymentStatus.PAID)
    assert isinstance(order.pull_events()[-1], OrderPaid)
    with pytest.raises(IllegalOrderMove):
        order.pay(NOON)
    with pytest.raises(OrderNotPayable):
        order.require_payable(NOON)


def test_an_order_is_payable_until_its_deadline() -> None:
    order = a_placed_order()
    order.require_payable(order.payment_due_at - timedelta(microseconds=1))
    with pytest.raises(OrderNotPayable):
        order.require_payable(order.payment_due_at)


def test_an_unpaid_order_expires_at_its_deadline_and_once() -> None:
    order = a_placed_order()
    assert not order.expire(order.payment_due_at - timedelta(microseconds=1))
    assert order.expire(order.payment_due_at)
    assert not order.expire(order.payment_due_at)
    assert order.status is OrderStatus.EXPIRED
    assert [type(event) for event in order.pull_events()] == [OrderPlaced, OrderExpired]


@given(st.lists(st.sampled_from(["place", "pay", "expire", "wait"]), max_size=12), st.sampled_from(OrderStatus))
def test_whatever_happens_every_move_is_in_the_table(steps: list[str], start: OrderStatus) -> None:
    order = an_order(status=start)
    now = NOON
    moves: dict[str, Callable[[Order], object]] = {
        "place": lambda order: order.place(), "pay": lambda order: order.pay(now),
        "expire": lambda order: order.expire(now),
    }  # fmt: skip
    for step in steps:
        if step == "wait":
            now += 13 * HOUR
            continue
        before, paid = order.status, order.payment_status
        try:
            moves[step](order)
        except DomainError:
            assert order.status is before
            assert order.payment_status is paid
            assert order.pull_events() == []
        else:
            assert order.status is before or order.status in ORDER_MOVES[before]
            assert len(order.pull_events()) == (order.status is not before or order.payment_status is not paid)


def test_an_order_that_ended_stays_so() -> None:
    assert {status for status in OrderStatus if not ORDER_MOVES[status]} == {
        OrderStatus.CANCELLED, OrderStatus.EXPIRED,
    }  # fmt: skip


@pytest.mark.parametrize("status", OrderStatus)
def test_outside_an_order_speaks_the_words_of_the_contract(status: OrderStatus) -> None:
    assert status.public in CONTRACT_WORDS
