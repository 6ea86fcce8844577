"""What moderators decide."""

from dataclasses import dataclass

from marketplace.application.disputes.disputes import Wish
from marketplace.application.disputes.endings import Endings
from marketplace.application.disputes.views import DisputeView
from marketplace.application.shared.actor import Actor, Permission
from marketplace.application.shared.ports import Clock, Transaction
from marketplace.domain.disputes.moves import DisputeId


@dataclass(frozen=True, slots=True)
class ResolveDispute:
    endings: Endings
    transaction: Transaction
    clock: Clock

    async def __call__(self, actor: Actor, dispute_id: DisputeId, wish: Wish, reason: str) -> DisputeView:
        """Raises NotYourDispute, IllegalDisputeMove, InvalidRemedy, RefundTooLarge."""
        actor.require(Permission.MODERATE)
        async with self.transaction:
            dispute = await self.endings.hold(dispute_id)
            now = self.clock.now()
            dispute.resolve(wish.remedy(dispute.amount.currency), actor.user, reason, now)
            await self.endings.carry_out(dispute, actor.user, now)
            return self.transaction.answers(DisputeView.of(dispute))
