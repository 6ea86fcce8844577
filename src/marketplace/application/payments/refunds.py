"""Giving money back: promise it in the books, send it through the gateway, note that it arrived."""

from dataclasses import dataclass
from decimal import Decimal

from marketplace.application.payments.payments import InsufficientFunds
from marketplace.application.payments.ports import (
    Gateways,
    GatewaySilent,
    Ledger,
    Payables,
    Payments,
    RefundOrder,
    Refunds,
)
from marketplace.application.payments.views import RefundView
from marketplace.application.shared.actor import Actor, Permission
from marketplace.application.shared.ports import Clock, Ids, Timers, Transaction
from marketplace.domain.payments.chargeback import ChargebackStage
from marketplace.domain.payments.ledger import LedgerTransaction
from marketplace.domain.payments.payment import Cause, CauseKind, Payment
from marketplace.domain.payments.postings import (
    WALLET,
    earnings_of,
    late_capture,
    payable,
    receivable,
    receivable_raised,
    refund_promised,
    refund_sent,
)
from marketplace.domain.payments.refund import Refund, RefundOutcome, RefundStatus, is_large
from marketplace.domain.payments.shares import Reversal
from marketplace.domain.shared.ids import PaymentId, RefundId, UserId
from marketplace.domain.shared.money import Money

SEND_REFUND = "payments.send_refund"


@dataclass(frozen=True, slots=True)
class RefundSteps:
    """What is done to a refund inside a transaction that runs already and has locked cause and payment: that of an
    administrator, of a cancelled order, of a dispute."""

    payments: Payments
    refunds: Refunds
    ledger: Ledger
    timers: Timers
    clock: Clock
    ids: Ids

    async def create(
        self, payment: Payment, amount: Money, reason: str, by: UserId | None, *, sends_itself: bool = False
    ) -> Refund:
        """Approved at once, and sent by a worker unless the caller `sends_itself`. Raises what Payment.promise_back
        raises."""
        refund = self.request(payment, amount, reason, by)
        await self.approve(refund, payment, by, sends_itself=sends_itself)
        await self.refunds.add(refund)
        return refund

    def request(self, payment: Payment, amount: Money, reason: str, by: UserId | None) -> Refund:
        """Not stored yet."""
        return Refund(
            id=RefundId(self.ids.new()), payment_id=payment.id, cause=payment.cause, payer=payment.payer,
            payee=payment.payee, amount=amount, reason=reason, requested_by=by, created_at=self.clock.now(),
        )  # fmt: skip

    async def approve(self, refund: Refund, payment: Payment, by: UserId | None, *, sends_itself: bool = False) -> None:
        """The payee's, the platform's and the promo code's exact parts leave their accounts now; the refund itself is
        left to be saved."""
        now = self.clock.now()
        reversal = payment.promise_back(refund.amount)
        refund.approve(reversal, by)
        refund.process()
        promise = refund_promised(self.ids.new(), refund, reversal, payment)
        if payment.is_settled:
            await self._claw_back(promise, refund, reversal.from_payee)
        else:
            if payment.cause.kind is CauseKind.TOP_UP:
                await self._require_unspent(payment, promise)
            await self.ledger.post(promise)
        self.timers.set(SEND_REFUND, refund.id, refund.ask_again(now) if sends_itself else now)
        await self.payments.save(payment)

    async def _require_unspent(self, payment: Payment, promise: LedgerTransaction) -> None:
        wallet = earnings_of(payment)
        balances = await self.ledger.lock(*(entry.account for entry in promise.entries))
        taken = sum(entry.minor for entry in promise.entries if entry.account == wallet)
        if balances[wallet].minor + taken > 0:
            has = Money(-balances[wallet].minor, wallet.currency).decimal
            raise InsufficientFunds(f"the wallet holds {has} {wallet.currency}: the rest was spent", balance=has)

    async def _claw_back(self, promise: LedgerTransaction, refund: Refund, from_payee: Money) -> None:
        """The payee may have been paid out: the balance goes below zero, and past a limit it becomes a debt."""
        seller = payable(refund.payee, refund.amount.currency), receivable(refund.payee, refund.amount.currency)
        balances = await self.ledger.lock(*{*seller, *(entry.account for entry in promise.entries)})
        await self.ledger.post(promise)
        if debt := receivable_raised(self.ids.new(), refund.id, refund.payee, balances[seller[0]] + from_payee):
            await self.ledger.post(debt)


