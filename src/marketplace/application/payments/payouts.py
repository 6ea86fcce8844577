"""Paying sellers: set the money aside in the books, have it looked at where that is due, send it, note what became."""

from dataclasses import dataclass
from decimal import Decimal

from marketplace.application.payments.payout_ports import PayoutAccounts, PayoutGateways, PayoutRisks, Payouts
from marketplace.application.payments.payout_views import PayoutView
from marketplace.application.payments.ports import GatewaySilent, Ledger, PayoutOrder, PayoutOutcome
from marketplace.application.shared.actor import Actor, Permission
from marketplace.application.shared.ports import Clock, Ids, Timers, Transaction
from marketplace.domain.payments.ledger import LedgerTransaction
from marketplace.domain.payments.payout import (
    HoldReason,
    OwnPayout,
    Payout,
    PayoutLimits,
    PayoutNotCovered,
    PayoutNotFound,
    PayoutStatus,
    PayoutTooLarge,
)
from marketplace.domain.payments.payout_account import PayoutAccount
from marketplace.domain.payments.payout_postings import (
    on_the_way,
    payout_paid,
    payout_reserved,
    payout_returned,
    payout_reversed,
)
from marketplace.domain.payments.postings import payable, receivable, receivable_netted
from marketplace.domain.shared.ids import PayoutAccountId, PayoutId, UserId
from marketplace.domain.shared.money import Money

SEND_PAYOUT = "payments.send_payout"


@dataclass(frozen=True, slots=True)
class PayoutSteps:
    """Inside a transaction that runs already and has locked the account to pay to, and the payout if there is one."""

    payouts: Payouts
    risks: PayoutRisks
    gateways: PayoutGateways
    ledger: Ledger
    timers: Timers
    clock: Clock
    ids: Ids
    limits: PayoutLimits

    async def free(self, seller: UserId, currency: str) -> Money:
        """Settled and not owed to us; below zero after refunds of what was paid out. All that a payout touches is
        locked."""
        settled, debt = payable(seller, currency), receivable(seller, currency)
        balances = await self.ledger.lock(settled, debt, on_the_way(seller, currency))
        return Money(-balances[settled].minor - balances[debt].minor, currency)

    async def create(self, account: PayoutAccount, currency: str, amount: Money | None, by: UserId | None) -> Payout:
        """Of everything that is there, if no amount is named. Raises PayoutTooSmall, PayoutTooLarge."""
        now, free = self.clock.now(), await self.free(account.owner, currency)
        wanted = free if amount is None else amount
        payout = Payout(
            id=PayoutId(self.ids.new()), seller=account.owner, account_id=account.id,
            provider=self.gateways.provider_of(account.kind), amount=wanted, requested_by=by, created_at=now,
        )  # fmt: skip
        await self._submit(payout, free)
        await self.payouts.add(payout)
        return payout

    async def again(self, payout: Payout) -> None:
        await self._submit(payout, await self.free(payout.seller, payout.amount.currency))
        await self.payouts.save(payout)

    async def give_back(self, posting: LedgerTransaction, payout: Payout) -> None:
        """Into the settled balance; what the seller owes us is paid first."""
        seller, amount = payout.seller, payout.amount
        settled, debt = payable(seller, amount.currency), receivable(seller, amount.currency)
        balances = await self.ledger.lock(settled, debt, *(entry.account for entry in posting.entries))
        await self.ledger.post(posting)
        there = amount - balances[settled]
        if netting := receivable_netted(self.ids.new(), posting.id, seller, there, balances[debt]):
            await self.ledger.post(netting)

    async def _submit(self, payout: Payout, free: Money) -> None:
        self.limits.require_enough(payout.amount)
        if payout.amount > free:
            raise PayoutTooLarge(
                f"{free.decimal} {free.currency} can be paid out now", available=free.decimal, currency=free.currency
            )
        await self.ledger.post(payout_reserved(self.ids.new(), payout))
        now, held_for = self.clock.now(), await self.risks.of(payout.seller)
        if held_for is None and self.limits.needs_a_look(payout.amount):
            held_for = HoldReason.LARGE
        payout.submit(held_for, now)
        if payout.status is PayoutStatus.PROCESSING:
            self.timers.set(SEND_PAYOUT, payout.id, now)


@dataclass(frozen=True, slots=True)
class RequestPayout:
    accounts: PayoutAccounts
    steps: PayoutSteps
    transaction: Transaction
    clock: Clock

    async def __call__(
        self, actor: Actor, currency: str, amount: Decimal | None, account_id: PayoutAccountId | None
    ) -> PayoutView:
        """Sent by a worker at once, unless it is held. Without an account it goes to the default one.

        Raises PayoutAccountNotFound, PayoutAccountCoolingOff, PayoutTooSmall, PayoutTooLarge.
        """
        actor.require(Permission.RECEIVE_PAYOUTS)
        wanted = None if amount is None else Money.price(amount, currency, field="amount")
        async with self.transaction:
            account = await self.accounts.lock(actor.user, account_id)
            account.require_usable(self.clock.now())
            payout = await self.steps.create(account, currency, wanted, actor.user)
            return self.transaction.answers(PayoutView.of(payout))


