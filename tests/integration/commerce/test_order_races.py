"""Moves of one order at once, on a real database: one wins, the other is refused, and money and goods agree."""

import asyncio
from collections.abc import Awaitable
from typing import Any

import pytest

from marketplace.application.inventory.holds import SettleHolds
from marketplace.application.ordering import life
from marketplace.application.ordering.life import AddFulfilment, AutoCompleteOrder, MoveOrder
from marketplace.application.ordering.ports import Orders
from marketplace.application.payments.refunds import RefundCancelled
from marketplace.application.shared.ports import Transaction
from marketplace.domain.inventory.hold import HoldStatus
from marketplace.domain.ordering.fulfilment import Shipment
from marketplace.domain.ordering.order import AUTO_COMPLETE, Order
from marketplace.domain.payments.payment import Cause, CauseKind
from marketplace.domain.shared.errors import Conflict, Forbidden
from marketplace.domain.shared.ids import OrderId
from tests.integration.commerce.market import SqlMarket
from tests.integration.races import outcomes

REFUSED = (Conflict, Forbidden)


async def paid(market: SqlMarket, *, delivered: bool = False) -> OrderId:
    order_id = await market.ordered()
    await market.pay(order_id)
    await market.run(SettleHolds, order_id, HoldStatus.SOLD)
    if delivered:
        await market.run(MoveOrder, market.seller, order_id, Order.deliver)
    return order_id


async def status_of(market: SqlMarket, order_id: OrderId) -> str:
    status: str = await market.value("SELECT status FROM ordering.orders WHERE id = $1", order_id)
    return status


async def dispute(market: SqlMarket, order_id: OrderId) -> None:
    async with market.container() as scope:
        orders = await scope.get(Orders)
        async with await scope.get(Transaction):
            order = await orders.lock(order_id)
            order.dispute(order.party(market.buyer.user), market.clock.now(), "Broken")
            await orders.save(order)


async def in_both_orders(turn: int, *calls: Awaitable[Any]) -> list[Any]:
    """What each returned or raised, those of an even turn backwards."""
    results = await outcomes(*(calls if turn % 2 else calls[::-1]))
    unexpected = [one for one in results if isinstance(one, BaseException) and not isinstance(one, REFUSED)]
    assert unexpected == []
    return results


async def test_a_cancellation_and_a_payment_at_once_pay_or_cancel_never_both(market: SqlMarket) -> None:
    seen = set()
    for turn in range(8):
        order_id = await market.ordered()
        await in_both_orders(
            turn,
            market.pay(order_id),
            market.run(MoveOrder, market.buyer, order_id, life.cancel(None)),
        )
        captured = await market.value(
            "SELECT count(*) FROM payments.payments WHERE cause_id = $1 AND status = 'captured'", order_id
        )
        status = await status_of(market, order_id)
        if status == "cancelled" and captured:
            await market.run(RefundCancelled, Cause(CauseKind.ORDER, order_id), "-")
        seen.add((status, captured))
    assert seen <= {("paid", 1), ("cancelled", 0), ("cancelled", 1)}
    await market.books_are_right()


async def test_a_completion_and_a_dispute_at_once(market: SqlMarket) -> None:
    for turn in range(4):
        order_id = await paid(market, delivered=True)
        results = await in_both_orders(
            turn,
            market.run(MoveOrder, market.buyer, order_id, Order.complete),
            dispute(market, order_id),
        )
        assert await status_of(market, order_id) == "disputed", "also of what was completed a moment ago"
        assert sum(isinstance(one, BaseException) for one in results) <= 1


@pytest.mark.parametrize(
    ("one", "other", "ends"),
    [
        (life.accept, life.cancel("Changed my mind"), {"assigned", "cancelled"}),
        (life.decline(None), Order.start, {"cancelled", "in_progress"}),
        (life.accept, life.accept, {"assigned"}),
    ],
    ids=["accept and cancel", "decline and start", "accept twice"],
)  # fmt: skip
async def test_of_two_moves_at_once_each_is_made_or_refused(
    market: SqlMarket, one: life.Move, other: life.Move, ends: set[str]
) -> None:
    for turn in range(4):
        order_id = await paid(market)
        by_buyer = other is not life.accept and other is not Order.start
        who = market.buyer if by_buyer else market.seller
        results = await in_both_orders(
            turn,
            market.run(MoveOrder, market.seller, order_id, one),
            market.run(MoveOrder, who, order_id, other),
        )
        assert sum(not isinstance(one, BaseException) for one in results) == 1
        assert await status_of(market, order_id) in ends
        steps = await market.all("SELECT * FROM ordering.order_steps WHERE order_id = $1 ORDER BY id", order_id)
        assert [step["source"] for step in steps[1:]] == [step["target"] for step in steps[:-1]]


async def test_what_completes_by_itself_and_a_wish_for_changes_at_once(market: SqlMarket) -> None:
    for turn in range(4):
        order_id = await paid(market, delivered=True)
        market.clock.advance(AUTO_COMPLETE)
        results = await in_both_orders(
            turn,
            market.run(AutoCompleteOrder, order_id),
            market.run(MoveOrder, market.buyer, order_id, life.request_changes("More")),
        )
        refused = isinstance(results[turn % 2], BaseException)
        assert await status_of(market, order_id) == ("completed" if refused else "changes_requested")
        market.clock.advance(-AUTO_COMPLETE)


async def test_shipments_at_once_never_ship_more_than_was_ordered(market: SqlMarket) -> None:
    order_id = await paid(market)
    results = await outcomes(
        *(market.run(AddFulfilment, market.seller, order_id, Shipment(carrier=f"{one}")) for one in range(6))
    )
    assert sum(not isinstance(one, BaseException) for one in results) == 1
    assert all(isinstance(one, Conflict) for one in results if isinstance(one, BaseException)), results
    assert await market.value("SELECT sum(quantity) FROM ordering.fulfilment_lines f JOIN ordering.fulfilments o"
                              " ON o.id = f.fulfilment_id WHERE o.order_id = $1", order_id) == 1  # fmt: skip


async def test_a_cancelled_order_is_refunded_once_and_its_goods_come_back_once(market: SqlMarket) -> None:
    order_id = await paid(market)
    await market.run(MoveOrder, market.seller, order_id, life.decline("Out of stock"))
    cause = Cause(CauseKind.ORDER, order_id)
    results = await asyncio.gather(
        *(market.run(RefundCancelled, cause, "Out of stock") for _ in range(4)),
        *(market.run(SettleHolds, order_id, HoldStatus.RELEASED) for _ in range(4)),
    )
    assert results == [None] * 8
    refunds = await market.all("SELECT amount_minor FROM payments.refunds WHERE cause_id = $1", order_id)
    assert [row["amount_minor"] for row in refunds] == [75_000]
    (listing,) = await market.all(
        "SELECT s.status, k.held, k.sold, o.is_open FROM ordering.orders one"
        " JOIN catalog.listing_states s ON s.listing_id = one.subject_id"
        " JOIN inventory.stocks k ON k.subject_id = one.subject_id"
        " JOIN catalog.own_listings o ON o.listing_id = one.subject_id WHERE one.id = $1", order_id
    )  # fmt: skip
    assert tuple(listing) == ("active", 0, 0, True)
    await market.books_are_right()
