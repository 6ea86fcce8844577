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
    """Events in order without a hole; `last_seq` is the newest number of the user, 0 before the first event."""

    events: list[EventView]
    last_seq: int
    has_more: bool
