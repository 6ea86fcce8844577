from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

import msgspec

from marketplace.domain.notifications.kinds import Group, NotificationKind
from marketplace.domain.notifications.preferences import Channel, Every, Preferences, Weekday


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


class NotificationView(msgspec.Struct, frozen=True):
    """In the language of the account. `data` is what the event said, with the ids to open."""

    id: UUID
    kind: NotificationKind
    group: Group
    title: Annotated[str, msgspec.Meta(examples=["You have a new offer"])]
    body: Annotated[str, msgspec.Meta(examples=["Price: 750.00 AED"])]
    data: Mapping[str, Any]
    created_at: datetime
    read_at: datetime | None


class UnreadView(msgspec.Struct, frozen=True):
    count: int


class ChannelsView(msgspec.Struct, frozen=True):
    in_app: bool
    push: bool
    email: Annotated[bool, msgspec.Meta(examples=[True])]
    sms: bool


class QuietTimeView(msgspec.Struct, frozen=True):
    """On the clock of the time zone; they may go past midnight."""

    begins: str = msgspec.field(name="from")
    until: str


class DigestView(msgspec.Struct, frozen=True):
    """`weekday` counts for weekly ones."""

    every: Every
    hour: int
    weekday: Weekday
    groups: list[Group]


class PreferencesView(msgspec.Struct, frozen=True):
    channels: dict[Group, ChannelsView]
    time_zone: str
    quiet_hours: QuietTimeView | None
    digest: DigestView | None

    @classmethod
    def of(cls, preferences: Preferences) -> "PreferencesView":
        hours, digest = preferences.quiet_hours, preferences.digest
        return cls(
            channels={
                group: ChannelsView(**{channel.value: preferences.allow(group, channel) for channel in Channel})
                for group in Group
            },
            time_zone=preferences.time_zone,
            quiet_hours=None if hours is None else QuietTimeView(f"{hours.begins:%H:%M}", f"{hours.ends:%H:%M}"),
            digest=None
            if digest is None
            else DigestView(digest.every, digest.hour, digest.weekday, sorted(digest.groups)),
        )
