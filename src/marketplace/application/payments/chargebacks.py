"""What a payer's bank says of a payment: money leaves, comes back, or is lost."""

from dataclasses import dataclass

from marketplace.application.payments.ports import Ledger, Payables, Payments
from marketplace.application.shared.ports import Clock, Ids, Transaction
from marketplace.domain.payments.chargeback import WITHDRAWN, ChargebackStage
from marketplace.domain.payments.ledger import Account, AccountKind
from marketplace.domain.payments.payment import CauseKind, Payment
from marketplace.domain.payments.postings import (
    chargeback_lost,
    chargeback_returned,
    chargeback_withdrawn,
    earnings_of,
    lost_beyond_wallet,
    payable,
    receivable,
    receivable_raised,
)
from marketplace.domain.shared.ids import PaymentId
from marketplace.domain.shared.money import Money

TAKEN = WITHDRAWN | {ChargebackStage.LOST}


@dataclass(frozen=True, slots=True)
class NoteChargeback:
    """Told by a provider, in any order and as often as it likes: only the first news of a later stage do anything."""

    payments: Payments
    payables: Payables
    ledger: Ledger
    transaction: Transaction
    clock: Clock
    ids: Ids

    async def __call__(self, payment_id: PaymentId, stage: ChargebackStage, amount: Money) -> None:
        """`amount` is what the bank disputes; it may be more than was paid. Raises PaymentNotRefundable."""
        await self._note(payment_id, stage, amount)

    async def in_full(self, payment_id: PaymentId, stage: ChargebackStage) -> Payment:
        """The bank disputes the whole payment."""
        return await self._note(payment_id, stage, None)

    async def _note(self, payment_id: PaymentId, stage: ChargebackStage, disputed: Money | None) -> Payment:
        async with self.transaction:
            await self.payables.hold((await self.payments.find(payment_id)).cause)
            payment = await self.payments.lock(payment_id)
            amount = disputed or payment.amount
            if not payment.note_chargeback(stage, amount, self.clock.now()):
                return payment
            if stage in TAKEN and not payment.withdrawn.minor:
                await self.ledger.post(chargeback_withdrawn(self.ids.new(), payment, amount))
                payment.withdrawn = amount
            if stage is ChargebackStage.LOST:
                await self._lose(payment)
            elif stage not in TAKEN and payment.withdrawn.minor:
                await self.ledger.post(chargeback_returned(self.ids.new(), payment, payment.withdrawn))
                payment.withdrawn = Money(0, amount.currency)
            await self.payments.save(payment)
            return payment

    async def _lose(self, payment: Payment) -> None:
        """The seller gives what was not refunded yet; what the bank takes beyond is our loss."""
        taken, payment.withdrawn = payment.withdrawn, Money(0, payment.withdrawn.currency)
        back = Money(min(taken.minor, payment.refundable.minor), taken.currency)
        reversal = payment.promise_back(back) if back.minor else None
        lost = chargeback_lost(self.ids.new(), payment, taken, reversal)
        seller = payable(payment.payee, taken.currency), receivable(payment.payee, taken.currency)
        ours, source = Account(AccountKind.LOSS, taken.currency), earnings_of(payment)
        before = await self.ledger.lock(*{*seller, ours, source, *(entry.account for entry in lost.entries)})
        if payment.cause.kind is CauseKind.TOP_UP:
            lost = lost_beyond_wallet(lost, source, Money(-before[source].minor, taken.currency))
        await self.ledger.post(lost)
        if reversal is None:
            return
        payment.sent_back(back)
        await self.payables.refunded(payment.cause, payment.refunded)
        overdrawn = before[seller[0]] + reversal.from_payee
        if payment.is_settled and (debt := receivable_raised(self.ids.new(), lost.id, payment.payee, overdrawn)):
            await self.ledger.post(debt)
