"""What moves a subscription without its people: time, payments, and what becomes of accounts."""

from dataclasses import dataclass

from marketplace.application.shared.ports import Clock, Ids, Timers, Transaction
from marketplace.application.subscriptions.ports import ChargeRefused, Collector, Fees, Subscriptions
from marketplace.domain.shared.ids import UserId
from marketplace.domain.subscriptions.moves import ChargeUnderWay, NothingDue, SubscriptionId
from marketplace.domain.subscriptions.period import Period, PeriodId
from marketplace.domain.subscriptions.subscription import Subscription

TURN = "subscriptions.turn"


async def keep(subscription: Subscription, subscriptions: Subscriptions, timers: Timers) -> None:
    """Save it, and have it looked at when something is to happen by itself."""
    if subscription.next_at is None:
        timers.clear(TURN, subscription.id)
    else:
        timers.set(TURN, subscription.id, subscription.next_at)
    await subscriptions.save(subscription)


@dataclass(frozen=True, slots=True)
class ChargePeriod:
    """Outside any transaction. A charge that is silent is settled by payments, later."""

    subscriptions: Subscriptions
    collector: Collector
    timers: Timers
    transaction: Transaction
    clock: Clock

    async def __call__(self, subscription: Subscription, period: Period) -> None:
        try:
            await self.collector.collect(subscription.subscriber, period.id, subscription.pays_by)
        except (NothingDue, ChargeUnderWay):
            return
        except ChargeRefused:
            async with self.transaction:
                locked = await self.subscriptions.lock(subscription.id)
                if not locked.is_charging:
                    locked.fail(period.id, self.clock.now())
                    await keep(locked, self.subscriptions, self.timers)


@dataclass(frozen=True, slots=True)
class TurnSubscription:
    """Rung by a timer at the end of a period, for another try, and at the end of patience. Rung twice, it does once."""

    subscriptions: Subscriptions
    fees: Fees
    charge: ChargePeriod
    timers: Timers
    transaction: Transaction
    clock: Clock
    ids: Ids

    async def __call__(self, subscription_id: SubscriptionId) -> None:
        async with self.transaction:
            subscription = await self.subscriptions.lock(subscription_id)
            now = self.clock.now()
            subscription.turn_over(now)
            if subscription.is_renewable(now):
                fee = await self.fees.on(subscription.creator, subscription.renewal_price)
                subscription.renew(PeriodId(self.ids.new()), fee, now)
            due = subscription.due(now)
            await keep(subscription, self.subscriptions, self.timers)
        if due is not None:
            await self.charge(subscription, due)


@dataclass(frozen=True, slots=True)
class CloseSubscriptions:
    """Of an account that is deleted, on both sides."""

    subscriptions: Subscriptions
    timers: Timers
    transaction: Transaction
    clock: Clock

    async def __call__(self, user: UserId) -> None:
        async with self.transaction:
            found = [
                one for side in (True, False) for one in await self.subscriptions.open_of(user, as_creator=side)
            ]  # fmt: skip
        for subscription_id in found:
            async with self.transaction:
                subscription = await self.subscriptions.lock(subscription_id)
                subscription.close(self.clock.now())
                await keep(subscription, self.subscriptions, self.timers)


@dataclass(frozen=True, slots=True)
class WithholdSubscriptions:
    """Of a creator who is suspended: nothing is charged, each pauses at the end of what was paid for."""

    subscriptions: Subscriptions
    timers: Timers
    transaction: Transaction
    clock: Clock

    async def __call__(self, creator: UserId) -> None:
        async with self.transaction:
            found = await self.subscriptions.open_of(creator, as_creator=True)
        for subscription_id in found:
            async with self.transaction:
                subscription = await self.subscriptions.lock(subscription_id)
                subscription.withhold(self.clock.now())
                await keep(subscription, self.subscriptions, self.timers)
