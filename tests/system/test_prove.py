"""The campaigns of `prove` at the size of every test run; `make prove` runs them at full size."""

import pytest

from prove.audit import audit
from prove.idempotency import idempotency
from prove.kill import kill
from prove.last_item import last_item
from prove.limits import limits
from prove.node import Node

pytestmark = [
    pytest.mark.xdist_group("system"), pytest.mark.timeout(240), pytest.mark.asyncio(loop_scope="session"),
]  # fmt: skip


async def test_of_64_offers_accepted_at_once_one_wins_in_each_of_8_rounds(server: Node) -> None:
    assert await last_item(server, buyers=64, rounds=8) == []


async def test_duplicates_have_one_effect_and_one_answer(server: Node) -> None:
    assert await idempotency(server, keys=3, duplicates=16) == []


async def test_nothing_acknowledged_is_lost_whatever_is_killed() -> None:
    assert await kill(kills=4, traders=2, seed=20) == []


async def test_every_manipulation_of_the_audit_trail_is_named() -> None:
    assert await audit(rows=10_000, manipulations=100, seed=5) == []


async def test_no_call_passes_above_a_limit_and_none_is_refused_a_bucket_too_long() -> None:
    assert await limits(calls=30_000, seed=1) == []
