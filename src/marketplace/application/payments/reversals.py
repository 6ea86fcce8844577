"""A provider that calls us took a payment back by itself, or did at last what a refund of ours asked of it."""

from dataclasses import dataclass

from marketplace.application.payments.ports import Ledger, Payables, Refunds
from marketplace.application.payments.refunds import RefundSteps, SettleRefund
from marketplace.application.shared.ports import Clock
from marketplace.domain.payments.ledger import Account, AccountKind
from marketplace.domain.payments.payment import CauseKind, Payment
from marketplace.domain.payments.postings import earnings_of, source_of
from marketplace.domain.payments.refund import Refund, RefundOutcome
from marketplace.domain.shared.money import Money


@dataclass(frozen=True, slots=True)
class TakeBack:
    """Inside a transaction that runs already and has locked cause and payment."""

    refunds: Refunds
    steps: RefundSteps
    settle: SettleRefund
    payables: Payables
    ledger: Ledger
    clock: Clock

    async def __call__(self, payment: Payment, reference: str, reason: str) -> Refund | None:
        """The refund, booked and confirmed. None where it is too late: the seller may have been paid out, or a wallet
        was spent."""
        refund = await self.refunds.under_way(payment.id)
        balances = await self.ledger.lock(*_accounts(payment))
        is_ours, nothing = refund is not None, Money(0, payment.amount.currency)
        if refund is None:
            if payment.is_settled or not payment.is_collected or payment.refundable != payment.amount:
                return None
            if payment.cause.kind is CauseKind.TOP_UP and balances[earnings_of(payment)] + payment.amount > nothing:
                return None
            refund = await self.steps.create(payment, payment.amount, reason, None, sends_itself=True)
        done = RefundOutcome(succeeded=True, reference=reference, message=reason)
        await self.settle.take(refund, payment, done)
        if not is_ours:
            await self.payables.called_off(payment.cause, reason, self.clock.now())
        return refund


def _accounts(payment: Payment) -> list[Account]:
    """Of both postings, to be locked at once: one after the other they would meet a capture's in another order."""
    kinds = [AccountKind.PLATFORM_FEES, AccountKind.REFUNDS_IN_TRANSIT]
    if payment.subsidy.minor:
        kinds.append(AccountKind.PROMO_COST)
    ours = [Account(kind, payment.amount.currency) for kind in kinds]
    return [earnings_of(payment), source_of(payment), *ours]
