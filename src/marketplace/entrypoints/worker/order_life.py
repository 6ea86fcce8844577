"""What follows from the moves of an order: its goods and its slot go back, its money too, and it completes."""

from uuid import UUID

from dishka import AsyncContainer

from marketplace.application.inventory.holds import SettleHolds
from marketplace.application.ordering.life import AUTO_COMPLETE_ORDER, AutoCompleteOrder, ReleaseSeat
from marketplace.application.payments.refunds import RefundCancelled
from marketplace.domain.inventory.hold import HoldStatus
from marketplace.domain.ordering.events import OrderCancelled, OrderExpired
from marketplace.domain.payments.payment import Cause, CauseKind
from marketplace.domain.shared.ids import OrderId
from marketplace.entrypoints.worker import catalog_reactions
from marketplace.entrypoints.worker.registry import Handlers


def subscribe(handlers: Handlers) -> None:
    @handlers.timer(AUTO_COMPLETE_ORDER)
    async def auto_complete(scope: AsyncContainer, order_id: UUID) -> None:
        await (await scope.get(AutoCompleteOrder))(OrderId(order_id))

    @handlers.on(OrderCancelled, "inventory.order_cancelled")
    async def give_goods_back(scope: AsyncContainer, event: OrderCancelled) -> None:
        await (await scope.get(SettleHolds))(event.order_id, HoldStatus.RELEASED)
        await catalog_reactions.counts_changed(scope)

    @handlers.on(OrderCancelled, "payments.order_cancelled")
    async def give_money_back(scope: AsyncContainer, event: OrderCancelled) -> None:
        reason = event.reason or "The order was cancelled"
        await (await scope.get(RefundCancelled))(Cause(CauseKind.ORDER, event.order_id), reason)

    @handlers.on(OrderCancelled, "bookings.order_cancelled")
    async def free_seat_of_cancelled(scope: AsyncContainer, event: OrderCancelled) -> None:
        await (await scope.get(ReleaseSeat))(event.order_id)

    @handlers.on(OrderExpired, "bookings.order_expired")
    async def free_seat_of_expired(scope: AsyncContainer, event: OrderExpired) -> None:
        await (await scope.get(ReleaseSeat))(event.order_id)
