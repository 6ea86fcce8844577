"""Letters that are sent after a commit, by a job each."""

from datetime import datetime
from typing import Any, Protocol
from uuid import UUID

import msgspec

from marketplace.application.shared.letters import (
    DisputeLetter,
    Letter,
    OrderLetter,
    PayoutLetter,
    SubscriptionLetter,
    TradeLetter,
)
from marketplace.application.shared.messages import MessageChannel
from marketplace.domain.shared.ids import UserId


class News(Letter, frozen=True, tag="news"):
    """A notification of the centre as a letter: `kind` has the words, `facts` are what its notice told."""

    kind: str
    facts: dict[str, Any]


CollectedLetter = TradeLetter | OrderLetter | DisputeLetter | PayoutLetter | SubscriptionLetter | News


class Digest(Letter, frozen=True, tag="digest"):
    """Letters in one, the oldest first; so many `more` there were before them."""

    letters: tuple[CollectedLetter, ...]
    more: int


class PostedLetter(msgspec.Struct, frozen=True):
    """The same letter for the same `occasion` keeps its message id."""

    to: UserId
    letter: CollectedLetter | Digest
    occasion: UUID
    channel: MessageChannel = MessageChannel.EMAIL


SEND_POSTED = "letters.send_posted"
"""The job that sends one."""


class Post(Protocol):
    def add(self, letter: PostedLetter, not_before: datetime | None = None) -> None:
        """Have it sent after the commit of the running transaction, by a job of its own."""
        ...
