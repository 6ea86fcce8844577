from datetime import UTC, datetime, timedelta
from typing import Any

from marketplace.domain.shared.money import Money
from marketplace.domain.subscriptions.moves import Change, PaysBy, SubscriptionChanged, SubscriptionId
from marketplace.domain.subscriptions.period import PeriodId
from marketplace.domain.subscriptions.plan import Plan, PlanId, PlanInterval
from marketplace.domain.subscriptions.subscription import Subscription
from tests.builders.commerce import a_user_id, new_id

FIRST = datetime(2026, 1, 31, 12, tzinfo=UTC)
DAY = timedelta(days=1)
WALLET = PaysBy("wallet")
CREATOR = a_user_id()


def minor(amount: int) -> Money:
    return Money(amount, "AED")


def a_plan(**changes: Any) -> Plan:
    facts: dict[str, Any] = {
        "id": PlanId(new_id()), "creator": CREATOR, "name": "Front row", "description": "", "price": minor(3_100),
        "interval": PlanInterval.MONTH, "count": 1, "trial_days": 0, "created_at": FIRST, **changes,
    }  # fmt: skip
    return Plan(**facts)


def a_subscription(plan: Plan | None = None, *, now: datetime = FIRST, on_trial: bool = False) -> Subscription:
    plan = plan or a_plan()
    return Subscription.start(
        SubscriptionId(new_id()), PeriodId(new_id()), a_user_id(), plan, WALLET, plan.price.share(500), now,
        on_trial=on_trial,
    )  # fmt: skip


def charged(one: Subscription, now: datetime, *, succeeds: bool = True) -> None:
    """What is owed, with its outcome."""
    owed = one.owed
    assert owed is not None
    one.charge(owed.id)
    if succeeds:
        one.pay(owed.id, now)
    else:
        one.fail(owed.id, now)


def active(plan: Plan | None = None) -> Subscription:
    one = a_subscription(plan)
    charged(one, FIRST)
    one.pull_events()
    return one


def rung(one: Subscription, now: datetime, *, succeeds: bool = True) -> None:
    """As the timer does, and the payment after it."""
    one.turn_over(now)
    if one.is_renewable(now):
        one.renew(PeriodId(new_id()), Money(0, one.credit.currency), now)
    if one.due(now) is not None:
        charged(one, now, succeeds=succeeds)


def changes_of(one: Subscription) -> list[Change]:
    return [event.change for event in one.pull_events() if isinstance(event, SubscriptionChanged)]
