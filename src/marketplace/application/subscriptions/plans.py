"""What creators offer."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from marketplace.application.shared.actor import Actor, Permission
from marketplace.application.shared.ports import Clock, Ids, Transaction
from marketplace.application.subscriptions.ports import Plans
from marketplace.application.subscriptions.views import PlanView
from marketplace.domain.shared.money import Money
from marketplace.domain.subscriptions.plan import Plan, PlanId, PlanInterval, PlanNotFound


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanDraft:
    name: str
    description: str
    price: Decimal
    currency: str
    interval: PlanInterval
    count: int
    trial_days: int


@dataclass(frozen=True, slots=True)
class AddPlan:
    plans: Plans
    transaction: Transaction
    clock: Clock
    ids: Ids

    async def __call__(self, actor: Actor, draft: PlanDraft) -> PlanView:
        actor.require(Permission.LIST_ITEMS)
        plan = Plan(
            id=PlanId(self.ids.new()), creator=actor.user, name=draft.name, description=draft.description,
            price=Money.price(draft.price, draft.currency), interval=draft.interval, count=draft.count,
            trial_days=draft.trial_days, created_at=self.clock.now(),
        )  # fmt: skip
        async with self.transaction:
            await self.plans.add(plan)
            return self.transaction.answers(PlanView.of(plan))


@dataclass(frozen=True, slots=True)
class RevisePlan:
    plans: Plans
    transaction: Transaction

    async def __call__(self, actor: Actor, plan_id: PlanId, changes: dict[str, Any]) -> PlanView:
        actor.require(Permission.LIST_ITEMS)
        async with self.transaction:
            plan = await self.plans.find(plan_id)
            if plan.creator != actor.user:
                raise PlanNotFound("no such plan", plan_id=plan_id)
            plan.revise(changes)
            await self.plans.save(plan)
            return self.transaction.answers(PlanView.of(plan))
