"""Presence and typing in memory: tests/contract/shared/test_presence.py and contract/messaging keep them true."""

from collections import defaultdict
from collections.abc import Collection, Mapping
from datetime import datetime, timedelta
from itertools import islice

from marketplace.application.messaging.presence import Peers, Typists
from marketplace.application.shared.actor import Actor
from marketplace.application.shared.ports import Clock
from marketplace.application.shared.presence import REAPED_AT_ONCE, Presence
from marketplace.application.shared.rooms import FADED_AFTER
from marketplace.domain.messaging.conversation import ConversationNotFound
from marketplace.domain.shared.errors import Unavailable
from marketplace.domain.shared.ids import ConversationId, UserId


class PresenceAway(Unavailable):
    code = "cache_unavailable"


class Everywhere:
    """What all processes know together."""

    def __init__(self) -> None:
        self.nodes: dict[MemoryPresence, set[UserId]] = {}
        self.online: set[UserId] = set()
        self.is_away = False

    def lose_everything(self) -> None:
        self.nodes.clear()
        self.online.clear()


class MemoryPresence(Presence):
    """One process, which counts as dead once it `is_silent`."""

    def __init__(self, everywhere: Everywhere | None = None) -> None:
        self.everywhere = everywhere or Everywhere()
        self.is_silent = False
        self.questions = 0

    async def came(self, users: Collection[UserId]) -> set[UserId]:
        new = set(users) - self.everywhere.online
        self._here().update(users)
        self.everywhere.online |= new
        return new

    async def went(self, users: Collection[UserId]) -> set[UserId]:
        self._here().difference_update(users)
        return self._leave(users)

    async def beat(self) -> int:
        return len(self._here())

    async def reap(self) -> set[UserId] | None:
        self._ask()
        for node in list(self.everywhere.nodes):
            if node.is_silent:
                left = self.everywhere.nodes[node]
                some = set(islice(left, REAPED_AT_ONCE))
                left -= some
                if not some:
                    del self.everywhere.nodes[node]
                return self._leave(some)
        return None

    async def online(self, users: Collection[UserId]) -> set[UserId] | None:
        return None if self.everywhere.is_away else self.everywhere.online & set(users)

    def _here(self) -> set[UserId]:
        self._ask()
        return self.everywhere.nodes.setdefault(self, set())

    def _leave(self, users: Collection[UserId]) -> set[UserId]:
        live = [some for node, some in self.everywhere.nodes.items() if not node.is_silent]
        gone = set(users).difference(*live)
        self.everywhere.online -= gone
        return gone

    def _ask(self) -> None:
        self.questions += 1
        if self.everywhere.is_away:
            raise PresenceAway("the cache does not answer")


class MemoryTypists(Typists):
    def __init__(self, clock: Clock, life: float = FADED_AFTER, pause: float = 1.0) -> None:
        self._clock = clock
        self._life, self._pause = timedelta(seconds=life), timedelta(seconds=pause)
        self._typing: defaultdict[ConversationId, dict[UserId, datetime]] = defaultdict(dict)
        self._quiet: dict[tuple[ConversationId, UserId], datetime] = {}

    async def begins(self, conversation_id: ConversationId, user: UserId) -> bool:
        now = self._clock.now()
        if now < self._quiet.get((conversation_id, user), now):
            return False
        self._quiet[conversation_id, user] = now + self._pause
        self._typing[conversation_id][user] = now + self._life
        return True

    async def ends(self, conversation_id: ConversationId, user: UserId) -> bool:
        return self._typing[conversation_id].pop(user, None) is not None

    async def of(self, conversation_id: ConversationId) -> set[UserId]:
        return {user for user, until in self._typing[conversation_id].items() if until > self._clock.now()}


class MemoryPeers(Peers):
    def __init__(self) -> None:
        self.members: dict[ConversationId, set[UserId]] = {}
        self.archived: set[tuple[UserId, ConversationId]] = set()
        self.blocks: set[frozenset[UserId]] = set()

    async def of(self, users: Collection[UserId]) -> Mapping[UserId, Collection[UserId]]:
        found = {user: {
            other
            for conversation, members in self.members.items() if user in members
            and (user, conversation) not in self.archived
            for other in members if self._meet(user, other)
        } for user in users}  # fmt: skip
        return {user: peers for user, peers in found.items() if peers}

    async def inside(self, actor: Actor, conversation_id: ConversationId) -> Collection[UserId]:
        members = self.members.get(conversation_id, set())
        if actor.user not in members:
            raise ConversationNotFound("no such conversation", conversation_id=conversation_id)
        return [other for other in members if self._meet(actor.user, other)]

    def _meet(self, one: UserId, other: UserId) -> bool:
        return one != other and frozenset({one, other}) not in self.blocks
