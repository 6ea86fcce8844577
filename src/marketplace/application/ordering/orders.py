"""What becomes of an order by itself."""

from dataclasses import dataclass
from datetime import timedelta

from marketplace.application.ordering.ports import MoneyInFlight, Orders
from marketplace.application.shared.ports import Clock, Timers, Transaction
from marketplace.domain.shared.ids import OrderId

EXPIRE_ORDER = "ordering.expire_order"
LOOK_AGAIN = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class ExpireOrder:
    """Rung by the payment deadline; waits while a payment is under way, so no money arrives for a dead order."""

    orders: Orders
    money: MoneyInFlight
    timers: Timers
    transaction: Transaction
    clock: Clock

    async def __call__(self, order_id: OrderId) -> None:
        async with self.transaction:
            order = await self.orders.lock(order_id)
            now = self.clock.now()
            if await self.money.towards(order_id):
                self.timers.set(EXPIRE_ORDER, order_id, now + LOOK_AGAIN)
            elif order.expire(now):
                await self.orders.save(order)
