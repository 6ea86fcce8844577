"""From payment to completion, and every way an order ends."""

from datetime import timedelta

import pytest

from marketplace.application.ordering import life as moves
from marketplace.application.ordering.life import (
    AUTO_COMPLETE_ORDER,
    ForeignStatus,
    Move,
    PaymentUnderWay,
    UnknownWorker,
)
from marketplace.application.ordering.orders import EXPIRE_ORDER
from marketplace.application.payments.refunds import SEND_REFUND
from marketplace.application.shared.actor import Actor, MissingPermission, Permission
from marketplace.domain.catalog.booking import BookingStatus
from marketplace.domain.catalog.listing import Channel
from marketplace.domain.catalog.standing import ListingStatus
from marketplace.domain.catalog.terms import ServiceTerms
from marketplace.domain.inventory.hold import HoldStatus
from marketplace.domain.ordering.errors import IllegalOrderMove, NotYourMove, OrderNotPaid, TooManyChanges
from marketplace.domain.ordering.moves import OrderRole, OrderStatus
from marketplace.domain.ordering.order import AUTO_COMPLETE, Order, OrderNotFound, PaymentStatus
from marketplace.domain.payments.ledger import AccountKind
from marketplace.domain.payments.payment import Cause, CauseKind
from marketplace.domain.shared.ids import OrderId
from tests.builders.commerce import GOOD_CARD, NOON, SLOW_CARD, an_actor, an_actor_who_may_not
from tests.builders.services import a_booking, a_service
from tests.fakes.market import Market
from tests.fakes.orders import Life
from tests.fakes.world import entries_of

S = OrderStatus


@pytest.fixture
def life() -> Life:
    return Life(Market())


def an_outsider() -> Actor:
    return an_actor_who_may_not(Permission.MANAGE_ORDERS)


async def delivered(life: Life) -> OrderId:
    order_id = await life.paid()
    await life.move(life.market.seller, order_id, Order.deliver)
    return order_id


async def test_an_order_goes_from_payment_to_completion(life: Life) -> None:
    market, order_id = life.market, await life.paid()
    seen = [
        (await life.move(who, order_id, move)).status
        for who, move in (
            (market.seller, moves.accept), (market.seller, Order.start), (market.seller, Order.deliver),
            (market.buyer, moves.request_changes("Blue, please")), (market.seller, Order.deliver),
            (market.buyer, Order.complete),
        )
    ]  # fmt: skip
    assert seen == ["assigned", "in_progress", "delivered", "in_progress", "delivered", "completed"]
    steps = [(step.target, step.by.role, step.reason) for _, step in market.rows.order_steps][1:]
    assert steps == [
        (S.ASSIGNED, OrderRole.SELLER, None), (S.IN_PROGRESS, OrderRole.SELLER, None),
        (S.DELIVERED, OrderRole.SELLER, None),
        (S.CHANGES_REQUESTED, OrderRole.BUYER, "Blue, please"), (S.IN_PROGRESS, OrderRole.SELLER, None),
        (S.DELIVERED, OrderRole.SELLER, None), (S.COMPLETED, OrderRole.BUYER, None),
    ]  # fmt: skip
    assert market.news == [
        "ordering.order_assigned", *["ordering.order_moved"] * 5, "ordering.order_completed",
    ]  # fmt: skip
    assert market.timers(AUTO_COMPLETE_ORDER) == market.timers(EXPIRE_ORDER) == []


async def test_what_is_delivered_completes_by_itself_unless_somebody_moves_it(life: Life) -> None:
    market, order_id = life.market, await delivered(life)
    assert market.rows.timers[AUTO_COMPLETE_ORDER, order_id] == NOON + AUTO_COMPLETE
    await life.move(market.buyer, order_id, moves.request_changes("Blue, please"))
    assert market.timers(AUTO_COMPLETE_ORDER) == []
    market.clock.advance(timedelta(days=3))
    await life.move(market.seller, order_id, Order.deliver)
    await life.auto_complete(order_id)
    assert life.order(order_id).status is S.DELIVERED
    market.clock.advance(AUTO_COMPLETE)
    await life.auto_complete(order_id)
    await life.auto_complete(order_id)
    assert life.order(order_id).status is S.COMPLETED
    assert market.rows.order_steps[-1][1].by.role is OrderRole.SYSTEM


