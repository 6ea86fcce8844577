"""In-memory notification centre. It honours the port contracts, see tests/contract/notifications."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from marketplace.adapters.mail.notifications import CatalogWording
from marketplace.adapters.mail.phrases import Phrases
from marketplace.application.notifications.centre_ports import (
    Centre,
    Collected,
    Notification,
    NotificationId,
    NotificationNotFound,
    NotificationQueries,
    PreferenceBook,
    Wishes,
)
from marketplace.application.notifications.push import Push, Pushes
from marketplace.application.notifications.views import NotificationView, PreferencesView, UnreadView
from marketplace.application.shared.actor import Actor
from marketplace.application.shared.letters import Language, Letter
from marketplace.application.shared.paging import Slice
from marketplace.application.shared.posting import CollectedLetter
from marketplace.domain.notifications.kinds import GROUP_OF, NotificationKind
from marketplace.domain.notifications.preferences import Preferences
from marketplace.domain.shared.ids import UserId

WORDING = CatalogWording(Phrases())


class MemoryBook(PreferenceBook):
    def __init__(self) -> None:
        self.preferences: dict[UserId, Preferences] = {}
        self.languages: dict[UserId, Language] = {}
        self.have_devices: set[UserId] = set()

    async def of(self, people: Collection[UserId]) -> Mapping[UserId, Wishes]:
        return {one: self.wishes(one) for one in people}

    async def put(self, user: UserId, preferences: Preferences, now: datetime) -> None:
        self.preferences[user] = preferences

    def wishes(self, user: UserId) -> Wishes:
        language = self.languages.get(user, Language.ENGLISH)
        return Wishes(self.preferences.get(user, Preferences()), language, user in self.have_devices)


@dataclass
class Kept:
    row: Notification
    read_at: datetime | None = None


class MemoryCentre(Centre, NotificationQueries):
    """Everybody's in one list, the oldest first."""

    def __init__(self, book: MemoryBook) -> None:
        self.kept: list[Kept] = []
        self._book = book

    async def add(self, new: Sequence[Notification]) -> Sequence[int]:
        counts = []
        for one in new:
            self.kept.append(Kept(one))
            counts.append(len(self._unread_of(one.user)))
        return counts

    async def read(self, user: UserId, one: NotificationId, now: datetime) -> int:
        kept = self._find(user, one)
        was_unread, kept.read_at = kept.read_at is None, kept.read_at or now
        return int(was_unread)

    async def read_some(self, user: UserId, now: datetime, most: int) -> int:
        some = [kept for kept in self._unread_of(user) if kept.row.created_at <= now][:most]
        for kept in some:
            kept.read_at = now
        return len(some)

    async def remove(self, user: UserId, one: NotificationId) -> int:
        kept = self._find(user, one)
        self.kept.remove(kept)
        return int(kept.read_at is None)

    async def remove_read(self, user: UserId, most: int) -> int:
        return self._drop([kept for kept in self._of(user) if kept.read_at], most)

    async def forget_read(self, before: datetime, most: int) -> int:
        return self._drop([kept for kept in self.kept if kept.read_at and kept.row.created_at < before], most)

    async def forget_person(self, user: UserId, most: int) -> int:
        chosen = self._book.preferences.pop(user, None)
        return self._drop(self._of(user), most) + int(chosen is not None)

    async def unread_of(self, user: UserId) -> int:
        return len(self._unread_of(user))

    async def unread(self, actor: Actor) -> UnreadView:
        return UnreadView(len(self._unread_of(actor.user)))

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
        its = [
            kept
            for kept in reversed(self._of(actor.user))
            if (not unread or kept.read_at is None) and kind in {None, kept.row.kind}
        ]
        places = [place for place, kept in enumerate(its) if kept.row.id == after]
        begin = places[0] + 1 if places else skip
        found = its[begin : begin + limit]
        return Slice([self._view(kept) for kept in found], len(its), len(its) > begin + limit)

    async def one(self, actor: Actor, notification_id: NotificationId) -> NotificationView:
        return self._view(self._find(actor.user, notification_id))

    async def preferences(self, actor: Actor) -> PreferencesView:
        return PreferencesView.of(self._book.wishes(actor.user).preferences)

    def _of(self, user: UserId) -> list[Kept]:
        return [kept for kept in self.kept if kept.row.user == user]

    def _unread_of(self, user: UserId) -> list[Kept]:
        return [kept for kept in self._of(user) if kept.read_at is None]

    def _find(self, user: UserId, one: NotificationId) -> Kept:
        for kept in self._of(user):
            if kept.row.id == one:
                return kept
        raise NotificationNotFound("no such notification")

    def _drop(self, some: Sequence[Kept], most: int) -> int:
        for kept in some[:most]:
            self.kept.remove(kept)
        return len(some[:most])

    def _view(self, kept: Kept) -> NotificationView:
        row = kept.row
        said = WORDING.say(row.kind, row.data, self._book.wishes(row.user).language)
        return NotificationView(
            row.id, row.kind, GROUP_OF[row.kind], said.title, said.body, row.data, row.created_at, kept.read_at
        )  # fmt: skip


class MemoryCollected(Collected):
    def __init__(self) -> None:
        self.letters: defaultdict[UserId, list[Any]] = defaultdict(list)

    async def add(self, user: UserId, letter: Letter, now: datetime) -> None:
        self.letters[user].append(letter)

    async def take(self, user: UserId, most: int) -> tuple[Sequence[CollectedLetter], int]:
        its = self.letters.pop(user, [])
        return its[-most:], max(0, len(its) - most)

    async def any_of(self, user: UserId) -> bool:
        return bool(self.letters.get(user))


class MemoryPushes(Pushes):
    def __init__(self) -> None:
        self.added: list[tuple[UserId, Push, datetime | None]] = []

    def add(self, to: UserId, push: Push, not_before: datetime | None = None) -> None:
        self.added.append((to, push, not_before))
