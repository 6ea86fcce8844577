from datetime import datetime, timedelta

from marketplace.application.payments.ports import Payable, Payables
from marketplace.application.shared.ports import Clock, Timers
from marketplace.application.subscriptions.ports import Subscriptions
from marketplace.application.subscriptions.renewals import keep
from marketplace.domain.payments.payment import Cause
from marketplace.domain.payments.shares import Share
from marketplace.domain.shared.ids import UserId
from marketplace.domain.shared.money import Money
from marketplace.domain.subscriptions.moves import SubscriptionNotFound
from marketplace.domain.subscriptions.period import PeriodId

PAYMENT_TIME = timedelta(hours=1)
"""For the payer to act where the provider asks for it."""


class PayablesOfSubscriptions(Payables):
    """Each period is paid by a payment of its own; its creator is the payee."""

    def __init__(self, subscriptions: Subscriptions, timers: Timers, clock: Clock) -> None:
        self._subscriptions = subscriptions
        self._timers = timers
        self._clock = clock

    async def due(self, cause: Cause, payer: UserId) -> Payable:
        subscription = await self._subscriptions.lock_of(PeriodId(cause.id))
        if subscription.subscriber != payer:
            raise SubscriptionNotFound("no such subscription", subscription_id=subscription.id)
        period = subscription.charge(PeriodId(cause.id))
        await keep(subscription, self._subscriptions, self._timers)
        return Payable(
            cause=cause, payee=subscription.creator, shares=(Share.of(period.amount, period.fee),),
            description=f"{subscription.plan.name}, period {period.number}", until=self._clock.now() + PAYMENT_TIME,
        )  # fmt: skip

    async def hold(self, cause: Cause) -> None:
        await self._subscriptions.lock_of(PeriodId(cause.id))

    async def paid(self, cause: Cause, now: datetime) -> None:
        subscription = await self._subscriptions.lock_of(PeriodId(cause.id))
        subscription.pay(PeriodId(cause.id), now)
        await keep(subscription, self._subscriptions, self._timers)

    async def failed(self, cause: Cause, now: datetime) -> None:
        subscription = await self._subscriptions.lock_of(PeriodId(cause.id))
        subscription.fail(PeriodId(cause.id), now)
        await keep(subscription, self._subscriptions, self._timers)

    async def refunded(self, cause: Cause, refunded: Money) -> None:
        """The subscription goes on: cancelling it is another matter."""
        await self._subscriptions.note_refund(PeriodId(cause.id), refunded)

    async def called_off(self, cause: Cause, reason: str, now: datetime) -> None:
        subscription = await self._subscriptions.lock_of(PeriodId(cause.id))
        subscription.close(now)
        await keep(subscription, self._subscriptions, self._timers)
