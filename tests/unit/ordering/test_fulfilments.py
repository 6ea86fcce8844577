"""Shipments of an order: in parts, never more than was ordered, and again after changes."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from marketplace.application.ordering import life as moves
from marketplace.application.ordering.life import AUTO_COMPLETE_ORDER
from marketplace.application.shared.actor import MissingPermission, Permission
from marketplace.domain.ordering.errors import IllegalOrderMove, NotYourMove, OrderNotPaid
from marketplace.domain.ordering.fulfilment import (
    MOST_FULFILMENTS,
    Fulfilment,
    FulfilmentId,
    InvalidFulfilment,
    NothingToShip,
    Shipment,
    TooManyFulfilments,
    fulfil,
)
from marketplace.domain.ordering.moves import SYSTEM, OrderStatus
from marketplace.domain.ordering.order import AUTO_COMPLETE, Order, OrderNotFound
from marketplace.domain.shared.text import InvalidText
from tests.builders.commerce import HOUR, NOON, a_line, a_placed_order, aed, an_actor_who_may_not, new_id
from tests.fakes.market import Market
from tests.fakes.orders import Life

ALL = Shipment()


@pytest.fixture
def life() -> Life:
    return Life(Market())


def a_paid_order(**changes: Any) -> Order:
    lines = (a_line(new_id(), aed(10), quantity="3"), a_line(new_id(), aed(20), quantity="2.5"))
    order = a_placed_order(lines=lines, **changes)
    order.pay(NOON)
    return order


def ship(order: Order, past: list[Fulfilment], shipment: Shipment = ALL) -> Fulfilment:
    made = fulfil(order, past, shipment, FulfilmentId(new_id()), order.party(order.seller), NOON + HOUR)
    past.append(made)
    return made


def some(**quantities: str) -> Shipment:
    """By line: one=, two=, three=."""
    numbers = {"one": 1, "two": 2, "three": 3}
    return Shipment(quantities={numbers[name]: Decimal(amount) for name, amount in quantities.items()})


def test_an_order_is_shipped_in_parts_and_never_beyond_what_was_ordered() -> None:
    order, past = a_paid_order(), list[Fulfilment]()
    assert ship(order, past, some(one="2")).quantities == {1: 2}
    assert order.status is OrderStatus.IN_PROGRESS
    for too_much in (some(one="1.000001"), some(two="3"), some(three="1"), some(one="0"), some(one="-1")):
        with pytest.raises(InvalidFulfilment) as refused:
            ship(order, past, too_much)
        assert refused.value.field == "lines"
    assert ship(order, past, some(one="0.5", two="1")).quantities == {1: Decimal("0.5"), 2: 1}
    assert ship(order, past).quantities == {1: Decimal("0.5"), 2: Decimal("1.5")}
    with pytest.raises(NothingToShip):
        ship(order, past)


def test_after_changes_were_asked_for_everything_may_be_shipped_again() -> None:
    order, past = a_paid_order(), list[Fulfilment]()
    whole = ship(order, past)
    order.deliver(order.party(order.seller), NOON)
    with pytest.raises(IllegalOrderMove):
        ship(order, past)
    order.request_changes(order.party(order.buyer), NOON, "Broken")
    assert ship(order, past, some(two="1")).round == 1
    assert order.status is OrderStatus.IN_PROGRESS
    assert ship(order, past).quantities == {1: 3, 2: Decimal("1.5")}
    assert whole.round == 0


@pytest.mark.parametrize(
    ("said", "field"),
    [
        ({"tracking_url": "http://carrier.example/1"}, "tracking_url"),
        ({"tracking_url": "https://carrier.example/ 1"}, "tracking_url"),
        ({"tracking_url": "https://" + "a" * 2_048}, "tracking_url"),
        ({"tracking_url": "javascript:alert(1)"}, "tracking_url"),
        ({"carrier": "\u200b"}, "carrier"), ({"tracking_number": "1" * 81}, "tracking_number"),
        ({"note": "n" * 1_001}, "note"),
        ({"shipped_at": NOON + 2 * HOUR}, "shipped_at"), ({"shipped_at": NOON - HOUR}, "shipped_at"),
        ({"quantities": {}}, "lines"), ({"quantities": {1: Decimal("0.0000001")}}, "lines"),
        ({"quantities": {1: Decimal("1e999999")}}, "lines"),
    ],
)  # fmt: skip
def test_what_cannot_be_is_refused_by_its_field(said: dict[str, Any], field: str) -> None:
    with pytest.raises((InvalidFulfilment, InvalidText)) as refused:
        ship(a_paid_order(), [], Shipment(**said))
    assert refused.value.field == field


def test_only_the_seller_ships_and_only_what_is_paid() -> None:
    order = a_paid_order()
    for by in (order.party(order.buyer), SYSTEM):
        with pytest.raises(NotYourMove):
            fulfil(order, [], ALL, FulfilmentId(new_id()), by, NOON)
    unpaid = a_placed_order()
    with pytest.raises(OrderNotPaid):
        ship(unpaid, [])


def test_an_order_has_a_bounded_number_of_fulfilments() -> None:
    order, past = a_placed_order(lines=(a_line(new_id(), aed(10), quantity="100"),)), list[Fulfilment]()
    order.pay(NOON)
    for _ in range(MOST_FULFILMENTS):
        ship(order, past, some(one="1"))
    with pytest.raises(TooManyFulfilments):
        ship(order, past, some(one="1"))


async def test_a_shipment_that_is_delivered_begins_the_buyers_time(life: Life) -> None:
    market, order_id = life.market, await life.paid()
    said = Shipment(carrier=" Aramex ", tracking_number="31274568902", tracking_url="https://carrier.example/1")
    view = await life.fulfil(market.seller, order_id, said, delivered=True)
    assert (view.carrier, view.by, [(one.line, one.quantity) for one in view.lines]) == (
        "Aramex", market.seller.user, [(1, Decimal(1))],
    )  # fmt: skip
    assert [step.target for _, step in market.rows.order_steps][1:] == [
        OrderStatus.ASSIGNED, OrderStatus.IN_PROGRESS, OrderStatus.DELIVERED,
    ]  # fmt: skip
    assert market.rows.timers[AUTO_COMPLETE_ORDER, order_id] == NOON + AUTO_COMPLETE
    market.clock.advance(timedelta(days=1))
    await life.move(market.buyer, order_id, moves.request_changes("The lens is broken"))
    await life.fulfil(market.seller, order_id, ALL)
    assert life.order(order_id).status is OrderStatus.IN_PROGRESS


async def test_a_refused_shipment_leaves_the_order_as_it_was(life: Life) -> None:
    market, order_id = life.market, await life.paid()
    refusals = (
        (market.buyer, ALL, NotYourMove), (an_actor_who_may_not(Permission.MANAGE_ORDERS), ALL, OrderNotFound),
        (an_actor_who_may_not(Permission.MOVE_ORDERS, market.seller.user), ALL, MissingPermission),
        (market.seller, some(one="2"), InvalidFulfilment),
    )  # fmt: skip
    for who, shipment, error in refusals:
        with pytest.raises(error):
            await life.fulfil(who, order_id, shipment)
    assert (life.order(order_id).status, market.rows.fulfilments, market.news) == (OrderStatus.PAID, [], [])
