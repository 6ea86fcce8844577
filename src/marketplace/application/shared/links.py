from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

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