@dataclass(frozen=True, slots=True)
class SettleRefund:
    """Store what the gateway said of a refund, once."""

    payments: Payments
    refunds: Refunds
    payables: Payables
    ledger: Ledger
    timers: Timers
    transaction: Transaction
    clock: Clock
    ids: Ids

    async def __call__(self, refund_id: RefundId, outcome: RefundOutcome | None) -> RefundView:
        """`outcome` None: the gateway was silent, and is asked again later."""
        async with self.transaction:
            found = await self.refunds.find(refund_id)
            await self.payables.hold(found.cause)
            payment = await self.payments.lock(found.payment_id)
            refund = await self.refunds.lock(refund_id)
            if refund.status is RefundStatus.PROCESSING:
                await self.take(refund, payment, outcome)
            return self.transaction.answers(RefundView.of(refund, payment))

    async def take(self, refund: Refund, payment: Payment, outcome: RefundOutcome | None) -> None:
        """Inside a transaction that runs already and has locked cause, payment and refund."""
        now = self.clock.now()
        if outcome is None:
            self.timers.set(SEND_REFUND, refund.id, refund.ask_again(now))
        else:
            refund.settle(outcome, payment, now)
            self.timers.clear(SEND_REFUND, refund.id)
        if refund.status is RefundStatus.SUCCEEDED:
            await self.ledger.post(refund_sent(self.ids.new(), refund, payment))
            await self.payments.save(payment)
            if payment.is_collected:
                await self.payables.refunded(payment.cause, payment.refunded)
        await self.refunds.save(refund)


@dataclass(frozen=True, slots=True)
class SendRefund:
    """Rung by a timer until the gateway has answered; harmless when it was sent already."""

    payments: Payments
    refunds: Refunds
    gateways: Gateways
    settle: SettleRefund
    transaction: Transaction

    async def __call__(self, refund_id: RefundId) -> RefundView:
        async with self.transaction:
            refund = await self.refunds.find(refund_id)
            payment = await self.payments.find(refund.payment_id)
        if payment.provider == WALLET:
            done = RefundOutcome(succeeded=True, reference=str(refund.id), message="Returned to the wallet")
            return await self.settle(refund_id, done)
        order = RefundOrder(
            refund_id=refund_id, payment_id=payment.id, reference=payment.reference, amount=refund.amount
        )
        try:
            outcome = await self.gateways.gateway(payment.provider).refund(order)
        except GatewaySilent:
            return await self.settle(refund_id, None)
        return await self.settle(refund_id, outcome)


@dataclass(frozen=True, slots=True)
class RefundCancelled:
    """React to the cancellation of what was paid for: all that is left goes back, once, unless the bank took it."""

    payments: Payments
    payables: Payables
    steps: RefundSteps
    transaction: Transaction

    async def __call__(self, cause: Cause, reason: str) -> None:
        async with self.transaction:
            await self.payables.hold(cause)
            payment = await self.payments.collected_for(cause)
            if payment is None or payment.chargeback is ChargebackStage.LOST:
                return
            if payment.refundable.minor:
                await self.steps.create(payment, payment.refundable, reason, None)


@dataclass(frozen=True, slots=True)
class RefundPayment:
    """An administrator gives money back: all that is left unless an amount is named. A large one needs a recent proof
    of identity."""

    payments: Payments
    payables: Payables
    steps: RefundSteps
    send: SendRefund
    transaction: Transaction

    async def __call__(self, actor: Actor, payment_id: PaymentId, amount: Decimal | None, reason: str) -> RefundView:
        actor.require(Permission.REFUND)
        async with self.transaction:
            await self.payables.hold((await self.payments.find(payment_id)).cause)
            payment = await self.payments.lock(payment_id)
            back = payment.refundable
            if amount is not None:
                back = Money.price(amount, payment.amount.currency, field="amount")
            if is_large(back):
                actor.require_recent_proof(self.steps.clock.now())
            refund = await self.steps.create(payment, back, reason, actor.user, sends_itself=True)
        return await self.send(refund.id)


@dataclass(frozen=True, slots=True)
class RetryRefund:
    """An administrator sends again what the provider refused; the money was set aside all the time."""

    refunds: Refunds
    payments: Payments
    payables: Payables
    send: SendRefund
    timers: Timers
    transaction: Transaction
    clock: Clock

    async def __call__(self, actor: Actor, refund_id: RefundId) -> RefundView:
        """Raises RefundNotFound, IllegalRefundMove."""
        actor.require(Permission.REFUND)
        async with self.transaction:
            found = await self.refunds.find(refund_id)
            await self.payables.hold(found.cause)
            await self.payments.lock(found.payment_id)
            refund = await self.refunds.lock(refund_id)
            refund.process()
            self.timers.set(SEND_REFUND, refund.id, refund.ask_again(self.clock.now()))
            await self.refunds.save(refund)
        return await self.send(refund_id)


@dataclass(frozen=True, slots=True)
class ReturnLateMoney:
    """React to money that came for a payment which had been given up: all of it goes back, once."""

    payments: Payments
    payables: Payables
    refunds: Refunds
    ledger: Ledger
    steps: RefundSteps
    transaction: Transaction

    async def __call__(self, payment_id: PaymentId) -> None:
        async with self.transaction:
            await self.payables.hold((await self.payments.find(payment_id)).cause)
            payment = await self.payments.lock(payment_id)
            if payment.came_late:
                return
            now, nothing = self.steps.clock.now(), Money(0, payment.amount.currency)
            refund = self.steps.request(payment, payment.amount, "It was paid after it had been given up", None)
            refund.approve(Reversal(amount=payment.amount, fee=nothing, subsidy=nothing), None)
            refund.process()
            payment.refunding = payment.amount
            await self.ledger.post(late_capture(self.steps.ids.new(), payment))
            self.steps.timers.set(SEND_REFUND, refund.id, now)
            await self.payments.save(payment)
            await self.refunds.add(refund)
