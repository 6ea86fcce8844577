"""In-memory adapters of the social context, and of what identity asks of others about people."""

from collections.abc import Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Self, TypeVar
from uuid import UUID

from marketplace.application.identity.people_ports import (
    Obligations,
    PersonalRecords,
    PersonalTraces,
    WorkerProfiles,
)
from marketplace.application.shared.ports import Timers, Transaction
from marketplace.application.social.ports import People, Relations
from marketplace.application.trading.ports import Blocks
from marketplace.domain.identity.worker_profile import WorkerProfile
from marketplace.domain.shared.aggregate import DomainEvent
from marketplace.domain.shared.ids import UserId
from marketplace.domain.social.relations import Block, Follow

Result = TypeVar("Result")


class MemoryBlocks(Blocks):
    """Trading's view of who has blocked whom."""

    def __init__(self) -> None:
        self.pairs: set[frozenset[UserId]] = set()

    def add(self, one: UserId, other: UserId) -> None:
        self.pairs.add(frozenset({one, other}))

    async def between(self, one: UserId, other: UserId) -> bool:
        return frozenset({one, other}) in self.pairs


@dataclass(slots=True)
class SocialRows:
    follows: dict[tuple[UserId, UserId], Follow] = field(default_factory=dict)
    """By follower and followed."""
    blocks: dict[tuple[UserId, UserId], Block] = field(default_factory=dict)
    events: list[DomainEvent] = field(default_factory=list)


class MemorySocial(Transaction):
    """What a failed block wrote is gone, as in SQL."""

    def __init__(self) -> None:
        self.rows = SocialRows()
        self.blocks_run = 0

    async def __aenter__(self) -> Self:
        self._before = deepcopy(self.rows)
        self.blocks_run += 1
        return self

    async def __aexit__(self, *exc_info: object) -> None:
        if exc_info[0] is not None:
            self.rows = self._before

    def answers(self, result: Result) -> Result:
        return result


class MemoryPeople(People):
    def __init__(self, *active: UserId) -> None:
        self.active = set(active)

    async def is_active(self, user_id: UserId) -> bool:
        return user_id in self.active


class MemoryRelations(Relations):
    def __init__(self, store: MemorySocial) -> None:
        self._store = store

    async def lock_pair(self, one: UserId, other: UserId) -> None:
        pass

    async def follow(self, follow: Follow) -> Follow:
        key = (follow.follower, follow.followed)
        if key not in self._store.rows.follows:
            self._store.rows.events += follow.pull_events()
            self._store.rows.follows[key] = deepcopy(follow)
        return deepcopy(self._store.rows.follows[key])

    async def unfollow(self, follower: UserId, followed: UserId) -> None:
        self._store.rows.follows.pop((follower, followed), None)

    async def block(self, block: Block) -> Block:
        await self.unfollow(block.blocker, block.blocked)
        await self.unfollow(block.blocked, block.blocker)
        return self._store.rows.blocks.setdefault((block.blocker, block.blocked), block)

    async def unblock(self, blocker: UserId, blocked: UserId) -> None:
        self._store.rows.blocks.pop((blocker, blocked), None)

    async def blocked_between(self, one: UserId, other: UserId) -> bool:
        return bool({(one, other), (other, one)} & self._store.rows.blocks.keys())

    async def forget(self, user_id: UserId, limit: int) -> int:
        forgotten = 0
        for kind in (self._store.rows.follows, self._store.rows.blocks):
            table: dict[tuple[UserId, UserId], Any] = kind
            gone = [key for key in table if user_id in key][:limit]
            for key in gone:
                del table[key]
            forgotten += len(gone)
        return forgotten


class MemoryWorkerProfiles(WorkerProfiles, PersonalTraces):
    def __init__(self) -> None:
        self.profiles: dict[UserId, WorkerProfile] = {}
        self.listed: set[UserId] = set()
        self.wiped: list[UserId] = []

    async def save(self, profile: WorkerProfile, *, listed: bool) -> None:
        self.profiles[profile.user_id] = deepcopy(profile)
        await self.list(profile.user_id, listed=listed)

    async def list(self, user_id: UserId, *, listed: bool) -> None:
        self.listed.discard(user_id)
        if listed and user_id in self.profiles:
            self.listed.add(user_id)

    async def remove(self, user_id: UserId) -> None:
        self.profiles.pop(user_id, None)
        self.listed.discard(user_id)

    async def wipe(self, user_id: UserId) -> None:
        self.wiped.append(user_id)


class ListedTimers(Timers):
    def __init__(self) -> None:
        self.rings: dict[tuple[str, UUID], datetime] = {}

    def set(self, timer: str, subject: UUID, at: datetime) -> None:
        self.rings[timer, subject] = at

    def clear(self, timer: str, subject: UUID) -> None:
        self.rings.pop((timer, subject), None)


class MemoryObligations(Obligations):
    def __init__(self) -> None:
        self.business: list[str] = []

    async def of(self, user_id: UserId) -> Sequence[str]:
        return self.business


class MemoryRecords(PersonalRecords):
    """`records` by kind."""

    def __init__(self, records: Mapping[str, Sequence[bytes]]) -> None:
        self._records = records

    async def of(self, user_id: UserId, most: int) -> Mapping[str, Sequence[bytes]]:
        return {kind: rows[:most] for kind, rows in self._records.items()}
