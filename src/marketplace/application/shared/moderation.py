from datetime import datetime
from enum import StrEnum
from typing import Protocol
from uuid import UUID

NEWEST_REPORTS = 5
"""That a moderator sees of each item."""


class Reported(StrEnum):
    """What moderators decide about that is no listing."""

    REVIEW = "feedback"
    MESSAGE = "message"


class ModerationDesk(Protocol):
    """In the running transaction."""

    async def put(self, kind: Reported, subject: UUID, item_id: UUID, now: datetime) -> UUID:
        """One report more: the id of the subject's open item, which is `item_id` if there was none."""
        ...
