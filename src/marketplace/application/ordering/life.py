"""The life of an order from its payment to its end: who is asked loads it, makes one move and saves it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import partial

from marketplace.application.ordering.life_ports import Fulfilments, MoneyTrail, OrderTrail, Seats, Workers
from marketplace.application.ordering.life_views import FulfilmentView, TimelineEntry, TimelineView
from marketplace.application.ordering.orders import EXPIRE_ORDER
from marketplace.application.ordering.ports import MoneyInFlight, Orders
from marketplace.application.ordering.views import OrderView
from marketplace.application.shared.actor import Actor, Permission
from marketplace.application.shared.ports import Clock, Ids, Timers, Transaction
from marketplace.domain.ordering.errors import IllegalOrderMove, NotYourMove
from marketplace.domain.ordering.fulfilment import FulfilmentId, Shipment, fulfil
from marketplace.domain.ordering.moves import OrderRole, OrderStatus, Party
from marketplace.domain.ordering.order import Order, OrderNotFound
from marketplace.domain.shared.errors import Conflict, Invalid
from marketplace.domain.shared.ids import OrderId, UserId
from marketplace.domain.shared.text import clean_text

AUTO_COMPLETE_ORDER = "ordering.auto_complete_order"

Move = Callable[[Order, Party, datetime], None]


class PaymentUnderWay(Conflict):
    code = "payment_in_progress"


class UnknownWorker(Invalid):
    code = "unknown_worker"


class ForeignStatus(Invalid):
    """Somebody else sets it."""

    code = "foreign_status"


def assign(worker: UserId | None) -> Move:
    """To the seller, or to somebody whom an administrator names."""

    def move(order: Order, by: Party, now: datetime) -> None:
        assignee = worker or order.seller
        if by.role is OrderRole.SELLER and assignee != order.seller:
            raise NotYourMove("only an administrator assigns an order to somebody else", order_id=order.id)
        order.assign(assignee, by, now)
        if assignee == order.buyer:
            raise UnknownWorker("is who bought it", field="worker_id")

    return move


accept = assign(None)


def decline(reason: str | None) -> Move:
    def move(order: Order, by: Party, now: datetime) -> None:
        if by.role is OrderRole.BUYER:
            raise NotYourMove("only the seller declines an order: cancel it", order_id=order.id)
        cancel(reason)(order, by, now)

    return move


def cancel(reason: str | None) -> Move:
    said = None if reason is None else _cleaned(reason)
    return lambda order, by, now: order.cancel(by, now, said)


def request_changes(reason: str) -> Move:
    said = _cleaned(reason)
    return lambda order, by, now: order.request_changes(by, now, said)


def _cleaned(reason: str) -> str:
    return clean_text(reason, field="reason", longest=500)


_SELLER = frozenset({OrderRole.SELLER, OrderRole.MODERATOR})
_BUYER = frozenset({OrderRole.BUYER, OrderRole.MODERATOR})
SET_BY: Mapping[str, tuple[frozenset[OrderRole], Move]] = {
    "assigned": (_SELLER, accept),
    "in_progress": (_SELLER, Order.start),
    "delivered": (_SELLER, Order.deliver),
    "completed": (_BUYER, Order.complete),
    "cancelled": (_SELLER | _BUYER, cancel(None)),
}
"""The words of POST /orders/{id}/status, who says each, and what it does."""


def to_status(word: str) -> Move:
    return partial(_set_status, word)


def _set_status(word: str, order: Order, by: Party, now: datetime) -> None:
    roles, move = SET_BY[word]
    if by.role not in roles:
        words = ", ".join(word for word, (roles, _) in SET_BY.items() if by.role in roles)
        raise ForeignStatus(f"a {by.role} sets one of: {words}", field="status")
    move(order, by, now)


async def load(orders: Orders, actor: Actor, order_id: OrderId) -> tuple[Order, Party]:
    """Locked, and what the actor is to it. Raises OrderNotFound; IllegalOrderMove while a dispute decides."""
    order = await orders.lock(order_id)
    try:
        by = order.party(actor.user)
    except OrderNotFound:
        if Permission.MANAGE_ORDERS not in actor.permissions:
            raise
        by = Party(OrderRole.MODERATOR, actor.user)
    if order.status is OrderStatus.DISPUTED:
        raise IllegalOrderMove(
            "this order is disputed: what becomes of it is decided there", order_id=order_id, status=order.status.public
        )
    return order, by


async def keep(order: Order, orders: Orders, timers: Timers) -> None:
    """Save it after a move, with the timers that its status calls for."""
    await orders.save(order)
    if order.status is not OrderStatus.AWAITING_PAYMENT:
        timers.clear(EXPIRE_ORDER, order.id)
    if order.completes_at is None:
        timers.clear(AUTO_COMPLETE_ORDER, order.id)
    else:
        timers.set(AUTO_COMPLETE_ORDER, order.id, order.completes_at)


@dataclass(frozen=True, slots=True)
class MoveOrder:
    orders: Orders
    workers: Workers
    money: MoneyInFlight
    timers: Timers
    transaction: Transaction
    clock: Clock

    async def __call__(self, actor: Actor, order_id: OrderId, move: Move) -> OrderView:
        """Raises what the move raises, OrderNotFound, UnknownWorker, PaymentUnderWay."""
        actor.require(Permission.MOVE_ORDERS)
        async with self.transaction:
            order, by = await load(self.orders, actor, order_id)
            before = order.assignee
            move(order, by, self.clock.now())
            if order.assignee not in {before, None, order.seller}:
                await self._require_worker(order.assignee)
            if order.status is OrderStatus.CANCELLED and await self.money.towards(order_id):
                raise PaymentUnderWay(
                    "a payment of this order is under way: cancel again when it has failed or succeeded",
                    order_id=order_id,
                )
            await keep(order, self.orders, self.timers)
            return self.transaction.answers(OrderView.of(order))

    async def _require_worker(self, user: UserId | None) -> None:
        if user is None or not await self.workers.may_serve(user):
            raise UnknownWorker("is no active seller", field="worker_id")


@dataclass(frozen=True, slots=True)
class AddFulfilment:
    orders: Orders
    fulfilments: Fulfilments
    timers: Timers
    transaction: Transaction
    clock: Clock
    ids: Ids

    async def __call__(
        self, actor: Actor, order_id: OrderId, shipment: Shipment, *, delivered: bool = False
    ) -> FulfilmentView:
        """`delivered`: nothing more follows, and the buyer's time to complete begins. Raises what `fulfil` raises."""
        actor.require(Permission.MOVE_ORDERS)
        async with self.transaction:
            order, by = await load(self.orders, actor, order_id)
            now, past = self.clock.now(), await self.fulfilments.of(order_id)
            fulfilment = fulfil(order, past, shipment, FulfilmentId(self.ids.new()), by, now)
            await self.fulfilments.add(fulfilment)
            if delivered:
                order.deliver(by, now)
            await keep(order, self.orders, self.timers)
            return self.transaction.answers(FulfilmentView.of(fulfilment))


