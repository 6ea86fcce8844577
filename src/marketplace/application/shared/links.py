"""What opens one private file for whoever may read it, where no access token can be sent."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Annotated, Protocol

import msgspec
from msgspec import Meta

from marketplace.application.shared.actor import Actor
from marketplace.application.shared.ports import Clock
from marketplace.domain.shared.errors import Forbidden
from marketplace.domain.shared.ids import SessionId, UserId

LINK_LIFE = timedelta(minutes=5)


class InvalidLink(Forbidden):
    """One message for a link that was forged, changed, lent to another object or has expired."""

    code = "invalid_link"

    def __init__(self) -> None:
        super().__init__("the link is not valid, or not any more; ask for a new one")


@dataclass(frozen=True, slots=True)
class Holder:
    """Whom a link was issued to, and in which session."""

    user: UserId
    session: SessionId


class SignedLinks(Protocol):
    """What opens one private object for one user, for LINK_LIFE, where no access token can be sent.

    Whoever issues one has checked that the user may read the object. Whoever opens one checks it again, and that the
    session is not over: a signature knows nothing of access that was lost since.
    """

    def issue(self, holder: Holder, key: str, now: datetime) -> str:
        """Text that may stand in an address."""
        ...

    def open(self, link: str, key: str, now: datetime) -> Holder:
        """Raises InvalidLink."""
        ...


class LinkHolders(Protocol):
    """Asked of identity."""

    async def require_live(self, holder: Holder, now: datetime) -> None:
        """Raises InvalidLink unless the person still may use the service, in the session that the link is for."""
        ...


class LinkView(msgspec.Struct, frozen=True):
    """A path that opens one file for whoever asked for it, until then."""

    url: Annotated[str, Meta(examples=["/files/0197a3c2-5b1e-7c34-9d2f-6a8e1b4c7d90?link=AAEC"])]
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class PrivateLinks:
    """Links to private files. Whether their holder may read the file the caller checks, before and again behind."""

    links: SignedLinks
    holders: LinkHolders
    clock: Clock

    def to(self, actor: Actor, address: str, key: str) -> LinkView:
        """For the session that asks: the link dies with it. Raises SessionRequired."""
        holder, now = Holder(actor.user, actor.own_session()), self.clock.now()
        return LinkView(f"{address}?link={self.links.issue(holder, key, now)}", now + LINK_LIFE)

    async def holder(self, link: str, key: str) -> UserId:
        """Raises InvalidLink."""
        now = self.clock.now()
        holder = self.links.open(link, key, now)
        await self.holders.require_live(holder, now)
        return holder.user
