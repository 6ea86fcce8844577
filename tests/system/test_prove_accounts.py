"""The campaigns against accounts at the size of every test run; `make prove` runs them at full size."""

import pytest

from prove.enumeration import auc, bound, enumeration
from prove.lockout import lockout
from prove.otp import otp
from prove.sessions import sessions
from prove.tokens import tokens

pytestmark = [pytest.mark.xdist_group("system"), pytest.mark.timeout(240)]


async def test_200_refreshes_at_once_have_one_child_and_an_old_token_ends_its_family() -> None:
    assert await tokens(sessions=5, duplicates=200) == []


async def test_of_200_guesses_at_once_three_are_looked_at() -> None:
    assert await otp(codes=20, guesses=200) == []


async def test_nothing_tells_which_accounts_exist() -> None:
    assert await enumeration(pairs=150, slow_pairs=40) == []


async def test_guesses_lock_out_their_network_then_strangers_but_never_the_owner() -> None:
    assert await lockout(hostile=40, at_once=24) == []


async def test_an_ended_session_is_dead_and_deaf_and_factors_count_once() -> None:
    assert await sessions(trials=50) == []


def test_what_takes_longer_is_seen() -> None:
    assert auc([1, 2, 3], [1, 2, 3]) == auc([1, 3], [2, 2]) == 0.5
    assert auc([2, 4, 6], [1, 3, 5]) == pytest.approx(6 / 9)
    assert (auc([3, 4], [1, 2]), auc([1, 2], [3, 4])) == (1, 0)
    assert bound(2_000) == pytest.approx(0.03, abs=0.001)
    assert 0.5 + bound(40) < 0.75
