"""Click calls us: Prepare, then Complete with the outcome, of which nothing but the amount is signed."""

from dataclasses import dataclass
from decimal import Decimal

from marketplace.application.payments import click_protocol as wire
from marketplace.application.payments.click_protocol import ClickRefusal, ClickTerms, Form
from marketplace.application.payments.payments import ASK_GATEWAY, SettlingSteps
from marketplace.application.payments.ports import Gateways, GatewaySilent, Payables, Payments
from marketplace.application.payments.provider_ports import Alarms, Call, ClickTransactions, NoteCall
from marketplace.application.payments.reversals import TakeBack
from marketplace.application.shared.ports import Clock, Timers, Transaction
from marketplace.domain.payments.click import ClickState, ClickTransaction
from marketplace.domain.payments.payment import ASK_AFTER, Outcome, Payment, PaymentMethod, PaymentNotFound, Verdict
from marketplace.domain.shared.errors import Conflict, NotFound
from marketplace.domain.shared.ids import PaymentId

CLICK = "click"
CONFIRM_CANCELLATION = "payments.confirm_click_cancellation"
OTHER_WAY = -1
"""Our error where what is paid for cannot be paid any more."""


@dataclass(frozen=True, slots=True)
class ClickSteps:
    """Both calls, each inside a transaction that runs already. Locks: what is paid for, payment, Click's
    transaction."""

    transactions: ClickTransactions
    payments: Payments
    payables: Payables
    settling: SettlingSteps
    take_back: TakeBack
    timers: Timers
    alarms: Alarms
    clock: Clock
    terms: ClickTerms

    async def prepare(self, form: Form) -> bytes:
        """Raises ClickRefusal."""
        payment = await self._payment(form)
        known = await self.transactions.of_payment(payment.id)
        if form.number("error") < 0:
            raise ClickRefusal(wire.CANCELLED)
        if known is None:
            known = await self._reserve(form, payment)
        elif known.id != form.number("click_trans_id"):
            raise ClickRefusal(_why_closed(payment) or wire.BAD_REQUEST)
        self._require_open(known)
        self._require_amount(form, payment)
        return wire.answer(form, known, "merchant_prepare_id")

    async def complete(self, form: Form) -> bytes:
        """Raises ClickRefusal where nothing was done."""
        payment = await self._payment(form)
        transaction = await self.transactions.of_payment(payment.id)
        prepared = (form.number("merchant_prepare_id"), form.number("click_trans_id"))
        if transaction is None or (transaction.number, transaction.id) != prepared:
            raise ClickRefusal(wire.NO_TRANSACTION)
        if form.number("error") < 0:
            return await self._cancel(form, transaction, payment)
        self._require_open(transaction)
        self._require_amount(form, payment)
        if not payment.in_flight:
            await self._end(transaction, OTHER_WAY)
            return wire.refuse(wire.CANCELLED, form)
        now = self.clock.now()
        transaction.complete(now)
        await self.transactions.save(transaction)
        if self.terms.asks_back:
            self.timers.set(ASK_GATEWAY, payment.id, now)
        else:
            paid = Outcome(verdict=Verdict.CAPTURED, reference=form["click_paydoc_id"], message="Paid with Click")
            await self.settling.take(payment, paid)
        return wire.answer(form, transaction, "merchant_confirm_id")

    async def give_up(self, form: Form) -> bytes:
        """A Complete after which what is paid for took another way: Click gives the money back when told so."""
        payment = await self._payment(form)
        transaction = await self.transactions.of_payment(payment.id)
        if transaction is not None and transaction.state is ClickState.PREPARED:
            await self._end(transaction, OTHER_WAY)
            await self.settling.take(payment, _failed("The order cannot be paid any more"))
        return wire.refuse(wire.CANCELLED, form)

    async def _cancel(self, form: Form, transaction: ClickTransaction, payment: Payment) -> bytes:
        was = transaction.state
        if was is not ClickState.CANCELLED:
            await self._end(transaction, form.number("error"))
        if was is ClickState.PREPARED:
            await self.settling.take(payment, _failed(f"Cancelled at Click ({transaction.error})"))
        elif was is ClickState.COMPLETED:
            self.alarms.cancelled(payment, CLICK, "claimed")
            if self.terms.asks_back:
                self.timers.set(CONFIRM_CANCELLATION, payment.id, self.clock.now())
            else:
                await self.take_back_cancelled(payment, transaction)
        return wire.refuse(wire.CANCELLED, form)

    async def take_back_cancelled(self, payment: Payment, transaction: ClickTransaction) -> None:
        """Click took back what it had paid: so do we, and somebody should look."""
        if payment.in_flight:
            await self.settling.take(payment, _failed(f"Cancelled at Click ({transaction.error})"))
            return
        reason = f"Cancelled at Click ({transaction.error})"
        refund = await self.take_back(payment, payment.reference or str(transaction.id), reason)
        if refund is not None:
            transaction.reverse(refund.id, self.clock.now())
            await self.transactions.save(transaction)
        self.alarms.cancelled(payment, CLICK, "confirmed" if refund else "too_late")

    async def _end(self, transaction: ClickTransaction, error: int) -> None:
        transaction.cancel(error, self.clock.now())
        await self.transactions.save(transaction)

    async def _payment(self, form: Form) -> Payment:
        """Locked. Raises ClickRefusal."""
        try:
            found = await self.payments.find(PaymentId(form.payment_id))
        except PaymentNotFound:
            found = None
        if found is None or found.method is not PaymentMethod.CLICK:
            raise ClickRefusal(wire.NO_PAYMENT)
        await self.payables.hold(found.cause)
        return await self.payments.lock(found.id)

    async def _reserve(self, form: Form, payment: Payment) -> ClickTransaction:
        now = self.clock.now()
        if closed := _why_closed(payment):
            raise ClickRefusal(closed)
        if now >= payment.expires_at:
            raise ClickRefusal(wire.CANCELLED)
        self._require_amount(form, payment)
        try:
            await self.payables.due(payment.cause, payment.payer)
        except (Conflict, NotFound):
            raise ClickRefusal(wire.CANCELLED) from None
        transaction = ClickTransaction(
            id=form.number("click_trans_id"), payment_id=payment.id, paydoc_id=form.number("click_paydoc_id"),
            prepared_at=now,
        )  # fmt: skip
        if not await self.transactions.add(transaction):
            raise ClickRefusal(wire.BAD_REQUEST)
        return transaction

    def _require_open(self, transaction: ClickTransaction) -> None:
        if transaction.state is ClickState.CANCELLED:
            raise ClickRefusal(wire.CANCELLED)
        if transaction.state is ClickState.COMPLETED:
            raise ClickRefusal(wire.PAID)

    def _require_amount(self, form: Form, payment: Payment) -> None:
        if Decimal(form["amount"]) != payment.amount.decimal:
            raise ClickRefusal(wire.WRONG_AMOUNT)


