from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from uuid import UUID, uuid4

import jwt

from marketplace.adapters.security.key_ring import HeldKey, KeyRing
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


class _UnknownKey(InvalidToken): ...


@dataclass(frozen=True, slots=True)
class _Claims:
    """Times in seconds since 1970."""

    token: SessionToken
    kid: str
    issued_at: int
    expires_at: int


class JwtAccessTokens(AccessTokens):
    """RFC 9068 access tokens, signed with Ed25519 by the key ring's newest key.

    A token's signature is checked once per process and remembered; its times, and that its key is not retired, are
    checked on every call.
    """

    lifetime = LIFETIME

    def __init__(self, ring: KeyRing, *, issuer: str) -> None:
        self._ring = ring
        self._issuer = issuer
        self._claims = lru_cache(REMEMBERED)(self._read)

    def issue(self, user: UserId, session: SessionId, now: datetime) -> str:
        issued_at = int(now.timestamp())
        kid, private = self._ring.signer(now.timestamp())
        claims = {
            "iss": self._issuer, "aud": AUDIENCE, "sub": str(user), "sid": str(session), "jti": uuid4().hex,
            "iat": issued_at, "exp": issued_at + LIFETIME,
        }  # fmt: skip
        return jwt.encode(claims, private, ALGORITHM, {"typ": TYPE, "kid": kid})

    async def verify(self, token: str, now: datetime) -> SessionToken:
        try:
            claims = self._claims(token)
        except _UnknownKey:
            await self._ring.reload_for_an_unknown_key()
            claims = self._claims(token)
        seconds = now.timestamp()
        if seconds >= claims.expires_at + LEEWAY:
            raise TokenExpired
        if seconds < claims.issued_at - LEEWAY or seconds >= self._key(claims.kid).retired_at:
            raise InvalidToken
        return claims.token

    def _key(self, kid: object) -> HeldKey:
        held = self._ring.verifier(kid) if isinstance(kid, str) else None
        if held is None:
            raise _UnknownKey
        return held

    def _read(self, token: str) -> _Claims:
        if len(token) > LONGEST or "=" in token:
            raise InvalidToken
        try:
            kid = jwt.get_unverified_header(token).get("kid", "")
            read = jwt.decode_complete(
                token, self._key(kid).public, algorithms=[ALGORITHM], audience=AUDIENCE, issuer=self._issuer,
                options={"require": REQUIRED, "verify_exp": False, "verify_iat": False},
            )  # fmt: skip
            if read["header"].get("typ") != TYPE:
                raise InvalidToken
            claims = read["payload"]
            token_of = SessionToken(UserId(UUID(str(claims["sub"]))), SessionId(UUID(str(claims["sid"]))))
            return _Claims(token_of, kid, int(claims["iat"]), int(claims["exp"]))
        except (jwt.InvalidTokenError, ValueError, TypeError, OverflowError):
            raise InvalidToken from None
