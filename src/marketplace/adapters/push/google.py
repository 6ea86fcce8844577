import asyncio
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import jwt
import msgspec

from marketplace.adapters.egress import ProviderHttp
from marketplace.adapters.push.answers import PushUnavailable
from marketplace.adapters.push.keys import ServiceAccount
from marketplace.application.shared.ports import Clock

SCOPE = "https://www.googleapis.com/auth/firebase.messaging"
GRANT = "urn:ietf:params:oauth:grant-type:jwt-bearer"
LIFE = timedelta(hours=1)
EARLY = timedelta(minutes=2)
"""So long before its end a token is replaced."""


class _Token(msgspec.Struct, frozen=True):
    access_token: str
    expires_in: int


@dataclass(slots=True)
class GoogleTokens:
    """Access tokens by signed assertion (RFC 7523), each used until shortly before its end."""

    http: ProviderHttp
    account: ServiceAccount
    clock: Clock
    _token: str = field(default="", repr=False)
    _good_until: datetime | None = None
    _turn: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def current(self) -> str:
        """Raises PushUnavailable."""
        async with self._turn:
            if self._good_until is None or self.clock.now() >= self._good_until:
                await self._renew()
            return self._token

    def drop(self, token: str) -> None:
        """It was refused."""
        if token == self._token:
            self._good_until = None

    async def _renew(self) -> None:
        now, account = self.clock.now(), self.account
        claims = {
            "iss": account.client_email, "scope": SCOPE, "aud": account.token_uri, "iat": now, "exp": now + LIFE,
        }  # fmt: skip
        assertion = jwt.encode(claims, account.private_key, "RS256", {"kid": account.private_key_id})
        answer = await self.http.request("POST", account.token_uri, data={"grant_type": GRANT, "assertion": assertion})
        try:
            token = msgspec.json.decode(answer.body, type=_Token) if answer.status == 200 else None
        except msgspec.DecodeError:
            token = None
        if token is None:
            raise PushUnavailable(f"Google gives no access token ({answer.status}); look at FCM_CREDENTIALS")
        self._token = token.access_token
        self._good_until = now + timedelta(seconds=token.expires_in) - EARLY
