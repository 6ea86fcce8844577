from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from hashlib import sha256
from uuid import UUID, uuid4

import jwt
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from marketplace.application.identity.ports import AccessTokens, SessionToken
from marketplace.domain.identity.session import InvalidToken, TokenExpired
from marketplace.domain.shared.ids import SessionId, UserId

ALGORITHM = "EdDSA"
TYPE = "at+jwt"
LIFETIME = 1800
LEEWAY = 30
"""Seconds that the clocks of our machines may differ."""

LONGEST = 2048
AUDIENCE = "marketplace-api"
REQUIRED = ["iss", "aud", "sub", "sid", "jti", "iat", "exp"]
REMEMBERED = 4096


@dataclass(frozen=True, slots=True)
class _Claims:
    """Times in seconds since 1970."""

    token: SessionToken
    issued_at: int
    expires_at: int


class JwtAccessTokens(AccessTokens):
    """RFC 9068 access tokens, signed with an Ed25519 key made of 32 secret bytes.

    A token's signature is checked once per process and remembered; its times are checked on every call.
    """

    lifetime = LIFETIME

    def __init__(self, key: bytes, *, issuer: str) -> None:
        self._private = Ed25519PrivateKey.from_private_bytes(key)
        self._public = self._private.public_key()
        self._issuer = issuer
        self._headers = {"typ": TYPE, "kid": sha256(self._public.public_bytes_raw()).hexdigest()[:16]}
        self._claims = lru_cache(REMEMBERED)(self._read)

    def issue(self, user: UserId, session: SessionId, now: datetime) -> str:
        issued_at = int(now.timestamp())
        claims = {
            "iss": self._issuer, "aud": AUDIENCE, "sub": str(user), "sid": str(session), "jti": uuid4().hex,
            "iat": issued_at, "exp": issued_at + LIFETIME,
        }  # fmt: skip
        return jwt.encode(claims, self._private, ALGORITHM, self._headers)

    def verify(self, token: str, now: datetime) -> SessionToken:
        claims = self._claims(token)
        seconds = now.timestamp()
        if seconds >= claims.expires_at + LEEWAY:
            raise TokenExpired
        if seconds < claims.issued_at - LEEWAY:
            raise InvalidToken
        return claims.token

    def _read(self, token: str) -> _Claims:
        if len(token) > LONGEST or "=" in token:
            raise InvalidToken
        try:
            read = jwt.decode_complete(
                token, self._public, algorithms=[ALGORITHM], audience=AUDIENCE, issuer=self._issuer,
                options={"require": REQUIRED, "verify_exp": False, "verify_iat": False},
            )  # fmt: skip
            if read["header"].get("typ") != TYPE:
                raise InvalidToken
            claims = read["payload"]
            token_of = SessionToken(UserId(UUID(str(claims["sub"]))), SessionId(UUID(str(claims["sid"]))))
            return _Claims(token_of, int(claims["iat"]), int(claims["exp"]))
        except (jwt.InvalidTokenError, ValueError, TypeError, OverflowError):
            raise InvalidToken from None
