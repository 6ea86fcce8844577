"""Upgrades are prorated to the minor unit, and never cost less than nothing."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from marketplace.domain.subscriptions.moves import PlanDoesNotFit, SubscriptionStatus
from marketplace.domain.subscriptions.period import PeriodId
from marketplace.domain.subscriptions.plan import PlanArchived, PlanInterval
from tests.builders.commerce import a_user_id, new_id
from tests.unit.subscriptions.world import DAY, FIRST, a_plan, active, charged, minor, rung

PRICES = st.integers(1, 10**9)


def test_half_a_period_credits_half_its_price() -> None:
    one, dearer = active(a_plan(price=minor(2_800))), a_plan(price=minor(10_000))
    half = FIRST + 14 * DAY
    one.upgrade_to(dearer, PeriodId(new_id()), minor(0), half)
    assert one.upgrade is not None
    assert (one.upgrade.amount, one.upgrade.credit) == (minor(8_600), minor(1_400))
    assert one.plan is not dearer
    charged(one, half)
    assert (one.plan, one.period.starts_at, one.period.number) == (dearer, half, 2)
    assert not one.upgrade


def test_a_refused_upgrade_leaves_the_period_and_another_try_has_its_own_number() -> None:
    one, dearer = active(), a_plan(price=minor(10_000))
    before = one.period
    for _ in range(2):
        one.upgrade_to(dearer, PeriodId(new_id()), minor(0), FIRST)
        charged(one, FIRST, succeeds=False)
        assert (one.status, one.period, one.next_plan, one.next_at) == (
            SubscriptionStatus.ACTIVE, before, None, before.ends_at,
        )  # fmt: skip
    assert one.upgrade is not None
    assert one.upgrade.number == 3
    rung(one, before.ends_at)
    assert one.period.number == 4


@given(old=PRICES, new=PRICES, seconds=st.integers(0, 28 * 86_400))
def test_nothing_is_lost_or_charged_twice(old: int, new: int, seconds: int) -> None:
    one = active(a_plan(price=minor(old), interval=PlanInterval.MONTH, count=1))
    plan = a_plan(price=minor(new))
    now = FIRST + timedelta(seconds=seconds)
    unused = one.period.unused(now).minor
    assert 0 <= unused <= old
    amount = one.upgrade_price(plan, now)
    one.upgrade_to(plan, PeriodId(new_id()), minor(0), now)
    if one.upgrade is not None:
        charged(one, now)
    assert one.period.amount == amount
    assert 0 <= amount.minor <= new
    assert one.period.amount.minor + one.period.credit.minor == new
    assert one.period.credit.minor + one.credit.minor == unused
    spent = 0
    while one.credit.minor and spent < 5:
        before = one.credit.minor
        rung(one, one.period.ends_at)
        assert one.period.credit.minor == min(before, new)
        assert one.period.amount.minor == new - one.period.credit.minor
        spent += 1


def test_a_cheaper_plan_comes_with_the_next_period_and_its_calendar() -> None:
    one, cheaper = active(), a_plan(price=minor(100), count=3)
    assert not one.is_upgrade(cheaper)
    one.change_later(cheaper, FIRST)
    end = one.period.ends_at
    rung(one, end)
    assert (one.plan, one.period.amount, one.period.starts_at) == (cheaper, minor(100), end)
    assert one.period.ends_at == end.replace(month=5, day=28)


def test_dearer_is_judged_for_the_same_time() -> None:
    one = active(a_plan(price=minor(1_000)))
    year = {"interval": PlanInterval.YEAR, "count": 1}
    assert not one.is_upgrade(a_plan(price=minor(12_000), **year))
    assert one.is_upgrade(a_plan(price=minor(12_001), **year))


def test_only_an_open_plan_of_the_same_creator_fits() -> None:
    one = active()
    with pytest.raises(PlanDoesNotFit):
        one.require_change_to(a_plan(creator=a_user_id()))
    with pytest.raises(PlanArchived):
        one.require_change_to(a_plan(is_archived=True))
