"""The campaigns that need a server or engines of their own, at the size of every test run."""

import pytest

from prove.audit import audit
from prove.kill import kill
from prove.limits import limits

pytestmark = pytest.mark.timeout(240)


async def test_nothing_acknowledged_is_lost_whatever_is_killed() -> None:
    assert await kill(kills=3, traders=1, seed=20) == []


async def test_every_manipulation_of_the_audit_trail_is_named() -> None:
    assert await audit(rows=10_000, manipulations=100, seed=5) == []


async def test_no_call_passes_above_a_limit_and_none_is_refused_a_bucket_too_long() -> None:
    assert await limits(calls=15_000, seed=1) == []
