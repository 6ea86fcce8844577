"""What the notification centre needs of the database and of the words of each kind."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NewType, Protocol
from uuid import UUID

import msgspec

from marketplace.application.notifications.views import NotificationView, PreferencesView, UnreadView
from marketplace.application.shared.actor import Actor
from marketplace.application.shared.letters import Language, Letter
from marketplace.application.shared.paging import Slice
from marketplace.application.shared.posting import CollectedLetter
from marketplace.domain.notifications.kinds import NotificationKind
from marketplace.domain.notifications.preferences import Preferences
from marketplace.domain.shared.errors import NotFound
from marketplace.domain.shared.ids import UserId

NotificationId = NewType("NotificationId", UUID)


class NotificationNotFound(NotFound):
    code = "notification_not_found"


@dataclass(frozen=True, slots=True)
class Notification:
    id: NotificationId
    user: UserId
    kind: NotificationKind
    data: Mapping[str, object]
    created_at: datetime


class Centre(Protocol):
    """Everybody's notifications, with a count of the unread ones that is changed along with them."""

    async def add(self, new: Sequence[Notification]) -> Sequence[int]:
        """After each: how many its person has not read."""
        ...

    async def read(self, user: UserId, one: NotificationId, now: datetime) -> int:
        """Marks it as read; how many were unread: 1 or 0. Raises NotificationNotFound."""
        ...

    async def read_some(self, user: UserId, now: datetime, most: int) -> int:
        """Marks unread ones of before `now` as read, the oldest first; how many."""
        ...

    async def remove(self, user: UserId, one: NotificationId) -> int:
        """How many of what is gone were unread: 1 or 0. Raises NotificationNotFound."""
        ...

    async def remove_read(self, user: UserId, most: int) -> int: ...

    async def unread_of(self, user: UserId) -> int: ...

    async def forget_read(self, before: datetime, most: int) -> int:
        """Removes anybody's that were made before then and read; how many."""
        ...

    async def forget_person(self, user: UserId, most: int) -> int:
        """Removes some of all that is kept here of a person; how many rows, 0 when nothing is left."""
        ...


@dataclass(frozen=True, slots=True)
class Wishes:
    """What one person wants to be told, in which language, and whether any device takes pushes."""

    preferences: Preferences
    language: Language
    has_devices: bool


class PreferenceBook(Protocol):
    async def of(self, people: Collection[UserId]) -> Mapping[UserId, Wishes]:
        """Of each; defaults where nothing was chosen. Without a lock."""
        ...

    async def put(self, user: UserId, preferences: Preferences, now: datetime) -> None: ...


class Collected(Protocol):
    """Letters that wait for the digest of their person."""

    async def add(self, user: UserId, letter: Letter, now: datetime) -> None: ...

    async def take(self, user: UserId, most: int) -> tuple[Sequence[CollectedLetter], int]:
        """Removes all of them; gives the newest `most`, the oldest of these first, and how many more there were."""
        ...

    async def any_of(self, user: UserId) -> bool: ...


class NotificationQueries(Protocol):
    async def page(
        self,
        actor: Actor,
        *,
        unread: bool,
        kind: NotificationKind | None,
        after: NotificationId | None,
        skip: int,
        limit: int,
    ) -> Slice[NotificationView]:
        """The actor's own, newest first, in the language of the account."""
        ...

    async def one(self, actor: Actor, notification_id: NotificationId) -> NotificationView:
        """Raises NotificationNotFound for those of others too."""
        ...

    async def unread(self, actor: Actor) -> UnreadView: ...

    async def preferences(self, actor: Actor) -> PreferencesView:
        """As they act, defaults included."""
        ...


class Said(msgspec.Struct, frozen=True):
    title: str
    body: str


class Wording(Protocol):
    def say(self, kind: str, facts: Mapping[str, object], language: Language) -> Said:
        """The words of a kind for what its notice told. A person's own text appears in one line and isolated."""
        ...
