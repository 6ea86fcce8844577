from datetime import datetime
from uuid import UUID

import msgspec


class EventView(msgspec.Struct, frozen=True):
    """One event of a user's own sequence; `data` is JSON text that passes through as it is."""

    seq: int
    id: UUID
    name: str
    data: msgspec.Raw
    timestamp: datetime


class EventPage(msgspec.Struct, frozen=True):
    """Events in order without a hole; `last_seq` is the newest number of the user, 0 before the first event.

    `first_seq` is the oldest number that is kept, or `last_seq + 1`: what is older was forgotten.
    """

    events: list[EventView]
    first_seq: int
    last_seq: int
    has_more: bool

    def follows(self, seq: int) -> bool:
        """Whether everything behind `seq` is still kept."""
        return seq >= self.first_seq - 1
