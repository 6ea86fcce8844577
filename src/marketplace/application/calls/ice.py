import hashlib
import hmac
from base64 import b64encode
from dataclasses import dataclass
from datetime import datetime, timedelta

from marketplace.application.calls.views import IceServer, IceServersView
from marketplace.application.shared.actor import Actor
from marketplace.application.shared.ports import Clock
from marketplace.domain.shared.ids import UserId

CREDENTIAL_LIFE = timedelta(hours=1)
"""Asked for before each call; a relay that is in use outlives it."""


@dataclass(frozen=True, slots=True)
class Turn:
    """Relays for those who cannot reach each other: stun:, turn: and turns: URLs, and the secret shared with them."""

    urls: tuple[str, ...] = ()
    secret: bytes = b""


def turn_credential(user: UserId, expires_at: datetime, secret: bytes) -> tuple[str, str]:
    """Username and credential that coturn checks with the same secret (`use-auth-secret`)."""
    username = f"{int(expires_at.timestamp())}:{user}"
    digest = hmac.digest(secret, username.encode(), hashlib.sha1)
    return username, b64encode(digest).decode()


@dataclass(frozen=True, slots=True)
class IssueIceServers:
    turn: Turn
    clock: Clock

    def __call__(self, actor: Actor) -> IceServersView:
        """Raises SessionRequired."""
        actor.own_session()
        expires_at = self.clock.now().replace(microsecond=0) + CREDENTIAL_LIFE
        stun = [url for url in self.turn.urls if url.startswith("stun:")]
        relays = [url for url in self.turn.urls if not url.startswith("stun:")]
        servers = [IceServer(stun)] if stun else []
        if relays:
            servers.append(IceServer(relays, *turn_credential(actor.user, expires_at, self.turn.secret)))
        return IceServersView(servers, expires_at)
