"""A process's copy of the signing keys: what signs, what verifies, and when it is read again."""

import asyncio
from datetime import timedelta

import jwt
import pytest

from marketplace.adapters.security.access_tokens import JwtAccessTokens
from marketplace.adapters.security.key_ring import KeyRing, SealedKeyPairs, thumbprint
from marketplace.adapters.security.vault import Vault
from marketplace.domain.identity.session import InvalidToken
from marketplace.domain.identity.signing_key import NoSigningKey
from tests.builders.identity import NOON
from tests.builders.keys import PAIRS, a_key_ring, a_signing_key
from tests.fakes.keys import MemorySigningKeys
from tests.unit.identity.test_access_tokens import SESSION, USER

MINUTE = timedelta(minutes=1)


def test_the_newest_active_key_signs() -> None:
    old, new = a_signing_key(), a_signing_key(active_from=NOON)
    ring = a_key_ring(old, new, a_signing_key(active_from=NOON + MINUTE))
    assert ring.signer((NOON - MINUTE).timestamp())[0] == old.kid
    assert ring.signer(NOON.timestamp())[0] == new.kid


def test_a_retired_key_and_one_that_another_secret_sealed_do_not_sign() -> None:
    sealed_elsewhere = SealedKeyPairs(Vault([b"w" * 32])).make().sealed_private_key
    ring = a_key_ring(a_signing_key(retired_at=NOON), a_signing_key(sealed_private_key=sealed_elsewhere))
    with pytest.raises(NoSigningKey):
        ring.signer(NOON.timestamp())


def test_a_sealed_key_put_under_another_kid_does_not_open() -> None:
    one, other = a_signing_key(), a_signing_key()
    assert not PAIRS.can_open(a_signing_key(kid=one.kid, sealed_private_key=other.sealed_private_key))


def test_the_kid_is_the_thumbprint_of_rfc_8037() -> None:
    public = bytes.fromhex("d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a")
    assert thumbprint(public) == "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k"


def test_retired_keys_are_not_published_and_announced_ones_are() -> None:
    announced = a_signing_key(active_from=NOON + MINUTE)
    assert a_key_ring(a_signing_key(retired_at=NOON), announced).published(NOON) == [announced]


async def test_a_key_that_was_made_a_moment_ago_is_found_without_one_refusal() -> None:
    old, new = a_signing_key(), a_signing_key(active_from=NOON)
    ring = KeyRing(MemorySigningKeys(old, new), PAIRS, pause=0.01)
    ring.hold([old])
    theirs = JwtAccessTokens(a_key_ring(old, new), issuer="test")
    token = theirs.issue(USER, SESSION, NOON)
    assert jwt.get_unverified_header(token)["kid"] == new.kid
    tokens = JwtAccessTokens(ring, issuer="test")
    assert [who.user for who in await asyncio.gather(*(tokens.verify(token, NOON) for _ in range(50)))] == [USER] * 50


async def test_unknown_keys_share_one_reading_at_a_time() -> None:
    stored = MemorySigningKeys(a_signing_key())
    ring = KeyRing(stored, PAIRS, pause=0.2)
    await ring.reload()
    tokens = JwtAccessTokens(ring, issuer="test")
    elsewhere = JwtAccessTokens(a_key_ring(a_signing_key()), issuer="test")
    strangers = [elsewhere.issue(USER, SESSION, NOON) for _ in range(200)]
    for _ in range(2):
        found = await asyncio.gather(*(tokens.verify(token, NOON) for token in strangers), return_exceptions=True)
        assert {type(one) for one in found} <= {InvalidToken, *InvalidToken.__subclasses__()}
    assert stored.reads == 1 + 2


async def test_a_reading_that_fails_leaves_the_keys_as_they_are() -> None:
    stored = MemorySigningKeys(a_signing_key())
    ring = KeyRing(stored, PAIRS, every=0.01)
    await ring.reload()
    tokens = JwtAccessTokens(ring, issuer="test")
    stored.broken = True
    async with ring.kept_current():
        while stored.reads < 4:
            await asyncio.sleep(0.01)
        assert await tokens.verify(tokens.issue(USER, SESSION, NOON), NOON)
        stored.broken = False
        await stored.add(new := a_signing_key(active_from=NOON))
        while ring.verifier(new.kid) is None:
            await asyncio.sleep(0.01)
    assert ring.signer(NOON.timestamp())[0] == new.kid
