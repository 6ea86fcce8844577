"""Paying: store the intent, call the gateway outside any transaction, store the outcome."""

from dataclasses import dataclass
from datetime import timedelta

from marketplace.application.payments.ports import (
    Card,
    Charge,
    Gateways,
    GatewaySilent,
    Ledger,
    Payables,
    Payments,
)
from marketplace.application.payments.views import PaymentView
from marketplace.application.shared.actor import Actor, Permission
from marketplace.application.shared.ports import Clock, Ids, Timers, Transaction
from marketplace.domain.payments.ledger import Account, AccountKind
from marketplace.domain.payments.payment import (
    Cause,
    CauseKind,
    Outcome,
    Payment,
    PaymentMethod,
    PaymentMethodUnavailable,
    PaymentState,
    Verdict,
    require_currency,
)
from marketplace.domain.payments.postings import WALLET, capture
from marketplace.domain.shared.errors import Conflict
from marketplace.domain.shared.ids import PaymentId, UserId
from marketplace.domain.shared.money import Money

ASK_GATEWAY = "payments.ask_gateway"


class InsufficientFunds(Conflict):
    code = "insufficient_funds"


@dataclass(frozen=True, slots=True, kw_only=True)
class PaymentTerms:
    """`hold`: from the completion of what was paid for until its earnings may be paid out. `cool_off`: from the change
    of a payout account until it is paid to. `return_url`: where providers send payers back, before the payment's id."""

    return_url: str
    hold: timedelta
    cool_off: timedelta


@dataclass(frozen=True, slots=True)
class SettlingSteps:
    """What a gateway's word does, inside a transaction that runs already and has locked cause and payment."""

    payments: Payments
    payables: Payables
    ledger: Ledger
    timers: Timers
    ids: Ids
    clock: Clock

    async def take(self, payment: Payment, outcome: Outcome) -> None:
        """Payment, books, what is paid for, and events together; later words change nothing."""
        now = self.clock.now()
        if payment.note_late_success(outcome, now):
            await self.payments.save(payment)
        if not payment.in_flight:
            return
        payment.settle(outcome, now)
        if payment.status is PaymentState.REQUIRES_ACTION:
            self.timers.set(ASK_GATEWAY, payment.id, payment.ask_again(now))
        else:
            self.timers.clear(ASK_GATEWAY, payment.id)
        if outcome.captured:
            await self.payables.paid(payment.cause, now)
            await self.ledger.post(capture(self.ids.new(), payment))
        elif not payment.in_flight:
            await self.payables.failed(payment.cause, now)
        await self.payments.save(payment)

    async def wait(self, payment: Payment) -> None:
        """The gateway was asked and is silent still."""
        if payment.in_flight:
            self.timers.set(ASK_GATEWAY, payment.id, payment.ask_again(self.clock.now()))
            await self.payments.save(payment)


@dataclass(frozen=True, slots=True)
class SettlePayment:
    """Store what the gateway said."""

    payments: Payments
    payables: Payables
    steps: SettlingSteps
    transaction: Transaction

    async def __call__(
        self, payment_id: PaymentId, outcome: Outcome | None, *, asked: bool = False, is_answer: bool = True
    ) -> PaymentView:
        """`outcome` None: the gateway was silent. If it was `asked` about the payment, it is asked again later."""
        async with self.transaction:
            await self.payables.hold((await self.payments.find(payment_id)).cause)
            payment = await self.payments.lock(payment_id)
            if outcome is not None:
                await self.steps.take(payment, outcome)
            elif asked:
                await self.steps.wait(payment)
            view = PaymentView.of(payment)
            return self.transaction.answers(view) if is_answer else view


@dataclass(frozen=True, slots=True)
class Means:
    """How somebody pays. `token` and `customer` name a saved method at the provider."""

    method: PaymentMethod
    card: Card | None = None
    token: str | None = None
    customer: str | None = None


