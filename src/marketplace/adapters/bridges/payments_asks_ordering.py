from datetime import datetime

from marketplace.application.ordering.buying import ApplyPromoCode
from marketplace.application.ordering.life import keep
from marketplace.application.ordering.ports import Orders
from marketplace.application.payments.ports import OrderPrices, Payable, Payables
from marketplace.application.shared.actor import Actor
from marketplace.application.shared.ports import Clock, Timers
from marketplace.domain.ordering.moves import SYSTEM, OrderStatus
from marketplace.domain.ordering.order import Order, OrderNotFound
from marketplace.domain.payments.payment import Cause
from marketplace.domain.payments.shares import Share
from marketplace.domain.shared.ids import OrderId, UserId
from marketplace.domain.shared.money import Money

_NOT_STARTED = {OrderStatus.PAID, OrderStatus.ASSIGNED}


class PayablesOfOrdering(Payables):
    def __init__(self, orders: Orders, timers: Timers, clock: Clock) -> None:
        self._orders = orders
        self._timers = timers
        self._clock = clock
        self._held: Order | None = None
        """What this transaction has locked to be paid."""

    async def due(self, cause: Cause, payer: UserId) -> Payable:
        order = self._held = await self._orders.lock(OrderId(cause.id))
        if order.buyer != payer:
            raise OrderNotFound("no such order", order_id=order.id)
        order.require_payable(self._clock.now())
        return Payable(
            cause=cause, payee=order.seller, shares=_shares(order), description=f"Order {order.title}",
            until=order.payment_due_at,
        )  # fmt: skip

    async def hold(self, cause: Cause) -> None:
        self._held = await self._orders.lock(OrderId(cause.id))

    async def paid(self, cause: Cause, now: datetime) -> None:
        order, self._held = self._held, None
        if order is None or order.id != cause.id:
            order = await self._orders.lock(OrderId(cause.id))
        order.pay(now)
        await keep(order, self._orders, self._timers)

    async def failed(self, cause: Cause, now: datetime) -> None:
        """It may be tried again until it is due."""

    async def refunded(self, cause: Cause, refunded: Money) -> None:
        order = await self._orders.lock(OrderId(cause.id))
        order.refund(refunded)
        await self._orders.save(order)

    async def called_off(self, cause: Cause, reason: str, now: datetime) -> None:
        order = await self._orders.lock(OrderId(cause.id))
        if order.status in _NOT_STARTED:
            order.cancel(SYSTEM, now, reason)
            await self._orders.save(order)


class PricesOfOrdering(OrderPrices):
    def __init__(self, apply: ApplyPromoCode) -> None:
        self._apply = apply

    async def reduce(self, actor: Actor, order_id: OrderId, promo_code: str) -> None:
        await self._apply(actor, order_id, promo_code)


def _shares(order: Order) -> tuple[Share, ...]:
    return tuple(
        Share.of(line.due, line.fee.amount, line.discount if order.is_subsidized else None) for line in order.lines
    )