async def test_what_is_delivered_unpaid_completes_once_it_is_paid(life: Life) -> None:
    market, order_id = life.market, await life.market.ordered()
    market.rows.orders[order_id].is_service = True
    await life.move(market.seller, order_id, moves.accept)
    assert market.timers(EXPIRE_ORDER) == [], "what the seller takes on does not expire"
    await life.move(market.seller, order_id, Order.deliver)
    market.clock.advance(AUTO_COMPLETE)
    await life.auto_complete(order_id)
    with pytest.raises(OrderNotPaid):
        await life.move(market.buyer, order_id, Order.complete)
    market.rows.timers.pop((AUTO_COMPLETE_ORDER, order_id))
    await market.pay_order(market.buyer, order_id, GOOD_CARD)
    assert life.order(order_id).status is S.DELIVERED
    assert market.rows.timers[AUTO_COMPLETE_ORDER, order_id] <= market.clock.now()
    await life.auto_complete(order_id)
    assert life.order(order_id).status is S.COMPLETED


async def test_goods_are_not_taken_on_before_they_are_paid(life: Life) -> None:
    order_id = await life.market.ordered()
    for move in (moves.accept, Order.start, Order.deliver):
        with pytest.raises(OrderNotPaid):
            await life.move(life.market.seller, order_id, move)
    assert life.order(order_id).status is S.AWAITING_PAYMENT
    assert life.market.timers(EXPIRE_ORDER) == [order_id]


async def test_an_administrator_assigns_another_seller_who_then_acts_for_the_seller(life: Life) -> None:
    market, order_id = life.market, await life.paid()
    with pytest.raises(NotYourMove):
        await life.move(market.seller, order_id, moves.assign(life.worker.user))
    with pytest.raises(OrderNotFound):
        await life.move(an_actor_who_may_not(Permission.MANAGE_ORDERS, life.worker.user), order_id, Order.start)
    for nobody in (an_actor().user, market.buyer.user):
        with pytest.raises(UnknownWorker) as refused:
            await life.move(life.admin, order_id, moves.assign(nobody))
        assert refused.value.field == "worker_id"
    view = await life.move(life.admin, order_id, moves.assign(life.worker.user))
    assert (view.status, view.assignee_id) == ("assigned", life.worker.user)
    worker = an_actor_who_may_not(Permission.MANAGE_ORDERS, life.worker.user)
    assert (await life.move(worker, order_id, Order.start)).status == "in_progress"
    by = [step.by for _, step in market.rows.order_steps][-2:]
    assert [(one.role, one.user) for one in by] == [
        (OrderRole.MODERATOR, life.admin.user), (OrderRole.SELLER, life.worker.user),
    ]  # fmt: skip


async def test_an_administrator_assigns_the_seller_unless_another_is_named(life: Life) -> None:
    order_id = await life.paid()
    assert (await life.move(life.admin, order_id, moves.accept)).assignee_id == life.market.seller.user


@pytest.mark.parametrize(
    ("who", "move", "error"),
    [
        ("buyer", moves.accept, NotYourMove), ("buyer", moves.decline(None), NotYourMove),
        ("buyer", Order.deliver, NotYourMove), ("buyer", Order.complete, IllegalOrderMove),
        ("seller", Order.complete, IllegalOrderMove), ("seller", moves.request_changes("More"), IllegalOrderMove),
        ("outsider", moves.accept, OrderNotFound), ("outsider", moves.cancel(None), OrderNotFound),
        ("nobody", moves.cancel(None), MissingPermission),
    ],
)  # fmt: skip
async def test_a_paid_order_refuses_what_is_not_to_be_done_now_or_by_them(
    life: Life, who: str, move: Move, error: type[Exception]
) -> None:
    market, order_id = life.market, await life.paid()
    people = {
        "buyer": market.buyer, "seller": market.seller, "outsider": an_outsider(),
        "nobody": an_actor_who_may_not(Permission.MOVE_ORDERS, market.buyer.user),
    }  # fmt: skip
    with pytest.raises(error):
        await life.move(people[who], order_id, move)
    assert life.order(order_id).status is S.PAID
    assert market.news == []


