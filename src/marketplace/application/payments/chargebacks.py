"""What the bank of a payer takes back."""

from dataclasses import dataclass

from marketplace.application.payments.ports import Payables, Payments
from marketplace.application.shared.ports import Transaction
from marketplace.domain.payments.payment import ChargebackStage
from marketplace.domain.shared.ids import PaymentId
from marketplace.domain.shared.money import Money


@dataclass(frozen=True, slots=True)
class NoteChargeback:
    """The stage as the provider has it now. Told twice or late it changes nothing."""

    payments: Payments
    payables: Payables
    transaction: Transaction

    async def __call__(self, payment_id: PaymentId, stage: ChargebackStage, amount: Money) -> None:
        async with self.transaction:
            await self.payables.hold((await self.payments.find(payment_id)).cause)
            payment = await self.payments.lock(payment_id)
            if payment.note_chargeback(stage):
                await self.payments.save(payment)
