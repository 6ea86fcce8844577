from datetime import datetime

from marketplace.application.ordering.orders import EXPIRE_ORDER
from marketplace.application.ordering.ports import Orders
from marketplace.application.payments.ports import Payable, Payables
from marketplace.application.shared.ports import Timers
from marketplace.domain.ordering.order import OrderNotFound
from marketplace.domain.shared.ids import OrderId, UserId


class PayablesOfOrdering(Payables):
    def __init__(self, orders: Orders, timers: Timers) -> None:
        self._orders = orders
        self._timers = timers

    async def due(self, order_id: OrderId, payer: UserId, now: datetime) -> Payable:
        order = await self._orders.lock(order_id)
        if order.buyer != payer:
            raise OrderNotFound("no such order", order_id=order_id)
        order.require_payable(now)
        return Payable(order.id, order.seller, order.amount, order.fee)

    async def hold(self, order_id: OrderId) -> None:
        await self._orders.lock(order_id)

    async def paid(self, order_id: OrderId, now: datetime) -> None:
        order = await self._orders.lock(order_id)
        order.pay(now)
        await self._orders.save(order)
        self._timers.clear(EXPIRE_ORDER, order_id)
