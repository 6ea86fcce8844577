"""How a dispute ends: the dispute, the money and the order in one transaction."""

from dataclasses import dataclass
from datetime import datetime

from marketplace.application.disputes.ports import DisputedMoney, DisputedOrders, Disputes, OrderEnding
from marketplace.application.shared.ports import Clock, Timers, Transaction
from marketplace.domain.disputes.dispute import Dispute
from marketplace.domain.disputes.moves import DisputeId, DisputeOutcome
from marketplace.domain.shared.ids import OrderId, UserId

RESPONSE_DUE = "disputes.response_due"
AGREED = "The sides of a dispute agreed"


@dataclass(frozen=True, slots=True)
class Endings:
    """Inside a transaction that runs already. Locks the order, the dispute, the payment, in this order."""

    disputes: Disputes
    orders: DisputedOrders
    money: DisputedMoney
    timers: Timers

    async def hold(self, dispute_id: DisputeId) -> Dispute:
        """Raises DisputeNotFound."""
        await self.orders.hold((await self.disputes.find(dispute_id)).order_id)
        return await self.disputes.lock(dispute_id)

    async def carry_out(self, dispute: Dispute, by: UserId | None, now: datetime) -> None:
        """Do what its remedy says. Raises RefundTooLarge."""
        if dispute.remedy is None:
            raise ValueError("a dispute without a remedy is not resolved")
        if dispute.remedy.outcome is not DisputeOutcome.SELLER:
            await self.money.give_back(
                dispute.order_id, dispute.remedy.amount, dispute.decision or AGREED, dispute.decided_by
            )
        ending = OrderEnding.UNDONE if dispute.remedy.outcome is DisputeOutcome.BUYER else OrderEnding.COMPLETED
        await self._end(dispute, ending, by, now)

    async def resume(self, dispute: Dispute, by: UserId, now: datetime) -> None:
        await self._end(dispute, OrderEnding.RESUMED, by, now)

    async def _end(self, dispute: Dispute, ending: OrderEnding, by: UserId | None, now: datetime) -> None:
        await self.money.thaw(dispute.order_id)
        await self.orders.end(dispute.order_id, ending, by, now)
        self.timers.clear(RESPONSE_DUE, dispute.id)
        await self.disputes.save(dispute)


@dataclass(frozen=True, slots=True)
class LoseToBank:
    """React to a chargeback that was lost: the buyer has the money back already."""

    disputes: Disputes
    endings: Endings
    orders: DisputedOrders
    transaction: Transaction
    clock: Clock

    async def __call__(self, order_id: OrderId) -> None:
        async with self.transaction:
            await self.orders.hold(order_id)
            dispute = await self.disputes.live_of(order_id)
            now = self.clock.now()
            if dispute is not None and dispute.lose_to_bank(now):
                await self.endings.carry_out(dispute, None, now)
