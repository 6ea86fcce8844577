"""What people do with their subscriptions."""

from dataclasses import dataclass

from marketplace.application.shared.actor import Actor, Permission
from marketplace.application.shared.ports import Clock, Ids, Timers, Transaction
from marketplace.application.subscriptions.ports import Collector, Creators, Fees, Plans, Subscriptions
from marketplace.application.subscriptions.renewals import ChargePeriod, keep
from marketplace.application.subscriptions.views import SubscriptionView
from marketplace.domain.shared.errors import Forbidden
from marketplace.domain.shared.ids import UserId
from marketplace.domain.subscriptions.moves import (
    AlreadySubscribed,
    PaysBy,
    SubscriptionId,
    SubscriptionNotFound,
)
from marketplace.domain.subscriptions.period import PeriodId
from marketplace.domain.subscriptions.plan import PlanId
from marketplace.domain.subscriptions.subscription import Subscription


class OwnPlan(Forbidden):
    code = "own_plan"


@dataclass(frozen=True, slots=True)
class OwnSubscriptions:
    """The steps that these use cases share."""

    subscriptions: Subscriptions
    charge: ChargePeriod
    timers: Timers
    transaction: Transaction
    clock: Clock

    async def lock(self, subscription_id: SubscriptionId, user: UserId) -> Subscription:
        """Inside the running transaction; raises SubscriptionNotFound, also for somebody else's."""
        subscription = await self.subscriptions.lock(subscription_id)
        if subscription.subscriber != user:
            raise SubscriptionNotFound("no such subscription", subscription_id=subscription_id)
        return subscription

    async def keep(self, subscription: Subscription) -> None:
        await keep(subscription, self.subscriptions, self.timers)

    async def charge_now(self, subscription: Subscription) -> SubscriptionView:
        """What is owed, after the commit; then how it stands."""
        if (owed := subscription.owed) is not None and not subscription.is_charging:
            await self.charge(subscription, owed)
        async with self.transaction:
            return self.transaction.answers(SubscriptionView.of(await self.subscriptions.lock(subscription.id)))


@dataclass(frozen=True, slots=True)
class Subscribe:
    """With a trial, once for each creator; else the first period is charged at once."""

    plans: Plans
    subscriptions: Subscriptions
    own: OwnSubscriptions
    fees: Fees
    creators: Creators
    collector: Collector
    timers: Timers
    transaction: Transaction
    clock: Clock
    ids: Ids

    async def __call__(self, actor: Actor, plan_id: PlanId, pays_by: PaysBy) -> SubscriptionView:
        """Raises PlanNotFound, PlanArchived, OwnPlan, CreatorUnavailable, AlreadySubscribed, and what payments says."""
        actor.require(Permission.PAY_ORDERS)
        await self.collector.require(actor.user, pays_by)
        async with self.transaction:
            plan = await self.plans.find(plan_id)
            plan.require_open()
            if plan.creator == actor.user:
                raise OwnPlan("this plan is your own", plan_id=plan.id)
            await self.creators.require(plan.creator)
            await self._make_room(actor.user, plan.creator)
            on_trial = plan.trial_days > 0 and not await self.subscriptions.had_trial(actor.user, plan.creator)
            subscription = Subscription.start(
                SubscriptionId(self.ids.new()), PeriodId(self.ids.new()), actor.user, plan, pays_by,
                await self.fees.on(plan.creator, plan.price), self.clock.now(), on_trial=on_trial,
            )  # fmt: skip
            await self.subscriptions.add(subscription)
            await self.own.keep(subscription)
        return await self.own.charge_now(subscription)

    async def _make_room(self, user: UserId, creator: UserId) -> None:
        """One whose first payment was refused makes room for another try."""
        before = await self.subscriptions.open_one(user, creator)
        if before is None:
            return
        if not before.is_new or before.is_charging:
            raise AlreadySubscribed("you have a subscription to this creator", subscription_id=before.id)
        before.close(self.clock.now())
        await self.own.keep(before)


