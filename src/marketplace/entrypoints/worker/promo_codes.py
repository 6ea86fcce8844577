"""What becomes of the promo code on an order that is paid or comes to nothing."""

from dishka import AsyncContainer

from marketplace.application.promotions.discounts import SettleRedemption
from marketplace.domain.ordering.events import OrderCancelled, OrderExpired, OrderPaid
from marketplace.domain.promotions.redemption import RedemptionStatus
from marketplace.entrypoints.worker.registry import Handlers


def subscribe(handlers: Handlers) -> None:
    @handlers.on(OrderPaid, "promotions.order_paid")
    async def redeem(scope: AsyncContainer, event: OrderPaid) -> None:
        await (await scope.get(SettleRedemption))(event.order_id, RedemptionStatus.REDEEMED)

    @handlers.on(OrderExpired, "promotions.order_expired")
    async def release(scope: AsyncContainer, event: OrderExpired) -> None:
        await (await scope.get(SettleRedemption))(event.order_id, RedemptionStatus.RELEASED)

    @handlers.on(OrderCancelled, "promotions.order_cancelled")
    async def give_back(scope: AsyncContainer, event: OrderCancelled) -> None:
        await (await scope.get(SettleRedemption))(event.order_id, RedemptionStatus.RELEASED)