@dataclass(frozen=True, slots=True)
class ConfirmCancellation:
    """Rung after Click said that a payment it had paid is cancelled: only what its Merchant API says counts."""

    steps: ClickSteps
    gateways: Gateways
    transaction: Transaction

    async def __call__(self, payment_id: PaymentId) -> None:
        async with self.transaction:
            found = await self.steps.payments.find(payment_id)
        try:
            said = await self.gateways.gateway(CLICK).resolve(payment_id, found.reference, give_up=False)
        except GatewaySilent:
            said = None
        async with self.transaction:
            await self.steps.payables.hold(found.cause)
            payment = await self.steps.payments.lock(payment_id)
            transaction = await self.steps.transactions.of_payment(payment_id)
            if said is None:
                self.steps.timers.set(CONFIRM_CANCELLATION, payment_id, self.steps.clock.now() + ASK_AFTER[-1])
            elif said.captured:
                self.steps.alarms.cancelled(payment, CLICK, "refuted")
            elif transaction is not None and transaction.refund_id is None:
                await self.steps.take_back_cancelled(payment, transaction)


@dataclass(frozen=True, slots=True)
class AnswerClick:
    """One call, authentic or not, and the bytes that answer it."""

    steps: ClickSteps
    terms: ClickTerms
    note_call: NoteCall
    transaction: Transaction

    async def __call__(self, action: str, call: Call) -> bytes:
        """`action`: of the address that was called, PREPARE or COMPLETE."""
        form = None
        try:
            if not self.terms.is_near(call.address):
                raise ClickRefusal(wire.BAD_SIGN)
            form = wire.read(call.headers.get("content-type", ""), call.body)
            wire.require_authentic(form, action, self.terms)
        except ClickRefusal as refusal:
            return wire.refuse(refusal.code, form)
        try:
            async with self.transaction:
                done = self.steps.prepare if action == wire.PREPARE else self.steps.complete
                answer = await done(form)
                await self.note_call(CLICK, call, form.without_secrets, answer)
                return answer
        except ClickRefusal as refusal:
            async with self.transaction:
                answer = wire.refuse(refusal.code, form)
                await self.note_call(CLICK, call, form.without_secrets, answer)
        except (Conflict, NotFound):
            async with self.transaction:
                answer = await self.steps.give_up(form)
                await self.note_call(CLICK, call, form.without_secrets, answer)
        return answer


def _why_closed(payment: Payment) -> int | None:
    if payment.is_collected:
        return wire.PAID
    return None if payment.in_flight else wire.CANCELLED


def _failed(message: str) -> Outcome:
    return Outcome(verdict=Verdict.FAILED, reference=None, message=message)
