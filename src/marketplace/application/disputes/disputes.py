"""Opening a dispute, and what its sides say in it until it is decided."""

from dataclasses import dataclass
from decimal import Decimal

from marketplace.application.disputes.endings import RESPONSE_DUE, Endings
from marketplace.application.disputes.ports import DisputedMoney, DisputedOrders, Disputes
from marketplace.application.disputes.views import DisputeMessageView, DisputeView
from marketplace.application.shared.actor import Actor, Permission
from marketplace.application.shared.ports import Clock, Ids, Timers, Transaction
from marketplace.domain.disputes.dispute import RESPONSE_TIME, Dispute
from marketplace.domain.disputes.moves import (
    DisputeId,
    DisputeNotFound,
    DisputeOutcome,
    DisputeReason,
    DisputeSide,
    Remedy,
)
from marketplace.domain.shared.ids import OrderId
from marketplace.domain.shared.money import Money


@dataclass(frozen=True, slots=True)
class Wish:
    """A remedy as somebody wrote it: the amount is in the order's currency."""

    outcome: DisputeOutcome
    amount: Decimal | None = None

    def remedy(self, currency: str) -> Remedy:
        amount = None if self.amount is None else Money.price(self.amount, currency, field="amount")
        return Remedy(self.outcome, amount)


def remedy_of(wish: Wish | None, dispute: Dispute) -> Remedy | None:
    return None if wish is None else wish.remedy(dispute.amount.currency)


def moderates(actor: Actor) -> bool:
    return Permission.MODERATE in actor.permissions


@dataclass(frozen=True, slots=True)
class OpenDispute:
    disputes: Disputes
    orders: DisputedOrders
    money: DisputedMoney
    timers: Timers
    transaction: Transaction
    clock: Clock
    ids: Ids

    async def __call__(
        self, actor: Actor, order_id: OrderId, reason: DisputeReason, description: str, wanted: Wish
    ) -> DisputeView:
        """The order stands still and its payout is frozen. Raises what DisputedOrders.dispute raises, InvalidRemedy."""
        actor.require(Permission.MOVE_ORDERS)
        async with self.transaction:
            await self.orders.hold(order_id)
            now = self.clock.now()
            order = await self.orders.dispute(order_id, actor.user, reason, now)
            dispute = Dispute(
                id=DisputeId(self.ids.new()), order_id=order_id, buyer=order.buyer, seller=order.seller,
                opener=DisputeSide.BUYER if actor.user == order.buyer else DisputeSide.SELLER, reason=reason,
                amount=order.amount, opened_at=now, response_due_at=now + RESPONSE_TIME,
            )  # fmt: skip
            dispute.open(description, wanted.remedy(order.amount.currency))
            await self.disputes.add(dispute)
            await self.money.freeze(order_id)
            self.timers.set(RESPONSE_DUE, dispute.id, dispute.response_due_at)
            return self.transaction.answers(DisputeView.of(dispute))


@dataclass(frozen=True, slots=True)
class RespondToDispute:
    endings: Endings
    disputes: Disputes
    transaction: Transaction
    clock: Clock

    async def __call__(
        self, actor: Actor, dispute_id: DisputeId, text: str, proposal: Wish | None, accepts: int | None
    ) -> DisputeView:
        """Raises what Dispute.respond raises, and RefundTooLarge."""
        actor.require(Permission.MOVE_ORDERS)
        async with self.transaction:
            dispute = await self.endings.hold(dispute_id)
            now = self.clock.now()
            dispute.respond(actor.user, text, remedy_of(proposal, dispute), accepts, now)
            if dispute.is_live:
                await self.disputes.save(dispute)
            else:
                await self.endings.carry_out(dispute, actor.user, now)
            return self.transaction.answers(DisputeView.of(dispute))


@dataclass(frozen=True, slots=True)
class WriteInDispute:
    disputes: Disputes
    transaction: Transaction
    clock: Clock

    async def __call__(
        self, actor: Actor, dispute_id: DisputeId, text: str, proposal: Wish | None
    ) -> DisputeMessageView:
        """For the parties and moderators. Raises DisputeNotFound, IllegalDisputeMove, TooManyMessages."""
        if not moderates(actor):
            actor.require(Permission.MOVE_ORDERS)
        async with self.transaction:
            dispute = await self.disputes.lock(dispute_id)
            require_reader(actor, dispute)
            message = dispute.say(actor.user, text, remedy_of(proposal, dispute), self.clock.now())
            await self.disputes.save(dispute)
            return self.transaction.answers(DisputeMessageView.of(message))


def require_reader(actor: Actor, dispute: Dispute) -> None:
    """Raises DisputeNotFound."""
    if not (moderates(actor) or dispute.is_party(actor.user)):
        raise DisputeNotFound("no such dispute", dispute_id=dispute.id)


@dataclass(frozen=True, slots=True)
class AcceptProposal:
    endings: Endings
    transaction: Transaction
    clock: Clock

    async def __call__(self, actor: Actor, dispute_id: DisputeId, number: int) -> DisputeView:
        """Both sides agree: what was proposed is done. Raises ProposalChanged, IllegalDisputeMove, RefundTooLarge."""
        actor.require(Permission.MOVE_ORDERS)
        async with self.transaction:
            dispute = await self.endings.hold(dispute_id)
            now = self.clock.now()
            dispute.accept(actor.user, number, now)
            await self.endings.carry_out(dispute, actor.user, now)
            return self.transaction.answers(DisputeView.of(dispute))


@dataclass(frozen=True, slots=True)
class EscalateDispute:
    disputes: Disputes
    transaction: Transaction
    clock: Clock

    async def __call__(self, actor: Actor, dispute_id: DisputeId) -> DisputeView:
        actor.require(Permission.MOVE_ORDERS)
        async with self.transaction:
            dispute = await self.disputes.lock(dispute_id)
            dispute.escalate(actor.user, self.clock.now())
            await self.disputes.save(dispute)
            return self.transaction.answers(DisputeView.of(dispute))


@dataclass(frozen=True, slots=True)
class WithdrawDispute:
    endings: Endings
    transaction: Transaction
    clock: Clock

    async def __call__(self, actor: Actor, dispute_id: DisputeId) -> DisputeView:
        """The order goes on where it was."""
        actor.require(Permission.MOVE_ORDERS)
        async with self.transaction:
            dispute = await self.endings.hold(dispute_id)
            now = self.clock.now()
            dispute.withdraw(actor.user, now)
            await self.endings.resume(dispute, actor.user, now)
            return self.transaction.answers(DisputeView.of(dispute))


@dataclass(frozen=True, slots=True)
class LapseResponse:
    """Rung when the time to answer is over."""

    disputes: Disputes
    transaction: Transaction
    clock: Clock

    async def __call__(self, dispute_id: DisputeId) -> None:
        async with self.transaction:
            dispute = await self.disputes.lock(dispute_id)
            if dispute.lapse(self.clock.now()):
                await self.disputes.save(dispute)
