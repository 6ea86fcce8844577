"""Tokens that look like ours and are not (reliability rule D16)."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from marketplace.adapters.security.access_tokens import AUDIENCE, LEEWAY, LIFETIME, JwtAccessTokens
from marketplace.adapters.security.key_ring import RELOAD_EVERY
from marketplace.application.identity.ports import SessionToken
from marketplace.domain.identity.session import InvalidToken, TokenExpired
from marketplace.domain.identity.signing_key import RotationPolicy
from marketplace.domain.shared.ids import SessionId, UserId
from tests.builders.identity import NOON
from tests.builders.keys import KEY, PAIRS, a_key_ring, a_signing_key

OURS = PAIRS.private(KEY)
TOKENS = JwtAccessTokens(a_key_ring(), issuer="test")
USER, SESSION = UserId(uuid4()), SessionId(uuid4())


def forged(
    key: Any = OURS,
    algorithm: str = "EdDSA",
    typ: str = "at+jwt",
    kid: object = KEY.kid,
    without: str = "",
    **claims: object,
) -> str:
    now = int(NOON.timestamp())
    payload: dict[str, object] = {
        "iss": "test", "aud": AUDIENCE, "sub": str(USER), "sid": str(SESSION), "jti": "1", "iat": now, "exp": now + 60,
        **claims,
    }  # fmt: skip
    payload.pop(without, None)
    headers = {"typ": typ} if kid is None else {"typ": typ, "kid": kid}
    return jwt.encode(payload, key, algorithm, headers)


async def test_a_token_says_who_and_which_session() -> None:
    token = TOKENS.issue(USER, SESSION, NOON)
    assert await TOKENS.verify(token, NOON) == await TOKENS.verify(forged(), NOON) == SessionToken(USER, SESSION)
    assert await JwtAccessTokens(a_key_ring(), issuer="test").verify(token, NOON) == SessionToken(USER, SESSION)
    assert TOKENS.issue(USER, SESSION, NOON) != token
    header = jwt.get_unverified_header(token)
    assert (header["alg"], header["typ"], header["kid"]) == ("EdDSA", "at+jwt", KEY.kid)


@pytest.mark.parametrize("claim", ["iss", "aud", "sub", "sid", "jti", "iat", "exp"])
async def test_no_claim_may_be_missing(claim: str) -> None:
    with pytest.raises(InvalidToken):
        await TOKENS.verify(forged(without=claim), NOON)


@pytest.mark.parametrize(
    "change",
    [
        {"iss": "other"},
        {"aud": "other"},
        {"typ": "JWT"},
        {"sub": "amina"},
        {"sid": "1"},
        {"sid": 1},
        {"exp": "soon"},
        {"iat": None},
        {"kid": None},
        {"kid": ""},
        {"kid": "another"},
        {"key": Ed25519PrivateKey.from_private_bytes(b"b" * 32)},
        {"key": "x" * 32, "algorithm": "HS256"},
        {"key": KEY.public_key, "algorithm": "HS256"},
        {"key": None, "algorithm": "none"},
    ],
    ids=lambda change: "-".join(change),
)
async def test_a_token_not_quite_ours_is_refused(change: dict[str, Any]) -> None:
    with pytest.raises(InvalidToken):
        await TOKENS.verify(forged(**change), NOON)


@pytest.mark.parametrize("token", ["", "a.b", "a.b.c", "mk_", "x" * 5000, "\ud800.é.\0"])
async def test_what_is_no_token_is_refused(token: str) -> None:
    with pytest.raises(InvalidToken):
        await TOKENS.verify(token, NOON)


async def test_a_token_from_the_future_is_refused() -> None:
    token = TOKENS.issue(USER, SESSION, NOON)
    assert (await TOKENS.verify(token, NOON - timedelta(seconds=LEEWAY))).user == USER
    with pytest.raises(InvalidToken):
        await TOKENS.verify(token, NOON - timedelta(seconds=LEEWAY + 1))


async def test_a_token_expires() -> None:
    token = TOKENS.issue(USER, SESSION, NOON)
    assert await TOKENS.verify(token, NOON + timedelta(seconds=LIFETIME + LEEWAY - 1))
    with pytest.raises(TokenExpired):
        await TOKENS.verify(token, NOON + timedelta(seconds=LIFETIME + LEEWAY))


async def test_a_remembered_token_of_a_key_that_retires_is_refused() -> None:
    key = a_signing_key()
    ring = a_key_ring(key)
    tokens = JwtAccessTokens(ring, issuer="test")
    token = tokens.issue(USER, SESSION, NOON)
    assert await tokens.verify(token, NOON)
    key.retire(NOON + timedelta(minutes=1))
    ring.hold([key])
    assert await tokens.verify(token, NOON)
    with pytest.raises(InvalidToken):
        await tokens.verify(token, NOON + timedelta(minutes=1))
    ring.hold([])
    with pytest.raises(InvalidToken):
        await tokens.verify(token, NOON)


def test_the_overlap_outlasts_the_last_token_of_the_slowest_process() -> None:
    assert RotationPolicy().overlap.total_seconds() >= LIFETIME + 2 * LEEWAY + 2 * RELOAD_EVERY
    assert RotationPolicy().notice.total_seconds() > 300 + RELOAD_EVERY, "the JWKS is cached for five minutes"
