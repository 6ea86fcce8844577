"""Payments, refunds, earnings and their books without orders: what is paid for is whatever a test says."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Self

from marketplace.application.payments.chargebacks import NoteChargeback
from marketplace.application.payments.earnings import EarningSteps, SettleEarnings
from marketplace.application.payments.payments import SettlePayment, SettlingSteps
from marketplace.application.payments.ports import Payable, Payables
from marketplace.application.payments.refunds import RefundSteps, SettleRefund
from marketplace.domain.payments.chargeback import ChargebackStage
from marketplace.domain.payments.ledger import (
    NEVER_OVERDRAWN,
    Account,
    AccountKind,
    LedgerTransaction,
    credit,
    debit,
)
from marketplace.domain.payments.payment import Cause, Payment
from marketplace.domain.payments.postings import payable
from marketplace.domain.payments.refund import Refund, RefundOutcome
from marketplace.domain.payments.shares import Share
from marketplace.domain.shared.ids import PaymentId, RefundId, UserId
from marketplace.domain.shared.money import Money
from tests.builders.commerce import APPROVED, NOON, a_payment
from tests.fakes.world import (
    FixedClock,
    MemoryLedger,
    MemoryPayments,
    MemoryRefunds,
    MemoryTimers,
    MemoryTransaction,
    SequentialIds,
)

ARRIVED = RefundOutcome(succeeded=True, reference="refund-1", message="Refunded")


class MemoryPayables(Payables):
    """Anything may be paid for; `back` remembers what went back of it."""

    def __init__(self) -> None:
        self.back: dict[Cause, Money] = {}

    async def due(self, cause: Cause, payer: UserId) -> Payable:
        raise NotImplementedError("a till begins with payments that are under way")

    async def hold(self, cause: Cause) -> None:
        """Nobody else is there."""

    async def paid(self, cause: Cause, now: datetime) -> None:
        """It does not matter what it was."""

    async def called_off(self, cause: Cause, reason: str, now: datetime) -> None:
        """It does not matter what it was."""

    async def failed(self, cause: Cause, now: datetime) -> None:
        """It may be tried again until it is due."""

    async def refunded(self, cause: Cause, refunded: Money) -> None:
        self.back[cause] = refunded


class RunningLedger(MemoryLedger):
    """Keeps balances instead of summing all entries each time."""

    def __init__(self, transaction: MemoryTransaction) -> None:
        super().__init__(transaction)
        self.balances: Counter[Account] = Counter()

    async def lock(self, *accounts: Account) -> Mapping[Account, Money]:
        return {account: Money(self.balances[account], account.currency) for account in accounts}

    async def post(self, transaction: LedgerTransaction) -> None:
        posted = self._transaction.inside.posted
        if (transaction.kind, transaction.source) in posted:
            return
        posted[transaction.kind, transaction.source] = transaction
        for entry in transaction.entries:
            self.balances[entry.account] += entry.minor
            if entry.account.kind in NEVER_OVERDRAWN and self.balances[entry.account] > 0:
                raise RuntimeError(f"{entry.account.kind} is overdrawn")


class QuickPayments(MemoryPayments):
    """Copies no deeper than needed: what a payment is made of never changes in place."""

    async def lock(self, payment_id: PaymentId) -> Payment:
        return replace(self._transaction.inside.payments[payment_id])

    def _write(self, payment: Payment) -> None:
        self._transaction.ship(payment)
        self._transaction.inside.payments[payment.id] = replace(payment)


class QuickRefunds(MemoryRefunds):
    async def lock(self, refund_id: RefundId) -> Refund:
        return replace(self._transaction.inside.refunds[refund_id])

    def _write(self, refund: Refund) -> None:
        self._transaction.ship(refund)
        self._transaction.inside.refunds[refund.id] = replace(refund)


class Unguarded(MemoryTransaction):
    """Nothing fails here, so nothing is copied to be rolled back."""

    async def __aenter__(self) -> Self:
        self._before, self.answer = self.rows, None
        return self


class Till:
    def __init__(self) -> None:
        self.transaction = Unguarded()
        self.ledger = RunningLedger(self.transaction)
        self.payables = MemoryPayables()
        self.payments, self.refunds = QuickPayments(self.transaction), QuickRefunds(self.transaction)
        block, clock, timers = self.transaction, FixedClock(NOON), MemoryTimers(self.transaction)
        self._ids = SequentialIds()
        steps = SettlingSteps(self.payments, self.payables, self.ledger, timers, self._ids, clock)
        self._collect = SettlePayment(self.payments, self.payables, steps, block)
        self._refunding = RefundSteps(self.payments, self.refunds, self.ledger, timers, clock, self._ids)
        self._settle_refund = SettleRefund(
            self.payments, self.refunds, self.payables, self.ledger, timers, block, clock, self._ids
        )
        self.earning_steps = EarningSteps(self.payments, self.ledger, timers, self._ids)
        self._settle = SettleEarnings(self.payments, self.payables, self.earning_steps, block)
        self._chargeback = NoteChargeback(self.payments, self.payables, self.ledger, block, clock, self._ids)

    def payment(self, payment_id: PaymentId) -> Payment:
        return self.transaction.rows.payments[payment_id]

    async def sell(self, seller: UserId, *shares: Share) -> PaymentId:
        """And collect the money."""
        payment = a_payment(payee=seller, shares=shares)
        async with self.transaction:
            await self.payments.add(payment)
        await self._collect(payment.id, APPROVED)
        return payment.id

    async def promise_back(self, payment_id: PaymentId, amount: Money) -> RefundId:
        async with self.transaction:
            payment = await self.payments.lock(payment_id)
            return (await self._refunding.create(payment, amount, "It broke", None)).id

    async def arrive(self, refund_id: RefundId, outcome: RefundOutcome = ARRIVED) -> None:
        await self._settle_refund(refund_id, outcome)

    async def give_back(self, payment_id: PaymentId, amount: Money) -> None:
        await self.arrive(await self.promise_back(payment_id, amount))

    async def settle(self, payment_id: PaymentId) -> None:
        await self._settle(payment_id)

    async def freeze(self, payment_id: PaymentId) -> None:
        async with self.transaction:
            await self.earning_steps.freeze(await self.payments.lock(payment_id))

    async def thaw(self, payment_id: PaymentId) -> None:
        async with self.transaction:
            await self.earning_steps.thaw(await self.payments.lock(payment_id))

    async def chargeback(self, payment_id: PaymentId, stage: ChargebackStage, amount: Money) -> None:
        await self._chargeback(payment_id, stage, amount)

    async def pay_out(self, seller: UserId, amount: Money) -> None:
        """Set aside, then sent."""
        transit = Account(AccountKind.PAYOUTS_IN_TRANSIT, amount.currency, seller)
        clearing = Account(AccountKind.PROVIDER_CLEARING, amount.currency, provider="simulator")
        for kind, taken, given in (
            ("payout_reserved", payable(seller, amount.currency), transit),
            ("payout_paid", transit, clearing),
        ):
            entries = (debit(taken, amount), credit(given, amount))
            async with self.transaction:
                await self.ledger.post(LedgerTransaction(self._ids.new(), kind, self._ids.new(), entries))
