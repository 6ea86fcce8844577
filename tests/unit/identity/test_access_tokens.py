"""Tokens that look like ours and are not (reliability rule D16)."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from marketplace.adapters.security.access_tokens import AUDIENCE, LEEWAY, JwtAccessTokens
from marketplace.application.identity.ports import SessionToken
from marketplace.domain.identity.session import InvalidToken
from marketplace.domain.shared.ids import SessionId, UserId
from tests.builders.identity import NOON

KEY = b"a" * 32
OURS = Ed25519PrivateKey.from_private_bytes(KEY)
TOKENS = JwtAccessTokens(KEY, issuer="test")
USER, SESSION = UserId(uuid4()), SessionId(uuid4())


def forged(key: Any = OURS, algorithm: str = "EdDSA", typ: str = "at+jwt", without: str = "", **claims: object) -> str:
    now = int(NOON.timestamp())
    payload: dict[str, object] = {
        "iss": "test", "aud": AUDIENCE, "sub": str(USER), "sid": str(SESSION), "jti": "1", "iat": now, "exp": now + 60,
        **claims,
    }  # fmt: skip
    payload.pop(without, None)
    return jwt.encode(payload, key, algorithm, {"typ": typ})


def test_a_token_says_who_and_which_session() -> None:
    token = TOKENS.issue(USER, SESSION, NOON)
    assert TOKENS.verify(token, NOON) == TOKENS.verify(forged(), NOON) == SessionToken(USER, SESSION)
    assert JwtAccessTokens(KEY, issuer="test").verify(token, NOON) == SessionToken(USER, SESSION)
    assert TOKENS.issue(USER, SESSION, NOON) != token
    header = jwt.get_unverified_header(token)
    assert (header["alg"], header["typ"], len(header["kid"])) == ("EdDSA", "at+jwt", 16)


@pytest.mark.parametrize("claim", ["iss", "aud", "sub", "sid", "jti", "iat", "exp"])
def test_no_claim_may_be_missing(claim: str) -> None:
    with pytest.raises(InvalidToken):
        TOKENS.verify(forged(without=claim), NOON)


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
        {"key": Ed25519PrivateKey.from_private_bytes(b"b" * 32)},
        {"key": "x" * 32, "algorithm": "HS256"},
        {"key": OURS.public_key().public_bytes_raw(), "algorithm": "HS256"},
        {"key": None, "algorithm": "none"},
    ],
    ids=lambda change: "-".join(change),
)
def test_a_token_not_quite_ours_is_refused(change: dict[str, Any]) -> None:
    with pytest.raises(InvalidToken):
        TOKENS.verify(forged(**change), NOON)


def test_a_token_from_the_future_is_refused() -> None:
    token = TOKENS.issue(USER, SESSION, NOON)
    assert TOKENS.verify(token, NOON - timedelta(seconds=LEEWAY)).user == USER
    with pytest.raises(InvalidToken):
        TOKENS.verify(token, NOON - timedelta(seconds=LEEWAY + 1))
