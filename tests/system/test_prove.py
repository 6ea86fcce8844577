"""The campaigns of `prove` at the size of every test run; `make prove` runs them at full size."""

import pytest

from prove.audit import audit
from prove.idempotency import idempotency
from prove.kill import kill
from prove.last_item import last_item
from prove.limits import limits

pytestmark = [pytest.mark.xdist_group("system"), pytest.mark.timeout(240)]


async def test_of_64_offers_accepted_at_once_one_wins_in_each_of_20_rounds() -> None:
    assert await last_item(buyers=64, rounds=20) == []


async def test_duplicates_have_one_effect_and_one_answer() -> None:
    assert await idempotency(keys=4, duplicates=16) == []


async def test_nothing_acknowledged_is_lost_whatever_is_killed() -> None:
    assert await kill(kills=4, traders=4, seed=20) == []


async def test_every_manipulation_of_the_audit_trail_is_named() -> None:
    assert await audit(rows=20_000, manipulations=200, seed=5) == []


async def test_no_call_passes_above_a_limit_and_none_is_refused_a_bucket_too_long() -> None:
    assert await limits(calls=50_000, seed=1) == []