async def test_a_refusal_tells_where_the_order_stands_in_the_words_of_the_contract(life: Life) -> None:
    order_id = await life.paid()
    with pytest.raises(IllegalOrderMove) as refused:
        await life.move(life.market.buyer, order_id, Order.complete)
    assert refused.value.facts["status"] == "pending"


@pytest.mark.parametrize(
    ("who", "word"),
    [("seller", "assigned"), ("seller", "in_progress"), ("seller", "delivered"), ("seller", "cancelled"),
     ("buyer", "cancelled"), ("admin", "in_progress")],
)  # fmt: skip
async def test_a_status_is_set_by_its_word(life: Life, who: str, word: str) -> None:
    people = {"seller": life.market.seller, "buyer": life.market.buyer, "admin": life.admin}
    order_id = await life.paid()
    assert (await life.move(people[who], order_id, moves.to_status(word))).status == word


@pytest.mark.parametrize(
    ("who", "word"), [("seller", "completed"), ("buyer", "assigned"), ("buyer", "in_progress"), ("buyer", "delivered")]
)
async def test_a_word_of_the_other_side_is_refused(life: Life, who: str, word: str) -> None:
    order_id = await delivered(life)
    actor = life.market.buyer if who == "buyer" else life.market.seller
    with pytest.raises(ForeignStatus) as refused:
        await life.move(actor, order_id, moves.to_status(word))
    assert refused.value.field == "status"
    assert (await life.move(life.market.buyer, order_id, moves.to_status("completed"))).status == "completed"


async def test_changes_are_asked_for_three_times_at_most(life: Life) -> None:
    order_id = await delivered(life)
    for _ in range(3):
        await life.move(life.market.buyer, order_id, moves.request_changes("More"))
        await life.move(life.market.seller, order_id, Order.deliver)
    with pytest.raises(TooManyChanges):
        await life.move(life.market.buyer, order_id, moves.request_changes("More"))
    assert life.order(order_id).status is S.DELIVERED


async def test_a_cancelled_order_gives_back_money_and_goods_once(life: Life) -> None:
    market, order_id = life.market, await life.paid()
    await life.move(market.seller, order_id, moves.decline("Out of stock"))
    assert market.news == ["ordering.order_cancelled"]
    assert market.rows.order_steps[-1][1].reason == "Out of stock"
    for _ in range(2):
        await life.refund_cancelled(Cause(CauseKind.ORDER, order_id), "Out of stock")
        await market.settle_holds(order_id, HoldStatus.RELEASED)
    (refund,) = market.rows.refunds.values()
    assert (refund.amount, refund.requested_by, refund.reason) == (life.order(order_id).amount, None, "Out of stock")
    assert market.timers(SEND_REFUND) == [refund.id]
    await market.send_refund(refund.id)
    assert life.order(order_id).payment_status is PaymentStatus.REFUNDED
    balances: dict[AccountKind, int] = {}
    for entry in entries_of(market.rows):
        balances[entry.account.kind] = balances.get(entry.account.kind, 0) + entry.minor
    assert set(balances.values()) == {0}
    ((listing, _),) = market.rows.listings.values()
    ((hold, status),) = market.rows.holds.values()
    assert (listing.status, status) == (ListingStatus.ACTIVE, HoldStatus.RELEASED)
    assert market.rows.stocks[hold.subject].left == 1
    assert await market.offered(listing.id, an_actor()), "and somebody else may have it"


async def test_what_comes_back_to_a_suspended_seller_is_not_for_sale(life: Life) -> None:
    market, order_id = life.market, await life.paid()
    market.listings.suspended = {market.seller.user}
    await life.move(life.admin, order_id, moves.cancel(None))
    await market.settle_holds(order_id, HoldStatus.RELEASED)
    ((listing, _),) = market.rows.listings.values()
    assert listing.status is ListingStatus.PAUSED
    await market.give_listings_back(market.seller.user)
    assert listing_status(market) is ListingStatus.ACTIVE


