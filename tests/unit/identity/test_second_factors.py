"""The rules of codes and recovery codes, for whatever is shown in whatever order."""

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from marketplace.domain.identity.second_factor import (
    FAILURES_A_DAY,
    RecoveryCodesRenewed,
    RecoveryCodeUsed,
    SecondFactorLocked,
    SecondFactors,
    TwoFactorAlreadyEnabled,
    TwoFactorDisabled,
    TwoFactorEnabled,
    TwoFactorNotEnabled,
    TwoFactorNotSetUp,
)
from tests.builders.factors import enabled_factors
from tests.builders.identity import NOON, a_user

USER = a_user()
MINUTE = timedelta(minutes=1)

shown_steps = st.lists(st.tuples(st.none() | st.integers(0, 40), st.integers(0, 7_200)), max_size=60)
"""Each is the step of the code shown, None for a wrong code, and the seconds since the one before."""


def locked_for(factors: SecondFactors, now: datetime) -> timedelta:
    with pytest.raises(SecondFactorLocked) as refused:
        factors.show_code(1_000_000, now)
    return timedelta(seconds=refused.value.retry_after)


def fail(factors: SecondFactors, times: int, now: datetime) -> None:
    for _ in range(times):
        assert not factors.show_code(None, now)


@given(shown_steps)
def test_accepted_steps_only_grow_and_a_lock_refuses_everything(shown: list[tuple[int | None, int]]) -> None:
    factors, now, accepted = enabled_factors(USER), NOON, [10]
    for step, seconds in shown:
        now += timedelta(seconds=seconds)
        before = (factors.last_step, factors.failures, factors.failures_today)
        try:
            if factors.show_code(step, now):
                assert step is not None
                accepted.append(step)
        except SecondFactorLocked:
            assert before == (factors.last_step, factors.failures, factors.failures_today)
            assert factors.locked_until is not None
            assert now < factors.locked_until
    assert all(earlier < later for earlier, later in pairwise(accepted))
    assert factors.last_step == accepted[-1]


@given(st.lists(st.tuples(st.booleans(), st.integers(0, 40_000)), min_size=200, max_size=400))
def test_nobody_guesses_more_than_a_hundred_times_a_day(tries: list[tuple[bool, int]]) -> None:
    factors, now, guesses = enabled_factors(USER), NOON, dict[date, int]()
    for number, (right, seconds) in enumerate(tries):
        now += timedelta(seconds=seconds if number % 50 == 0 else 0)
        try:
            if not factors.show_code(100 + number if right else None, now):
                guesses[now.date()] = guesses.get(now.date(), 0) + 1
        except SecondFactorLocked:
            now += 16 * MINUTE
    assert max(guesses.values(), default=0) <= FAILURES_A_DAY


def test_the_cap_of_a_day_holds_although_right_codes_come_between() -> None:
    morning = datetime(2030, 1, 1, tzinfo=UTC)
    factors = enabled_factors(USER)
    for step in range(20, 45):
        fail(factors, 4, morning)
        if step < 44:
            assert factors.show_code(step, morning)
    assert locked_for(factors, morning + timedelta(hours=1)) == timedelta(hours=23)
    assert factors.show_code(50, morning + timedelta(days=1))


def test_every_fifth_wrong_code_locks_twice_as_long() -> None:
    factors, now = enabled_factors(USER), NOON
    for minutes in (15, 30, 60, 120, 240, 480, 960, 960, 960):
        fail(factors, 5, now)
        assert locked_for(factors, now) == minutes * MINUTE
        assert locked_for(factors, now + minutes * MINUTE - timedelta(seconds=1)) == timedelta(seconds=1)
        now += minutes * MINUTE
    assert factors.show_code(50, now)
    fail(factors, 4, now)
    assert factors.show_code(51, now)


def test_a_right_code_sent_again_is_refused_but_is_no_guess() -> None:
    factors = enabled_factors(USER)
    assert factors.show_code(11, NOON)
    assert not any(factors.show_code(11, NOON) for _ in range(50))
    assert not factors.show_code(10, NOON)
    assert factors.failures == 0
    assert factors.show_code(12, NOON)


@given(st.lists(st.sampled_from([b"one", b"two", b"three", b"never"]), max_size=20))
def test_each_recovery_code_is_good_once(shown: list[bytes]) -> None:
    factors = enabled_factors(USER, recovery_codes=(b"one", b"two", b"three"))
    used = [code for code in shown if factors.use_recovery_code(code, NOON)]
    assert len(used) == len(set(used))
    assert set(used) == set(shown) - {b"never"}
    assert set(factors.recovery_codes) == {b"one", b"two", b"three"} - set(used)
    assert factors.pull_events() == [
        RecoveryCodeUsed(occurred_at=NOON, user_id=USER.id, left=2 - number) for number in range(len(used))
    ]


def test_a_recovery_code_is_good_while_codes_are_locked() -> None:
    factors = enabled_factors(USER)
    fail(factors, 5, NOON)
    assert factors.use_recovery_code(b"one", NOON)
    locked_for(factors, NOON)


def test_enabling_and_disabling() -> None:
    factors = SecondFactors(user_id=USER.id)
    with pytest.raises(TwoFactorNotSetUp):
        factors.enable(1, [], NOON)
    factors.propose(b"first")
    factors.propose(b"second")
    factors.enable(7, [b"one"], NOON)
    assert (factors.seed, factors.is_enabled, factors.last_step) == (b"second", True, 7)
    assert not factors.show_code(7, NOON)
    with pytest.raises(TwoFactorAlreadyEnabled):
        factors.propose(b"third")
    factors.renew_recovery_codes([b"two"], NOON)
    assert not factors.use_recovery_code(b"one", NOON)
    fail(factors, 1, NOON)
    factors.disable(NOON)
    assert (factors.seed, factors.is_enabled, factors.recovery_codes, factors.failures) == (None, False, (), 1)
    assert [type(event) for event in factors.pull_events()] == [
        TwoFactorEnabled, RecoveryCodesRenewed, TwoFactorDisabled,
    ]  # fmt: skip


def test_what_is_not_enabled_proves_nothing() -> None:
    factors = SecondFactors(user_id=USER.id)
    factors.propose(b"seed")
    for act in (
        lambda: factors.show_code(1, NOON), lambda: factors.use_recovery_code(b"one", NOON),
        lambda: factors.renew_recovery_codes([], NOON), lambda: factors.disable(NOON),
    ):  # fmt: skip
        with pytest.raises(TwoFactorNotEnabled):
            act()
