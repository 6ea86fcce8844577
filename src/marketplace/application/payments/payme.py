"""Payme calls us: each call is one transaction of ours, and its repetition the same answer (docs/adr/0031)."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from marketplace.application.payments import payme_protocol as wire
from marketplace.application.payments.payme_protocol import PaymeRefusal, PaymeTerms
from marketplace.application.payments.payments import SettlingSteps
from marketplace.application.payments.ports import Payables, Payments
from marketplace.application.payments.provider_ports import Call, NoteCall, PaymeTransactions
from marketplace.application.payments.reversals import TakeBack
from marketplace.application.shared.ports import Clock, Transaction
from marketplace.domain.payments.payme import TIMED_OUT, PaymeState, PaymeTransaction, milliseconds
from marketplace.domain.payments.payment import Outcome, Payment, PaymentMethod, PaymentNotFound, Verdict
from marketplace.domain.shared.errors import Conflict, NotFound
from marketplace.domain.shared.ids import PaymentId

PAYME = "payme"
Result = Mapping[str, Any] | PaymeRefusal
"""A refusal that is returned keeps what was done before it; one that is raised does not."""


@dataclass(frozen=True, slots=True)
class PaymeSteps:
    """The methods, each inside a transaction that runs already. Locks: what is paid for, payment, Payme's
    transaction."""

    transactions: PaymeTransactions
    payments: Payments
    payables: Payables
    settling: SettlingSteps
    take_back: TakeBack
    clock: Clock
    terms: PaymeTerms

    async def check_perform(self, asked: wire.Checked) -> Result:
        await self._require_payable(asked, await self._awaited(asked))
        return {"allow": True}

    async def create(self, asked: wire.Created) -> Result:
        known = await self._locked(asked.id)
        if known is None:
            payment = await self._awaited(asked)
            transaction = await self.transactions.of_payment(payment.id)
            if transaction is None or transaction.id != asked.id:
                await self._require_payable(asked, payment)
                return await self._reserve(asked, payment)
            known = transaction, payment
        transaction, payment = known
        asked.require_amount(transaction.amount_minor)
        same = asked.payment_id == transaction.payment_id and asked.time == transaction.time
        if not same or transaction.state is not PaymeState.CREATED or await self._ended(transaction, payment):
            return PaymeRefusal(wire.STATE_FORBIDS)
        return wire.created(transaction)

    async def perform(self, asked: wire.Named) -> Result:
        transaction, payment = await self._existing(asked.id)
        if transaction.state is PaymeState.CREATED:
            if await self._ended(transaction, payment) or not payment.in_flight:
                return PaymeRefusal(wire.STATE_FORBIDS)
            transaction.perform(self.clock.now())
            await self.transactions.save(transaction)
            await self.settling.take(payment, _outcome(Verdict.CAPTURED, transaction.id, "Paid with Payme"))
        if transaction.state is not PaymeState.PERFORMED:
            return PaymeRefusal(wire.STATE_FORBIDS)
        return wire.performed(transaction)

    async def cancel(self, asked: wire.Cancelled) -> Result:
        transaction, payment = await self._existing(asked.id)
        if transaction.state is PaymeState.CREATED:
            await self._cancel(transaction, payment, asked.reason)
        elif transaction.state is PaymeState.PERFORMED:
            refund = await self.take_back(payment, transaction.id, f"Cancelled at Payme (reason {asked.reason})")
            if refund is None:
                return PaymeRefusal(wire.CANNOT_CANCEL)
            transaction.refund_id = refund.id
            transaction.cancel(asked.reason, self.clock.now())
            await self.transactions.save(transaction)
        return wire.cancelled(transaction)

    async def check(self, asked: wire.Named) -> Result:
        return wire.checked(await self._found(asked.id))

    async def statement(self, asked: wire.Period) -> Result:
        return {"transactions": [wire.listed(one) for one in await self.transactions.between(asked.since, asked.until)]}

    async def set_fiscal_data(self, asked: wire.Fiscal) -> Result:
        asked.require_bounded()
        transaction, _ = await self._existing(asked.id)
        transaction.fiscal = {**transaction.fiscal, asked.type: asked.fiscal_data}
        await self.transactions.save(transaction)
        return {"success": True}

    async def _awaited(self, asked: wire.Checked) -> Payment:
        """What the account names, locked. Raises PaymeRefusal."""
        try:
            found = await self.payments.find(asked.payment_id)
        except PaymentNotFound:
            found = None
        if found is None or found.method is not PaymentMethod.PAYME:
            raise PaymeRefusal(wire.UNKNOWN_ACCOUNT, wire.ACCOUNT)
        await self.payables.hold(found.cause)
        return await self.payments.lock(found.id)

    async def _require_payable(self, asked: wire.Checked, payment: Payment) -> None:
        """Raises PaymeRefusal."""
        asked.require_amount(payment.amount.minor)
        try:
            await self.payables.due(payment.cause, payment.payer)
        except (Conflict, NotFound):
            raise PaymeRefusal(wire.NOT_PAYABLE, wire.ACCOUNT) from None
        if not payment.in_flight or self.clock.now() >= payment.expires_at:
            raise PaymeRefusal(wire.NOT_PAYABLE, wire.ACCOUNT)
        if await self.transactions.of_payment(payment.id) is not None:
            raise PaymeRefusal(self.terms.busy_code, wire.ACCOUNT, words=wire.BUSY_ACCOUNT)

    async def _reserve(self, asked: wire.Created, payment: Payment) -> Result:
        now = self.clock.now()
        transaction = PaymeTransaction(
            id=asked.id, payment_id=payment.id, amount_minor=payment.amount.minor, time=asked.time,
            created_at=milliseconds(now),
        )  # fmt: skip
        if transaction.has_expired(now):
            raise PaymeRefusal(wire.STATE_FORBIDS)
        await self.transactions.add(transaction)
        return wire.created(transaction)

    async def _ended(self, transaction: PaymeTransaction, payment: Payment) -> bool:
        """Whether its 12 hours are over: then it is cancelled here and now."""
        if not transaction.has_expired(self.clock.now()):
            return False
        await self._cancel(transaction, payment, TIMED_OUT)
        return True

    async def _cancel(self, transaction: PaymeTransaction, payment: Payment, reason: int) -> None:
        transaction.cancel(reason, self.clock.now())
        await self.transactions.save(transaction)
        words = f"Cancelled at Payme (reason {reason})"
        await self.settling.take(payment, _outcome(Verdict.FAILED, None, words))

    async def _found(self, transaction_id: str) -> PaymeTransaction:
        if (found := await self.transactions.find(transaction_id)) is None:
            raise PaymeRefusal(wire.NO_TRANSACTION)
        return found

    async def _existing(self, transaction_id: str) -> tuple[PaymeTransaction, Payment]:
        """Locked with its payment. Raises PaymeRefusal."""
        if (known := await self._locked(transaction_id)) is None:
            raise PaymeRefusal(wire.NO_TRANSACTION)
        return known

    async def _locked(self, transaction_id: str) -> tuple[PaymeTransaction, Payment] | None:
        found = await self.transactions.find(transaction_id)
        if found is None:
            return None
        payment_id: PaymentId = found.payment_id
        await self.payables.hold((await self.payments.find(payment_id)).cause)
        payment = await self.payments.lock(payment_id)
        transaction = await self.transactions.of_payment(payment_id)
        return None if transaction is None else (transaction, payment)


@dataclass(frozen=True, slots=True)
class AnswerPayme:
    """One call, authentic or not, and the bytes that answer it."""

    steps: PaymeSteps
    terms: PaymeTerms
    note_call: NoteCall
    transaction: Transaction

    async def __call__(self, call: Call) -> bytes:
        id_ = wire.id_of(call.body)
        try:
            if call.method != "POST":
                raise PaymeRefusal(wire.NOT_POST)
            if not self.terms.admits(call.headers.get("authorization", ""), call.address):
                raise PaymeRefusal(wire.NOT_ADMITTED)
            request = wire.read(call.body)
        except PaymeRefusal as refusal:
            return wire.refuse(id_, refusal)
        try:
            async with self.transaction:
                said = await self._done(request)
                answer = wire.refuse(id_, said) if isinstance(said, PaymeRefusal) else wire.answer(id_, said)
                await self.note_call(PAYME, call, _text(call.body), answer)
                return answer
        except PaymeRefusal as refusal:
            answer = wire.refuse(id_, refusal)
        except (Conflict, NotFound):  # what is paid for took another way
            answer = wire.refuse(id_, PaymeRefusal(wire.STATE_FORBIDS))
        async with self.transaction:
            await self.note_call(PAYME, call, _text(call.body), answer)
        return answer

    async def _done(self, request: wire.Request) -> Result:
        match request.method:
            case "CheckPerformTransaction":
                return await self.steps.check_perform(request.read(wire.Checked))
            case "CreateTransaction":
                return await self.steps.create(request.read(wire.Created))
            case "PerformTransaction":
                return await self.steps.perform(request.read(wire.Named))
            case "CancelTransaction":
                return await self.steps.cancel(request.read(wire.Cancelled))
            case "CheckTransaction":
                return await self.steps.check(request.read(wire.Named))
            case "GetStatement":
                return await self.steps.statement(request.read(wire.Period))
            case "SetFiscalData":
                return await self.steps.set_fiscal_data(request.read(wire.Fiscal))
            case unknown:
                raise PaymeRefusal(wire.NO_METHOD, data=unknown[:64])


def _outcome(verdict: Verdict, reference: str | None, message: str) -> Outcome:
    return Outcome(verdict=verdict, reference=reference, message=message)


def _text(body: bytes) -> str:
    return body.decode("utf-8", "replace").replace("\0", "")