@dataclass(frozen=True, slots=True)
class Pay:
    """Collect what is due for an order, a subscription or a wallet."""

    payments: Payments
    payables: Payables
    gateways: Gateways
    ledger: Ledger
    steps: SettlingSteps
    settle: SettlePayment
    timers: Timers
    transaction: Transaction
    clock: Clock
    ids: Ids
    terms: PaymentTerms

    async def __call__(self, actor: Actor, cause: Cause, means: Means) -> PaymentView:
        """Raises what the cause says, PaymentInProgress, PaymentMethodUnavailable, InsufficientFunds."""
        actor.require(Permission.PAY_ORDERS)
        return await self._collect(actor.user, cause, means, is_answer=True)

    async def collect(self, payer: UserId, cause: Cause, means: Means) -> PaymentView:
        """The same for somebody who agreed to it before, a subscriber: the caller's own answer is another."""
        return await self._collect(payer, cause, means, is_answer=False)

    async def _collect(self, payer: UserId, cause: Cause, means: Means, *, is_answer: bool) -> PaymentView:
        provider = WALLET if means.method is PaymentMethod.WALLET else self.gateways.provider_of(means.method)
        async with self.transaction:
            payable = await self.payables.due(cause, payer)
            now = self.clock.now()
            nothing = Money(0, payable.shares[0].amount.currency)
            require_currency(means.method, nothing.currency)
            payment = Payment(
                id=PaymentId(self.ids.new()), cause=cause, payer=payer, payee=payable.payee,
                shares=payable.shares, method=means.method, provider=provider, withdrawn=nothing, refunding=nothing,
                refunded=nothing,
                expires_at=payable.until, created_at=now,
            )  # fmt: skip
            if provider != WALLET:
                self.timers.set(ASK_GATEWAY, payment.id, payment.ask_again(now))
            await self.payments.add(payment)
            if provider == WALLET:
                await self._spend(payment)
                view = PaymentView.of(payment)
                return self.transaction.answers(view) if is_answer else view
        charge = Charge(
            payment_id=payment.id, amount=payment.amount, card=means.card, token=means.token,
            customer=means.customer, description=payable.description,
            return_url=f"{self.terms.return_url}/{payment.id}",
        )  # fmt: skip
        try:
            outcome = await self.gateways.gateway(provider).charge(charge)
        except GatewaySilent:
            return await self.settle(payment.id, None, is_answer=is_answer)
        return await self.settle(payment.id, outcome, is_answer=is_answer)

    async def _spend(self, payment: Payment) -> None:
        amount, currency = payment.amount, payment.amount.currency
        if payment.cause.kind is CauseKind.TOP_UP:
            raise PaymentMethodUnavailable("a wallet cannot fill itself", field="payment_method")
        wallet = Account(AccountKind.BUYER_WALLET, currency, payment.payer)
        booked = [entry.account for entry in capture(self.ids.new(), payment).entries]
        balance = (await self.ledger.lock(*booked))[wallet]
        if balance.minor + amount.minor > 0:
            has = Money(-balance.minor, currency).decimal
            raise InsufficientFunds(f"your wallet holds {has} {currency}", balance=has)
        approved = Outcome(verdict=Verdict.CAPTURED, reference=str(payment.id), message="Approved")
        await self.steps.take(payment, approved)


@dataclass(frozen=True, slots=True)
class AskGateway:
    """Rung by a timer while the outcome of a payment is unknown: only the gateway's answer settles it.

    One that was given up is asked about too: a reconciliation found that the provider has its money.
    """

    gateways: Gateways
    payments: Payments
    settle: SettlePayment
    transaction: Transaction
    clock: Clock

    async def __call__(self, payment_id: PaymentId) -> None:
        async with self.transaction:
            payment = await self.payments.find(payment_id)
        if payment.is_collected or payment.came_late:
            return
        give_up = self.clock.now() >= payment.expires_at
        try:
            gateway = self.gateways.gateway(payment.provider)
            outcome = await gateway.resolve(payment_id, payment.reference, give_up=give_up)
        except GatewaySilent:
            await self.settle(payment_id, None, asked=True)
        else:
            await self.settle(payment_id, outcome)
