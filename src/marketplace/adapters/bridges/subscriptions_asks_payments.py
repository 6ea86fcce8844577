from marketplace.application.payments.methods import SavedMethodTokens
from marketplace.application.payments.payments import InsufficientFunds, Means, Pay
from marketplace.application.payments.ports import Gateways
from marketplace.application.subscriptions.ports import ChargeRefused, Collector
from marketplace.domain.payments.payment import (
    Cause,
    CauseKind,
    PaymentInProgress,
    PaymentMethod,
    PaymentMethodUnavailable,
)
from marketplace.domain.payments.saved_method import SavedMethodId, SavedMethodNotFound, SavedMethodRefused
from marketplace.domain.shared.ids import UserId
from marketplace.domain.subscriptions.moves import ChargeUnderWay, PaysBy
from marketplace.domain.subscriptions.period import PeriodId


class CollectorOfPayments(Collector):
    def __init__(self, pay: Pay, gateways: Gateways, saved: SavedMethodTokens) -> None:
        self._pay = pay
        self._gateways = gateways
        self._saved = saved

    async def require(self, subscriber: UserId, pays_by: PaysBy) -> None:
        await self._means(subscriber, pays_by)

    async def collect(self, subscriber: UserId, period_id: PeriodId, pays_by: PaysBy) -> None:
        try:
            means = await self._means(subscriber, pays_by)
            await self._pay.collect(subscriber, Cause(CauseKind.SUBSCRIPTION, period_id), means)
        except PaymentInProgress as error:
            raise ChargeUnderWay(error.detail) from error
        except (InsufficientFunds, PaymentMethodUnavailable, SavedMethodNotFound, SavedMethodRefused) as error:
            raise ChargeRefused(error.detail) from error

    async def _means(self, subscriber: UserId, pays_by: PaysBy) -> Means:
        method = PaymentMethod(pays_by.method)
        if method is PaymentMethod.WALLET:
            return Means(method)
        if pays_by.saved is None:
            raise PaymentMethodUnavailable("save a payment method first: it is charged again", field="method_id")
        found = await self._saved.token_of(subscriber, SavedMethodId(pays_by.saved))
        if found.provider != self._gateways.provider_of(method):
            raise SavedMethodRefused(f"this saved method does not pay by {method}", field="method_id")
        return Means(method, token=found.token, customer=found.customer)