def listing_status(market: Market) -> ListingStatus:
    ((listing, _),) = market.rows.listings.values()
    return listing.status


async def test_nothing_goes_back_of_what_nobody_paid(life: Life) -> None:
    market, order_id = life.market, await life.market.ordered()
    await life.move(market.buyer, order_id, moves.cancel(None))
    await life.refund_cancelled(Cause(CauseKind.ORDER, order_id), "-")
    await market.settle_holds(order_id, HoldStatus.RELEASED)
    assert (market.rows.refunds, listing_status(market)) == ({}, ListingStatus.ACTIVE)
    assert market.timers(EXPIRE_ORDER) == []


async def test_an_order_is_not_cancelled_under_a_payment(life: Life) -> None:
    market, order_id = life.market, await life.market.ordered()
    payment = await market.pay_order(market.buyer, order_id, SLOW_CARD)
    with pytest.raises(PaymentUnderWay):
        await life.move(market.buyer, order_id, moves.cancel(None))
    assert life.order(order_id).status is S.AWAITING_PAYMENT
    await market.ask_gateway(payment.id)
    assert (await life.move(market.buyer, order_id, moves.cancel(None))).status == "cancelled"


async def test_buyers_cancel_until_the_seller_takes_it_on_and_sellers_until_they_begin(life: Life) -> None:
    market, order_id = life.market, await life.paid()
    await life.move(market.seller, order_id, moves.accept)
    with pytest.raises(NotYourMove):
        await life.move(market.buyer, order_id, moves.cancel(None))
    await life.move(market.seller, order_id, Order.start)
    with pytest.raises(IllegalOrderMove):
        await life.move(market.seller, order_id, moves.cancel(None))


async def test_while_it_is_disputed_nobody_moves_it_here(life: Life) -> None:
    market, order_id = life.market, await delivered(life)
    order = market.rows.orders[order_id]
    order.dispute(order.party(market.buyer.user), NOON, "Broken")
    for who, move in ((market.buyer, Order.complete), (market.seller, moves.cancel(None)), (life.admin, Order.start)):
        with pytest.raises(IllegalOrderMove) as refused:
            await life.move(who, order_id, move)
        assert refused.value.facts["status"] == "disputed"
    market.clock.advance(AUTO_COMPLETE)
    await life.auto_complete(order_id)
    assert life.order(order_id).status is S.DISPUTED


async def test_who_trades_stays_a_party_even_as_an_administrator(life: Life) -> None:
    order_id = await delivered(life)
    with pytest.raises(NotYourMove):
        await life.move(life.market.seller, order_id, Order.complete)
    assert Permission.MANAGE_ORDERS in life.market.seller.permissions


async def test_the_end_of_an_order_frees_its_slot_once(life: Life) -> None:
    market, order_id = life.market, await life.paid()
    booking = a_booking(a_service(), status=BookingStatus.CONFIRMED, expires_at=None)
    market.rows.bookings[booking.id] = booking
    await life.release_seat(order_id)
    assert market.rows.bookings[booking.id].status is BookingStatus.CONFIRMED, "it was booked without this order"
    market.rows.orders[order_id].booking_id = booking.id
    for _ in range(2):
        await life.release_seat(order_id)
        assert market.rows.bookings[booking.id].status is BookingStatus.CANCELLED


async def test_a_service_that_was_agreed_on_is_taken_on_before_it_is_paid(life: Life) -> None:
    market = life.market
    service = await market.listed(channel=Channel.SERVICES, category="plumbing", terms=ServiceTerms())
    order_id = (await market.accept_offer(market.seller, await market.offered(service))).transaction_id
    view = await life.move(market.seller, order_id, moves.accept)
    assert (view.is_service, view.status, view.payment_status) == (True, "assigned", PaymentStatus.UNPAID)
    await market.pay_order(market.buyer, order_id, GOOD_CARD)
    assert life.order(order_id).status is S.ASSIGNED
