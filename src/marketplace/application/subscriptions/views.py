from datetime import datetime
from decimal import Decimal
from typing import Annotated, Self
from uuid import UUID

import msgspec
from msgspec import Meta

from marketplace.domain.shared.ids import UserId
from marketplace.domain.subscriptions.moves import SubscriptionId, SubscriptionStatus
from marketplace.domain.subscriptions.period import Period, PeriodStatus
from marketplace.domain.subscriptions.plan import Plan, PlanId, PlanInterval
from marketplace.domain.subscriptions.subscription import Subscription

Sum = Annotated[Decimal, Meta(examples=[49.00])]
Currency = Annotated[str, Meta(examples=["AED"])]


class PlanView(msgspec.Struct, frozen=True):
    id: PlanId
    creator_id: UserId
    name: Annotated[str, Meta(examples=["Front row"])]
    description: str
    price: Sum
    currency: Currency
    interval: PlanInterval
    interval_count: Annotated[int, Meta(examples=[1])]
    trial_days: Annotated[int, Meta(examples=[14])]
    is_archived: bool
    created_at: datetime

    @classmethod
    def of(cls, plan: Plan) -> Self:
        return cls(
            id=plan.id, creator_id=plan.creator, name=plan.name, description=plan.description,
            price=plan.price.decimal, currency=plan.price.currency, interval=plan.interval, interval_count=plan.count,
            trial_days=plan.trial_days, is_archived=plan.is_archived, created_at=plan.created_at,
        )  # fmt: skip


class PeriodView(msgspec.Struct, frozen=True):
    """The invoice of one period: `amount` is paid for it, `credit` was taken off its price."""

    number: Annotated[int, Meta(examples=[1])]
    starts_at: datetime
    ends_at: datetime
    amount: Sum
    credit: Annotated[Decimal, Meta(examples=[0.00])]
    refunded: Annotated[Decimal, Meta(examples=[0.00])]
    currency: Currency
    status: PeriodStatus

    @classmethod
    def of(cls, period: Period) -> Self:
        return cls(
            number=period.number, starts_at=period.starts_at, ends_at=period.ends_at, amount=period.amount.decimal,
            credit=period.credit.decimal, refunded=period.refunded.decimal, currency=period.amount.currency,
            status=period.status,
        )  # fmt: skip


class SubscriptionView(msgspec.Struct, frozen=True):
    """`next_plan_id`: from the next period on. `next_at`: when it is renewed, charged again or ends by itself."""

    id: SubscriptionId
    subscriber_id: UserId
    creator_id: UserId
    plan_id: PlanId
    plan_name: Annotated[str, Meta(examples=["Front row"])]
    next_plan_id: PlanId | None
    status: SubscriptionStatus
    has_access: bool
    period: PeriodView
    is_pausing: bool
    credit: Annotated[Decimal, Meta(description="For the periods to come.", examples=[0])]
    payment_method: Annotated[str | None, Meta(description="The subscriber's to see.", examples=["wallet"])]
    method_id: UUID | None
    next_at: datetime | None
    created_at: datetime
    ended_at: datetime | None

    @classmethod
    def of(cls, one: Subscription) -> Self:
        return cls(
            id=one.id, subscriber_id=one.subscriber, creator_id=one.creator, plan_id=one.plan.id,
            plan_name=one.plan.name, next_plan_id=one.next_plan.id if one.next_plan else None, status=one.status,
            has_access=one.has_access, period=PeriodView.of(one.period), is_pausing=one.is_pausing,
            credit=one.credit.decimal, payment_method=one.pays_by.method, method_id=one.pays_by.saved,
            next_at=one.next_at, created_at=one.created_at, ended_at=one.ended_at,
        )  # fmt: skip


class SubscriptionDetails(msgspec.Struct, frozen=True):
    """`periods`: the newest first."""

    subscription: SubscriptionView
    periods: list[PeriodView]