@dataclass(frozen=True, slots=True)
class AutoCompleteOrder:
    """Rung when the buyer's time is over. What is not paid yet waits: its payment sets the timer again."""

    orders: Orders
    timers: Timers
    transaction: Transaction
    clock: Clock

    async def __call__(self, order_id: OrderId) -> None:
        async with self.transaction:
            order = await self.orders.lock(order_id)
            if order.complete_by_itself(self.clock.now()):
                await keep(order, self.orders, self.timers)


@dataclass(frozen=True, slots=True)
class ReadTimeline:
    trail: OrderTrail
    money: MoneyTrail

    async def __call__(self, actor: Actor, order_id: OrderId) -> TimelineView:
        """All that happened to an order, oldest first; raises OrderNotFound for outsiders."""
        entries = await self.trail.steps(actor, order_id)
        for fact in await self.money.of(actor, order_id):
            entries.append(TimelineEntry(kind=fact.kind, at=fact.at, money=fact))
        return TimelineView(sorted(entries, key=lambda entry: entry.at))


@dataclass(frozen=True, slots=True)
class ReleaseSeat:
    """React to the end of an order: the slot that was booked with it is free again."""

    orders: Orders
    seats: Seats
    transaction: Transaction

    async def __call__(self, order_id: OrderId) -> None:
        async with self.transaction:
            order = await self.orders.lock(order_id)
            if order.booking_id is not None:
                await self.seats.release(order.booking_id)
