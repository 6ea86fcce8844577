"""Paying: store the intent, call the gateway outside any transaction, store the outcome."""

from dataclasses import dataclass

from marketplace.application.payments.ports import Card, Gateway, GatewaySilent, Ledger, Payables, Payments
from marketplace.application.payments.views import PaymentView
from marketplace.application.shared.actor import Actor, Permission
from marketplace.application.shared.ports import Clock, Ids, Timers, Transaction
from marketplace.domain.payments.ledger import capture
from marketplace.domain.payments.payment import Outcome, Payment, PaymentMethod, PaymentMethodUnavailable
from marketplace.domain.shared.ids import OrderId, PaymentId

ASK_GATEWAY = "payments.ask_gateway"


@dataclass(frozen=True, slots=True)
class SettlePayment:
    """Store what the gateway said: payment, books, order and events in one commit; later words change nothing."""

    payments: Payments
    payables: Payables
    ledger: Ledger
    timers: Timers
    transaction: Transaction
    clock: Clock
    ids: Ids

    async def __call__(self, payment_id: PaymentId, outcome: Outcome | None, *, asked: bool = False) -> PaymentView:
        """`outcome` None: the gateway was silent. If it was `asked` about the payment, it is asked again later."""
        now = self.clock.now()
        async with self.transaction:
            await self.payables.hold(await self.payments.order_of(payment_id))
            payment = await self.payments.lock(payment_id)
            if payment.in_flight and outcome is None and asked:
                self.timers.set(ASK_GATEWAY, payment.id, payment.ask_again(now))
                await self.payments.save(payment)
            elif payment.in_flight and outcome is not None:
                payment.settle(outcome, now)
                if outcome.captured:
                    await self.payables.paid(payment.order_id, now)
                    await self.ledger.post(capture(self.ids.new(), payment))
                await self.payments.save(payment)
                self.timers.clear(ASK_GATEWAY, payment.id)
            return self.transaction.answers(PaymentView.of(payment))


@dataclass(frozen=True, slots=True)
class PayOrder:
    payments: Payments
    payables: Payables
    gateway: Gateway
    settle: SettlePayment
    timers: Timers
    transaction: Transaction
    clock: Clock
    ids: Ids

    async def __call__(self, actor: Actor, order_id: OrderId, method: PaymentMethod, card: Card | None) -> PaymentView:
        actor.require(Permission.PAY_ORDERS)
        if method is not PaymentMethod.CREDIT_CARD:
            raise PaymentMethodUnavailable(f"{method} is not offered here yet", field="payment_method")
        now = self.clock.now()
        async with self.transaction:
            payable = await self.payables.due(order_id, actor.user, now)
            payment = Payment(
                id=PaymentId(self.ids.new()), order_id=order_id, payer=actor.user, payee=payable.payee,
                amount=payable.amount, fee=payable.fee, method=method, created_at=now,
            )  # fmt: skip
            self.timers.set(ASK_GATEWAY, payment.id, payment.ask_again(now))
            await self.payments.add(payment)
        try:
            outcome = await self.gateway.charge(payment.id, payment.amount, card)
        except GatewaySilent:
            return await self.settle(payment.id, None)
        return await self.settle(payment.id, outcome)


@dataclass(frozen=True, slots=True)
class AskGateway:
    """Rung by a timer while the outcome of a payment is unknown: only the gateway's answer settles it."""

    gateway: Gateway
    settle: SettlePayment

    async def __call__(self, payment_id: PaymentId) -> None:
        try:
            outcome = await self.gateway.resolve(payment_id)
        except GatewaySilent:
            await self.settle(payment_id, None, asked=True)
        else:
            await self.settle(payment_id, outcome)
