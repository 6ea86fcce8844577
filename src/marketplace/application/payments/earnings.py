"""What becomes of a seller's earnings: held while the order runs, then free to be paid out, frozen by a dispute."""

from dataclasses import dataclass

from marketplace.application.payments.payments import PaymentTerms
from marketplace.application.payments.ports import Ledger, Payables, Payments
from marketplace.application.shared.ports import Clock, Ids, Timers, Transaction
from marketplace.domain.payments.payment import Cause, Payment
from marketplace.domain.payments.postings import (
    freezing,
    payable,
    receivable,
    receivable_netted,
    receivable_raised,
    settlement,
)
from marketplace.domain.shared.ids import PaymentId
from marketplace.domain.shared.money import Money

SETTLE_EARNINGS = "payments.settle_earnings"


@dataclass(frozen=True, slots=True)
class EarningSteps:
    """Inside a transaction that runs already and has locked cause and payment."""

    payments: Payments
    ledger: Ledger
    timers: Timers
    ids: Ids

    async def settle(self, payment: Payment) -> None:
        """Out of the hold, unless a dispute keeps them there; what the seller owes us is paid first. Doing it twice
        changes nothing."""
        if payment.is_settled or payment.is_frozen:
            return
        if posting := settlement(self.ids.new(), payment):
            seller, currency = payment.payee, payment.amount.currency
            debt, free = receivable(seller, currency), payable(seller, currency)
            balances = await self.ledger.lock(debt, *(entry.account for entry in posting.entries))
            await self.ledger.post(posting)
            owed = Money(payment.earnings.minor - balances[free].minor, currency)
            if netting := receivable_netted(self.ids.new(), posting.id, seller, owed, balances[debt]):
                await self.ledger.post(netting)
        payment.is_settled = True
        await self.payments.save(payment)

    async def freeze(self, payment: Payment) -> None:
        """Back into the hold until a dispute is decided; what was paid out already overdraws the balance."""
        self.timers.clear(SETTLE_EARNINGS, payment.id)
        payment.is_frozen = True
        if payment.is_settled:
            await self._take_back(payment)
        await self.payments.save(payment)

    async def thaw(self, payment: Payment) -> None:
        """The dispute is over; they settle when what was paid for is completed."""
        payment.is_frozen = False
        await self.payments.save(payment)

    async def _take_back(self, payment: Payment) -> None:
        if posting := freezing(self.ids.new(), payment):
            seller, currency = payment.payee, payment.amount.currency
            debt, free = receivable(seller, currency), payable(seller, currency)
            balances = await self.ledger.lock(debt, *(entry.account for entry in posting.entries))
            await self.ledger.post(posting)
            if raised := receivable_raised(self.ids.new(), posting.id, seller, balances[free] + payment.earnings):
                await self.ledger.post(raised)
        payment.is_settled = False


@dataclass(frozen=True, slots=True)
class ReleaseEarnings:
    """React to the completion of what was paid for: after the hold the seller may be paid out."""

    payments: Payments
    payables: Payables
    timers: Timers
    transaction: Transaction
    clock: Clock
    terms: PaymentTerms

    async def __call__(self, cause: Cause) -> None:
        async with self.transaction:
            await self.payables.hold(cause)
            payment = await self.payments.collected_for(cause)
            if payment is not None and not payment.is_settled:
                self.timers.set(SETTLE_EARNINGS, payment.id, self.clock.now() + self.terms.hold)


@dataclass(frozen=True, slots=True)
class SettleEarnings:
    """Rung at the end of the hold."""

    payments: Payments
    payables: Payables
    steps: EarningSteps
    transaction: Transaction

    async def __call__(self, payment_id: PaymentId) -> None:
        async with self.transaction:
            await self.payables.hold((await self.payments.find(payment_id)).cause)
            await self.steps.settle(await self.payments.lock(payment_id))
