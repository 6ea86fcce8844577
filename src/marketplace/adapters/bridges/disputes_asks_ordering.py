from datetime import datetime

from marketplace.application.disputes.ports import DisputedOrder, DisputedOrders, OrderEnding
from marketplace.application.ordering.life import keep
from marketplace.application.ordering.ports import Orders
from marketplace.application.shared.ports import Timers
from marketplace.domain.disputes.moves import DisputeAlreadyOpen, OrderNotDisputable
from marketplace.domain.ordering.moves import SYSTEM, OrderRole, OrderStatus, Party
from marketplace.domain.ordering.order import Order, OrderNotFound
from marketplace.domain.shared.ids import OrderId, UserId


class DisputedOrdersOfOrdering(DisputedOrders):
    def __init__(self, orders: Orders, timers: Timers) -> None:
        self._orders = orders
        self._timers = timers

    async def dispute(self, order_id: OrderId, by: UserId, reason: str, now: datetime) -> DisputedOrder:
        order = await self._orders.lock(order_id)
        if by not in {order.buyer, order.seller}:
            raise OrderNotFound("no such order", order_id=order_id)
        if order.status is OrderStatus.DISPUTED:
            raise DisputeAlreadyOpen("this order is disputed already", order_id=order_id)
        if not order.is_paid:
            raise OrderNotDisputable("nothing was paid for this order: cancel it", order_id=order_id)
        order.dispute(order.party(by), now, reason)
        await keep(order, self._orders, self._timers)
        return DisputedOrder(order_id=order_id, buyer=order.buyer, seller=order.seller, amount=order.amount)

    async def hold(self, order_id: OrderId) -> None:
        await self._orders.lock(order_id)

    async def end(self, order_id: OrderId, ending: OrderEnding, by: UserId | None, now: datetime) -> None:
        order = await self._orders.lock(order_id)
        order.end_dispute(_target(order, ending), _party(order, by), now, None)
        await keep(order, self._orders, self._timers)


def _target(order: Order, ending: OrderEnding) -> OrderStatus | None:
    if ending is OrderEnding.RESUMED:
        return None
    was_delivered = order.delivered_at is not None or order.before_dispute is OrderStatus.COMPLETED
    is_undone = ending is OrderEnding.UNDONE and not was_delivered
    return OrderStatus.CANCELLED if is_undone else OrderStatus.COMPLETED


def _party(order: Order, by: UserId | None) -> Party:
    if by is None:
        return SYSTEM
    return order.party(by) if by in {order.buyer, order.seller} else Party(OrderRole.MODERATOR, by)
