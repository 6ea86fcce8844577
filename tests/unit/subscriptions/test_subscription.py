"""The life of a subscription: periods by the calendar, failures, pauses, cancelling."""

from datetime import timedelta

import pytest

from marketplace.domain.subscriptions.moves import (
    END_AFTER,
    FIRST_PAYMENT_TIME,
    Change,
    ChargeUnderWay,
    IllegalSubscriptionMove,
    NothingDue,
    SubscriptionStatus,
)
from marketplace.domain.subscriptions.period import PeriodId, PeriodStatus
from marketplace.domain.subscriptions.plan import InvalidPlan, PlanInterval, months_after
from tests.builders.commerce import new_id
from tests.unit.subscriptions.world import (
    DAY,
    FIRST,
    a_plan,
    a_subscription,
    active,
    changes_of,
    charged,
    minor,
    rung,
)

S = SubscriptionStatus


def test_periods_keep_the_first_day_of_the_month() -> None:
    one = active()
    days = []
    for _ in range(14):
        days.append((one.period.ends_at.month, one.period.ends_at.day))
        rung(one, one.period.ends_at)
        assert one.period.status is PeriodStatus.PAID
    assert days == [
        (2, 28), (3, 31), (4, 30), (5, 31), (6, 30), (7, 31), (8, 31), (9, 30), (10, 31), (11, 30), (12, 31), (1, 31),
        (2, 28), (3, 31),
    ]  # fmt: skip
    assert one.period.number == 15


def test_years_and_leap_days() -> None:
    plan = a_plan(interval=PlanInterval.YEAR, count=2)
    assert plan.months == 24
    leap = FIRST.replace(year=2028, month=2, day=29)
    assert [months_after(leap, 12 * years).day for years in (1, 4)] == [28, 29]


@pytest.mark.parametrize("wrong", [{"count": 0}, {"count": 13}, {"trial_days": 91}])
def test_a_plan_keeps_its_bounds(wrong: dict[str, int]) -> None:
    with pytest.raises(InvalidPlan):
        a_plan(**wrong)


def test_what_fails_is_tried_three_times_and_ends_after_thirty_days() -> None:
    one = active()
    due = one.period.ends_at
    rung(one, due, succeeds=False)
    seen = [(one.status, one.next_at)]
    for _ in range(4):
        assert one.next_at is not None
        rung(one, one.next_at, succeeds=False)
        seen.append((one.status, one.next_at))
    assert seen == [
        (S.PAST_DUE, due + DAY), (S.PAST_DUE, due + 3 * DAY), (S.PAST_DUE, due + 5 * DAY),
        (S.UNPAID, due + END_AFTER), (S.ENDED, None),
    ]  # fmt: skip
    assert one.period.status is PeriodStatus.VOID
    assert changes_of(one) == [Change.CHARGE_FAILED] * 4 + [Change.ENDED]


def test_a_retry_does_not_come_early() -> None:
    one = active()
    rung(one, one.period.ends_at, succeeds=False)
    assert one.due(one.period.starts_at + DAY - timedelta(seconds=1)) is None


def test_what_was_unpaid_begins_when_it_is_paid() -> None:
    one = active()
    for _ in range(4):
        assert one.next_at is not None
        rung(one, one.next_at, succeeds=False)
    assert (one.status, one.has_access) == (S.UNPAID, False)
    later = FIRST + 50 * DAY
    charged(one, later)
    assert (one.status, one.period.starts_at, one.next_at) == (S.ACTIVE, later, months_after(later, 1))


def test_a_first_payment_has_a_day() -> None:
    one = a_subscription()
    charged(one, FIRST, succeeds=False)
    assert (one.status, one.has_access) == (S.UNPAID, False)
    rung(one, FIRST + FIRST_PAYMENT_TIME)
    assert one.status is S.ENDED


def test_a_trial_costs_nothing_and_the_first_period_follows_it() -> None:
    one = a_subscription(a_plan(trial_days=14), on_trial=True)
    assert (one.status, one.owed, one.period.amount) == (S.TRIALING, None, minor(0))
    rung(one, FIRST + 14 * DAY)
    assert (one.status, one.period.number, one.period.starts_at) == (S.ACTIVE, 2, FIRST + 14 * DAY)
    assert changes_of(one) == [Change.STARTED, Change.RENEWED]


def test_a_late_renewal_begins_where_the_last_period_ended() -> None:
    one = active()
    end = one.period.ends_at
    rung(one, end + 3 * DAY)
    assert one.period.starts_at == end


def test_cancelling_waits_for_the_end_and_charges_nothing() -> None:
    one = active()
    one.cancel(FIRST + DAY)
    one.cancel(FIRST + DAY)
    assert one.has_access
    rung(one, one.period.ends_at)
    assert (one.status, one.period.number) == (S.ENDED, 1)
    assert changes_of(one) == [Change.CANCELLING, Change.ENDED]
    with pytest.raises(IllegalSubscriptionMove):
        one.cancel(FIRST + 60 * DAY)


def test_what_ended_is_not_taken_back() -> None:
    one = active()
    one.cancel(FIRST)
    assert not one.keep(one.period.ends_at)
    assert one.keep(one.period.ends_at - DAY)
    assert one.status is S.ACTIVE


def test_a_pause_charges_nothing_and_resuming_begins_anew() -> None:
    one = active()
    one.pause(FIRST + DAY)
    end = one.period.ends_at
    rung(one, end)
    assert (one.status, one.next_at, one.has_access) == (S.PAUSED, None, False)
    later = end + 40 * DAY
    one.resume(PeriodId(new_id()), minor(0), later)
    charged(one, later, succeeds=False)
    assert (one.status, one.owed) == (S.PAUSED, None)
    one.resume(PeriodId(new_id()), minor(0), later)
    charged(one, later)
    assert (one.status, one.period.number, one.period.starts_at) == (S.ACTIVE, 3, later)


def test_while_a_charge_runs_only_its_outcome_counts() -> None:
    one = active()
    end = one.period.ends_at
    one.renew(PeriodId(new_id()), minor(0), end)
    one.charge(one.period.id)
    for move in (one.cancel, one.pause):
        with pytest.raises(ChargeUnderWay):
            move(end)
    with pytest.raises(ChargeUnderWay):
        one.charge(one.period.id)
    one.turn_over(end + DAY)
    assert one.next_at == end + DAY + timedelta(hours=1)
    one.pay(one.period.id, end)
    one.pay(one.period.id, end)
    one.fail(one.period.id, end)
    assert (one.status, one.period.status) == (S.ACTIVE, PeriodStatus.PAID)
    with pytest.raises(NothingDue):
        one.charge(one.period.id)


@pytest.mark.parametrize(("succeeds", "after"), [(True, S.CANCELLING), (False, S.ENDED)])
def test_an_account_that_closes_waits_for_the_charge_that_runs(*, succeeds: bool, after: SubscriptionStatus) -> None:
    one = active()
    one.renew(PeriodId(new_id()), minor(0), one.period.ends_at)
    one.charge(one.period.id)
    one.close(one.period.starts_at)
    (one.pay if succeeds else one.fail)(one.period.id, one.period.starts_at)
    assert one.status is after


def test_a_suspended_creator_is_paid_no_more() -> None:
    running, late = active(), active()
    rung(late, late.period.ends_at, succeeds=False)
    for one in (running, late):
        one.withhold(FIRST + DAY)
    assert (running.status, late.status) == (S.ACTIVE, S.PAUSED)
    rung(running, running.period.ends_at)
    assert (running.status, running.period.number) == (S.PAUSED, 1)
