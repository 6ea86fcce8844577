"""The life of a signing key: announced, signing, only verifying, gone."""

from datetime import timedelta

import pytest

from marketplace.adapters.security.key_ring import SealedKeyPairs
from marketplace.adapters.security.vault import Vault
from marketplace.application.identity.signing_keys import AT_ONCE, PrepareSigningKey, RotateSigningKeys, Urgency
from marketplace.domain.identity.signing_key import RotationPolicy
from tests.builders.identity import NOON
from tests.builders.keys import PAIRS, a_signing_key
from tests.fakes.identity import MemoryIdentity
from tests.fakes.keys import MemorySigningKeys
from tests.fakes.world import FixedClock

POLICY = RotationPolicy()


class Keys:
    def __init__(self) -> None:
        self.clock = FixedClock(NOON)
        self.stored = MemorySigningKeys()
        self.prepare = PrepareSigningKey(self.stored, PAIRS, MemoryIdentity(), self.clock)
        self.rotate = RotateSigningKeys(self.stored, PAIRS, MemoryIdentity(), self.clock, POLICY)


@pytest.fixture
def keys() -> Keys:
    return Keys()


async def test_the_first_start_makes_one_key_that_signs_at_once(keys: Keys) -> None:
    await keys.prepare()
    await keys.prepare()
    (key,) = await keys.stored.all()
    assert key.is_active(NOON - timedelta(seconds=30)), "where the clock is behind too"
    assert PAIRS.can_open(key)


async def test_another_secret_key_makes_a_key_of_its_own_and_leaves_the_old_one_verifying(keys: Keys) -> None:
    theirs = SealedKeyPairs(Vault([b"w" * 32])).make().sealed_private_key
    await keys.stored.add(old := a_signing_key(sealed_private_key=theirs))
    await keys.prepare()
    assert [PAIRS.can_open(key) for key in await keys.stored.all()] == [False, True]
    assert (await keys.stored.all())[0] == old


async def test_a_new_key_is_announced_before_it_signs_and_the_old_one_verifies_a_while_longer(keys: Keys) -> None:
    await keys.prepare()
    new = await keys.rotate()
    old, announced = await keys.stored.all()
    assert announced == new
    assert new.active_from == NOON + POLICY.notice
    assert new.is_announced(NOON)
    assert old.is_active(NOON)
    assert old.retired_at == new.active_from + POLICY.overlap
    assert not old.verifies(old.retired_at)


async def test_an_announced_key_is_not_announced_twice_but_can_be_called_on(keys: Keys) -> None:
    await keys.prepare()
    announced = await keys.rotate()
    keys.clock.advance(timedelta(minutes=1))
    assert (await keys.rotate()).kid == announced.kid
    at_once = await keys.rotate(Urgency.NOW)
    assert (at_once.kid, at_once.active_from) == (announced.kid, keys.clock.now() + AT_ONCE)
    assert len(await keys.stored.all()) == 2


async def test_after_a_leak_no_older_key_verifies(keys: Keys) -> None:
    await keys.prepare()
    await keys.rotate()
    new = await keys.rotate(Urgency.LEAKED)
    assert [key.kid for key in await keys.stored.all() if key.verifies(NOON)] == [new.kid]
    assert new.is_active(NOON)


async def test_the_daily_tick_rotates_once_a_month_and_forgets_what_is_retired(keys: Keys) -> None:
    await keys.prepare()
    (first,) = await keys.stored.all()
    for day in range(30):
        keys.clock.at = NOON + timedelta(days=day)
        await keys.rotate.when_due()
    assert await keys.stored.all() == [first]
    keys.clock.at = NOON + timedelta(days=30)
    await keys.rotate.when_due()
    await keys.rotate.when_due()
    assert len(await keys.stored.all()) == 2
    keys.clock.at = NOON + timedelta(days=31)
    await keys.rotate.when_due()
    (second,) = await keys.stored.all()
    assert second.kid != first.kid


async def test_the_tick_makes_a_key_where_all_are_retired(keys: Keys) -> None:
    await keys.stored.add(a_signing_key(retired_at=NOON))
    await keys.rotate.when_due()
    (only,) = await keys.stored.all()
    assert only.is_active(NOON)
