"""A buyer asks for money back; the seller, or an administrator, decides."""

from dataclasses import dataclass
from decimal import Decimal

from marketplace.application.payments.ports import Payables, Payments, Refunds
from marketplace.application.payments.refunds import RefundSteps
from marketplace.application.payments.views import RefundDetails
from marketplace.application.shared.actor import Actor, Permission
from marketplace.application.shared.ports import Clock, Timers, Transaction
from marketplace.domain.payments.chargeback import WITHDRAWN, ChargebackStage
from marketplace.domain.payments.payment import (
    Cause,
    Payment,
    PaymentNotFound,
    PaymentNotRefundable,
    RefundTooLarge,
)
from marketplace.domain.payments.refund import (
    ANSWER_TIME,
    AnswerMissing,
    IllegalRefundMove,
    OwnRefundRequest,
    Refund,
    RefundNotFound,
    is_large,
)
from marketplace.domain.shared.errors import NotFound
from marketplace.domain.shared.ids import PaymentId, RefundId
from marketplace.domain.shared.money import Money

ESCALATE_REFUND = "payments.escalate_refund"


@dataclass(frozen=True, slots=True)
class RequestRefund:
    """All that is left unless an amount is named. Unanswered, it is escalated after ANSWER_TIME."""

    payments: Payments
    payables: Payables
    refunds: Refunds
    steps: RefundSteps
    timers: Timers
    transaction: Transaction
    clock: Clock

    async def __call__(
        self, actor: Actor, about: Cause | PaymentId, amount: Decimal | None, reason: str
    ) -> RefundDetails:
        """`about`: a payment, or what was paid for. Raises PaymentNotFound for what the actor has not paid,
        PaymentNotRefundable, RefundTooLarge, RefundRequestOpen."""
        actor.require(Permission.PAY_ORDERS)
        async with self.transaction:
            payment = await self._lock(about)
            if payment is None or payment.payer != actor.user:
                raise PaymentNotFound("you have paid nothing of that kind")
            back = _refundable(payment)
            if amount is not None:
                back = Money.price(amount, back.currency, field="amount")
            if back > payment.refundable:
                left = payment.refundable.decimal
                raise RefundTooLarge(f"{left} {back.currency} can go back", field="amount", left=left)
            refund = self.steps.request(payment, back, reason, actor.user)
            now = self.clock.now()
            refund.request(now)
            await self.refunds.add(refund)
            self.timers.set(ESCALATE_REFUND, refund.id, now + ANSWER_TIME)
            return self.transaction.answers(RefundDetails.of(refund))

    async def _lock(self, about: Cause | PaymentId) -> Payment | None:
        try:
            cause = about if isinstance(about, Cause) else (await self.payments.find(about)).cause
            await self.payables.hold(cause)
        except NotFound:
            return None
        return await self.payments.collected_for(cause) if isinstance(about, Cause) else await self.payments.lock(about)


@dataclass(frozen=True, slots=True)
class Decision:
    """`amount`: less than was asked for, if it is given. A rejection needs an answer."""

    approve: bool
    amount: Decimal | None = None
    answer: str | None = None


@dataclass(frozen=True, slots=True)
class DecideRefundRequest:
    payments: Payments
    payables: Payables
    refunds: Refunds
    steps: RefundSteps
    timers: Timers
    transaction: Transaction
    clock: Clock

    async def __call__(self, actor: Actor, refund_id: RefundId, decision: Decision) -> RefundDetails:
        """By the payee, or an administrator. Approved, it is sent by a worker. Raises RefundNotFound,
        IllegalRefundMove, OwnRefundRequest, AnswerMissing, RefundTooLarge, StepUpRequired."""
        async with self.transaction:
            found = await self.refunds.find(refund_id)
            is_payee = actor.user == found.payee
            if not is_payee and Permission.REFUND not in actor.permissions:
                raise RefundNotFound("no such refund", refund_id=refund_id)
            if is_payee:
                actor.require(Permission.MOVE_ORDERS)
            if actor.user == found.payer:
                raise OwnRefundRequest("somebody else decides about your own request", refund_id=refund_id)
            await self.payables.hold(found.cause)
            payment = await self.payments.lock(found.payment_id)
            refund = await self.refunds.lock(refund_id)
            if not refund.is_open:
                raise IllegalRefundMove(f"it is {refund.status} already", refund_id=refund_id)
            if decision.approve:
                await self._approve(refund, payment, actor, decision, by_office=not is_payee)
            elif decision.answer:
                refund.reject(decision.answer, actor.user, self.clock.now())
            else:
                raise AnswerMissing("say why", field="answer")
            self.timers.clear(ESCALATE_REFUND, refund.id)
            await self.refunds.save(refund)
            return self.transaction.answers(RefundDetails.of(refund))

    async def _approve(
        self, refund: Refund, payment: Payment, actor: Actor, decision: Decision, *, by_office: bool
    ) -> None:
        _refundable(payment)
        if decision.amount is not None:
            refund.lower(Money.price(decision.amount, refund.amount.currency, field="amount"))
        if by_office and is_large(refund.amount):
            actor.require_recent_proof(self.clock.now())
        refund.answer = decision.answer
        await self.steps.approve(refund, payment, actor.user)


@dataclass(frozen=True, slots=True)
class WithdrawRefundRequest:
    refunds: Refunds
    timers: Timers
    transaction: Transaction
    clock: Clock

    async def __call__(self, actor: Actor, refund_id: RefundId) -> RefundDetails:
        """By who asked. Raises RefundNotFound, IllegalRefundMove."""
        actor.require(Permission.PAY_ORDERS)
        async with self.transaction:
            refund = await self.refunds.lock(refund_id)
            if actor.user != refund.payer or actor.user != refund.requested_by:
                raise RefundNotFound("no such refund", refund_id=refund_id)
            refund.cancel(self.clock.now())
            self.timers.clear(ESCALATE_REFUND, refund.id)
            await self.refunds.save(refund)
            return self.transaction.answers(RefundDetails.of(refund))


@dataclass(frozen=True, slots=True)
class EscalateRefundRequest:
    """Rung when the seller's time to answer is over."""

    refunds: Refunds
    transaction: Transaction
    clock: Clock

    async def __call__(self, refund_id: RefundId) -> None:
        async with self.transaction:
            refund = await self.refunds.lock(refund_id)
            if refund.escalate(self.clock.now()):
                await self.refunds.save(refund)


def _refundable(payment: Payment) -> Money:
    """Raises PaymentNotRefundable."""
    if not payment.is_collected or not payment.refundable.minor:
        raise PaymentNotRefundable(f"this payment is {payment.status}: nothing can go back", payment_id=payment.id)
    if payment.chargeback in WITHDRAWN | {ChargebackStage.LOST}:
        raise PaymentNotRefundable("the payer's bank has taken the money back", payment_id=payment.id)
    return payment.refundable