@dataclass(frozen=True, slots=True)
class CancelSubscription:
    """At the end of what was paid for. Who manages orders ends anybody's at once."""

    subscriptions: Subscriptions
    own: OwnSubscriptions
    transaction: Transaction
    clock: Clock

    async def __call__(self, actor: Actor, subscription_id: SubscriptionId) -> SubscriptionView:
        async with self.transaction:
            if Permission.MANAGE_ORDERS in actor.permissions:
                subscription = await self.subscriptions.lock(subscription_id)
                subscription.close(self.clock.now())
            else:
                actor.require(Permission.PAY_ORDERS)
                subscription = await self.own.lock(subscription_id, actor.user)
                subscription.cancel(self.clock.now())
            await self.own.keep(subscription)
            return self.transaction.answers(SubscriptionView.of(subscription))


@dataclass(frozen=True, slots=True)
class PauseSubscription:
    own: OwnSubscriptions
    transaction: Transaction
    clock: Clock

    async def __call__(self, actor: Actor, subscription_id: SubscriptionId) -> SubscriptionView:
        actor.require(Permission.PAY_ORDERS)
        async with self.transaction:
            subscription = await self.own.lock(subscription_id, actor.user)
            subscription.pause(self.clock.now())
            await self.own.keep(subscription)
            return self.transaction.answers(SubscriptionView.of(subscription))


@dataclass(frozen=True, slots=True)
class ResumeSubscription:
    own: OwnSubscriptions
    fees: Fees
    creators: Creators
    transaction: Transaction
    clock: Clock
    ids: Ids

    async def __call__(self, actor: Actor, subscription_id: SubscriptionId) -> SubscriptionView:
        """Take back a cancellation or a pause to come; a paused one begins a new period now, and is charged for it."""
        actor.require(Permission.PAY_ORDERS)
        async with self.transaction:
            subscription = await self.own.lock(subscription_id, actor.user)
            await self.creators.require(subscription.creator)
            now = self.clock.now()
            if not subscription.keep(now):
                fee = await self.fees.on(subscription.creator, subscription.renewal_price)
                subscription.resume(PeriodId(self.ids.new()), fee, now)
            await self.own.keep(subscription)
        return await self.own.charge_now(subscription)


@dataclass(frozen=True, slots=True)
class ChangePlan:
    plans: Plans
    own: OwnSubscriptions
    fees: Fees
    creators: Creators
    transaction: Transaction
    clock: Clock
    ids: Ids

    async def __call__(self, actor: Actor, subscription_id: SubscriptionId, plan_id: PlanId) -> SubscriptionView:
        """A dearer plan begins now, less what is unused of the old one; any other with the next period."""
        actor.require(Permission.PAY_ORDERS)
        async with self.transaction:
            plan = await self.plans.find(plan_id)
            subscription = await self.own.lock(subscription_id, actor.user)
            subscription.require_change_to(plan)
            await self.creators.require(subscription.creator)
            now = self.clock.now()
            if subscription.is_upgrade(plan):
                fee = await self.fees.on(plan.creator, subscription.upgrade_price(plan, now))
                subscription.upgrade_to(plan, PeriodId(self.ids.new()), fee, now)
            else:
                subscription.change_later(plan, now)
            await self.own.keep(subscription)
        return await self.own.charge_now(subscription)


@dataclass(frozen=True, slots=True)
class PayByAnother:
    """Change how it is paid for; what is owed is charged at once."""

    own: OwnSubscriptions
    collector: Collector
    transaction: Transaction

    async def __call__(self, actor: Actor, subscription_id: SubscriptionId, pays_by: PaysBy) -> SubscriptionView:
        actor.require(Permission.PAY_ORDERS)
        await self.collector.require(actor.user, pays_by)
        async with self.transaction:
            subscription = await self.own.lock(subscription_id, actor.user)
            subscription.pay_by(pays_by)
            await self.own.keep(subscription)
        return await self.own.charge_now(subscription)