@dataclass(frozen=True, slots=True)
class ApprovePayout:
    """By somebody who may, and who is not paid by it."""

    payouts: Payouts
    ledger: Ledger
    timers: Timers
    transaction: Transaction
    clock: Clock

    async def __call__(self, actor: Actor, payout_id: PayoutId) -> PayoutView:
        """Raises PayoutNotCovered when refunds or disputes have overdrawn the balance since it was requested."""
        actor.require(Permission.PAY_OUT)
        actor.require_recent_proof(self.clock.now())
        async with self.transaction:
            payout = await self.payouts.lock(payout_id)
            settled = payable(payout.seller, payout.amount.currency)
            overdrawn = (await self.ledger.lock(settled))[settled]
            if overdrawn.minor > 0:
                raise PayoutNotCovered(
                    f"the seller's balance is overdrawn by {overdrawn.decimal} {overdrawn.currency}: cancel the payout",
                    overdrawn=overdrawn.decimal,
                )
            now = self.clock.now()
            payout.approve(actor.user, now)
            self.timers.set(SEND_PAYOUT, payout.id, now)
            await self.payouts.save(payout)
            return self.transaction.answers(PayoutView.of(payout))


@dataclass(frozen=True, slots=True)
class CancelPayout:
    """By its seller, or by somebody who may pay out; before it is sent."""

    payouts: Payouts
    steps: PayoutSteps
    transaction: Transaction
    clock: Clock
    ids: Ids

    async def __call__(self, actor: Actor, payout_id: PayoutId) -> PayoutView:
        may_pay_out = Permission.PAY_OUT in actor.permissions
        if not may_pay_out:
            actor.require(Permission.RECEIVE_PAYOUTS)
        async with self.transaction:
            payout = await self.payouts.lock(payout_id)
            if payout.seller != actor.user and not may_pay_out:
                raise PayoutNotFound("no such payout", payout_id=payout_id)
            payout.cancel(actor.user, self.clock.now())
            await self.steps.give_back(payout_returned(self.ids.new(), payout), payout)
            await self.payouts.save(payout)
            return self.transaction.answers(PayoutView.of(payout))


@dataclass(frozen=True, slots=True)
class RetryPayout:
    """Take a failed payout up again, as if it were requested now."""

    payouts: Payouts
    accounts: PayoutAccounts
    steps: PayoutSteps
    transaction: Transaction
    clock: Clock

    async def __call__(self, actor: Actor, payout_id: PayoutId) -> PayoutView:
        """Raises what a request raises."""
        actor.require(Permission.PAY_OUT)
        async with self.transaction:
            found = await self.payouts.find(payout_id)
            if found.seller == actor.user:
                raise OwnPayout("a payout is taken up again by somebody else than who gets it", payout_id=payout_id)
            account = await self.accounts.lock(found.seller, found.account_id)
            account.require_usable(self.clock.now())
            payout = await self.payouts.lock(payout_id)
            payout.retry(actor.user, self.clock.now())
            await self.payouts.save(payout)
            await self.steps.again(payout)
            return self.transaction.answers(PayoutView.of(payout))


@dataclass(frozen=True, slots=True)
class ReversePayout:
    """Note that the bank has sent a paid payout back to the provider."""

    payouts: Payouts
    steps: PayoutSteps
    transaction: Transaction
    clock: Clock
    ids: Ids

    async def __call__(self, actor: Actor, payout_id: PayoutId, reason: str) -> PayoutView:
        actor.require(Permission.PAY_OUT)
        actor.require_recent_proof(self.clock.now())
        async with self.transaction:
            payout = await self.payouts.lock(payout_id)
            if payout.seller == actor.user:
                raise OwnPayout("somebody else notes that your payout came back", payout_id=payout_id)
            payout.reverse(reason, actor.user, self.clock.now())
            await self.steps.give_back(payout_reversed(self.ids.new(), payout), payout)
            await self.payouts.save(payout)
            return self.transaction.answers(PayoutView.of(payout))


@dataclass(frozen=True, slots=True)
class SettlePayout:
    """Store what the provider said, once."""

    payouts: Payouts
    steps: PayoutSteps
    ledger: Ledger
    timers: Timers
    transaction: Transaction
    clock: Clock
    ids: Ids

    async def __call__(self, payout_id: PayoutId, outcome: PayoutOutcome | None) -> None:
        """`outcome` None: the provider was silent, and is asked again later."""
        async with self.transaction:
            payout = await self.payouts.lock(payout_id)
            if payout.status is not PayoutStatus.PROCESSING:
                return
            now = self.clock.now()
            if outcome is None:
                self.timers.set(SEND_PAYOUT, payout.id, payout.ask_again(now))
            else:
                payout.settle(
                    succeeded=outcome.succeeded, reference=outcome.reference, message=outcome.message, now=now
                )
                self.timers.clear(SEND_PAYOUT, payout.id)
                if outcome.succeeded:
                    await self.ledger.post(payout_paid(self.ids.new(), payout))
                else:
                    await self.steps.give_back(payout_returned(self.ids.new(), payout), payout)
            await self.payouts.save(payout)


@dataclass(frozen=True, slots=True)
class SendPayout:
    """Rung by a timer until the provider has answered; harmless when it was sent already."""

    payouts: Payouts
    accounts: PayoutAccounts
    gateways: PayoutGateways
    settle: SettlePayout
    transaction: Transaction

    async def __call__(self, payout_id: PayoutId) -> None:
        async with self.transaction:
            payout = await self.payouts.find(payout_id)
            account = await self.accounts.find(payout.account_id)
        if payout.status is not PayoutStatus.PROCESSING:
            return
        order = PayoutOrder(payout_id=payout_id, destination=account.destination, amount=payout.amount)
        try:
            outcome = await self.gateways.gateway(payout.provider).send(order)
        except GatewaySilent:
            await self.settle(payout_id, None)
        else:
            await self.settle(payout_id, outcome)
