from collections.abc import Sequence
from copy import deepcopy
from dataclasses import replace

from marketplace.application.subscriptions.ports import Plans, Subscriptions
from marketplace.domain.shared.errors import StaleAggregate
from marketplace.domain.shared.ids import UserId
from marketplace.domain.shared.money import Money
from marketplace.domain.subscriptions.moves import AlreadySubscribed, SubscriptionId, SubscriptionNotFound
from marketplace.domain.subscriptions.period import PeriodId
from marketplace.domain.subscriptions.plan import Plan, PlanId, PlanNotFound
from marketplace.domain.subscriptions.subscription import Subscription
from tests.fakes.world import MemoryTransaction


class MemoryPlans(Plans):
    def __init__(self, transaction: MemoryTransaction) -> None:
        self._transaction = transaction

    async def add(self, plan: Plan) -> None:
        self._transaction.inside.plans[plan.id] = deepcopy(plan)

    async def find(self, plan_id: PlanId) -> Plan:
        if plan_id not in self._transaction.inside.plans:
            raise PlanNotFound("no such plan", plan_id=plan_id)
        return deepcopy(self._transaction.inside.plans[plan_id])

    async def save(self, plan: Plan) -> None:
        rows = self._transaction.inside.plans
        if rows[plan.id].version != plan.version:
            raise StaleAggregate("the plan changed meanwhile; load it again", plan_id=plan.id)
        plan.version += 1
        await self.add(plan)


class MemorySubscriptions(Subscriptions):
    """Every period it ever saw leads to its subscription."""

    def __init__(self, transaction: MemoryTransaction) -> None:
        self._transaction = transaction

    async def add(self, subscription: Subscription) -> None:
        rows = self._transaction.inside.subscriptions
        if any(self._is_between(one, subscription.subscriber, subscription.creator) for one in rows.values()):
            raise AlreadySubscribed("you have a subscription to this creator")
        self._put(subscription)

    async def lock(self, subscription_id: SubscriptionId) -> Subscription:
        rows = self._transaction.inside.subscriptions
        if subscription_id not in rows:
            raise SubscriptionNotFound("no such subscription", subscription_id=subscription_id)
        return deepcopy(rows[subscription_id])

    async def lock_of(self, period_id: PeriodId) -> Subscription:
        owners = self._transaction.inside.period_owners
        if period_id not in owners:
            raise SubscriptionNotFound("no such subscription", period_id=period_id)
        return await self.lock(owners[period_id])

    async def open_one(self, subscriber: UserId, creator: UserId) -> Subscription | None:
        rows = self._transaction.inside.subscriptions.values()
        return next((deepcopy(one) for one in rows if self._is_between(one, subscriber, creator)), None)

    async def had_trial(self, subscriber: UserId, creator: UserId) -> bool:
        rows = self._transaction.inside.subscriptions.values()
        return any(one.had_trial and (one.subscriber, one.creator) == (subscriber, creator) for one in rows)

    async def open_of(self, user: UserId, *, as_creator: bool) -> Sequence[SubscriptionId]:
        rows = self._transaction.inside.subscriptions.values()
        return sorted(
            one.id for one in rows if not one.is_over and user == (one.creator if as_creator else one.subscriber)
        )

    async def note_refund(self, period_id: PeriodId, refunded: Money) -> None:
        one = self._transaction.inside.subscriptions[self._transaction.inside.period_owners[period_id]]
        if one.period.id == period_id:
            one.period = replace(one.period, refunded=refunded)

    async def save(self, subscription: Subscription) -> None:
        if self._transaction.inside.subscriptions[subscription.id].version != subscription.version:
            raise StaleAggregate("the subscription changed meanwhile; load it again", subscription_id=subscription.id)
        subscription.version += 1
        self._put(subscription)

    def _put(self, subscription: Subscription) -> None:
        inside = self._transaction.inside
        self._transaction.ship(subscription)
        inside.subscriptions[subscription.id] = deepcopy(subscription)
        for period in (subscription.period, subscription.upgrade):
            if period is not None:
                inside.period_owners[period.id] = subscription.id

    @staticmethod
    def _is_between(one: Subscription, subscriber: UserId, creator: UserId) -> bool:
        return not one.is_over and (one.subscriber, one.creator) == (subscriber, creator)
