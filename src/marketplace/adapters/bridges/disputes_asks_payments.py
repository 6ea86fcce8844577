from marketplace.application.disputes.ports import DisputedMoney
from marketplace.application.payments.earnings import EarningSteps
from marketplace.application.payments.ports import Payments
from marketplace.application.payments.refunds import RefundSteps
from marketplace.domain.payments.chargeback import ChargebackStage
from marketplace.domain.payments.payment import Cause, CauseKind
from marketplace.domain.shared.ids import OrderId, UserId
from marketplace.domain.shared.money import Money


class DisputedMoneyOfPayments(DisputedMoney):
    def __init__(self, payments: Payments, earnings: EarningSteps, refunds: RefundSteps) -> None:
        self._payments = payments
        self._earnings = earnings
        self._refunds = refunds

    async def freeze(self, order_id: OrderId) -> None:
        if payment := await self._payments.collected_for(Cause(CauseKind.ORDER, order_id)):
            await self._earnings.freeze(payment)

    async def thaw(self, order_id: OrderId) -> None:
        if payment := await self._payments.collected_for(Cause(CauseKind.ORDER, order_id)):
            await self._earnings.thaw(payment)

    async def give_back(self, order_id: OrderId, amount: Money | None, reason: str, by: UserId | None) -> None:
        payment = await self._payments.collected_for(Cause(CauseKind.ORDER, order_id))
        if payment is None or payment.chargeback is ChargebackStage.LOST:
            return
        back = amount or payment.refundable
        if back.minor:
            await self._refunds.create(payment, back, reason, by)
