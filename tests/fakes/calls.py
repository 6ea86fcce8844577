"""Calls in memory: tests/contract/calls keeps them true."""

from collections.abc import Collection, Mapping, Sequence
from copy import deepcopy
from datetime import datetime, timedelta
from uuid import uuid4

from dishka import Provider, Scope, provide

from marketplace.application.calls.ports import Calls, Lines, LiveCalls
from marketplace.application.shared.actor import Actor
from marketplace.application.shared.ports import Clock
from marketplace.domain.calls.call import Call
from marketplace.domain.calls.moves import (
    AlreadyInCall,
    CallId,
    CallNotFound,
    CallRefused,
    CallStatus,
    ConversationNotFound,
)
from marketplace.domain.shared.errors import StaleAggregate
from marketplace.domain.shared.ids import ConversationId, SessionId, UserId
from tests.fakes.world import MemoryTransaction


class MemoryCalls(Calls, LiveCalls):
    def __init__(self, transaction: MemoryTransaction, clock: Clock) -> None:
        self._transaction = transaction
        self._clock = clock
        self._seen: dict[tuple[CallId, UserId], datetime] = {}

    async def hold_lines(self, *users: UserId) -> Mapping[UserId, CallId]:
        live = [one for one in self._transaction.inside.calls.values() if one.is_live]
        return {user: one.id for one in live for user in (one.caller, one.callee) if user in users}

    async def add(self, call: Call) -> None:
        if call.is_live and await self.hold_lines(call.caller, call.callee):
            raise AlreadyInCall("one of you is in another call")
        self._note(call)
        self._write(call)

    async def lock(self, call_id: CallId) -> Call:
        return _found(self._transaction.inside.calls, call_id)

    async def save(self, call: Call) -> None:
        stored = self._transaction.inside.calls[call.id]
        if stored.version != call.version:
            raise StaleAggregate("the call changed meanwhile; load it again")
        if call.status is CallStatus.ACTIVE:
            self._note(call)
        call.version += 1
        self._write(call)

    async def find(self, call_id: CallId) -> Call:
        return _found(self._transaction.rows.calls, call_id)

    async def note(self, present: Collection[SessionId]) -> None:
        for call in self._transaction.rows.calls.values():
            for user, device in call.devices.items():
                if call.is_live and device in present:
                    self._seen[call.id, user] = self._clock.now()

    async def lost(self, absence: timedelta, limit: int) -> Sequence[CallId]:
        active = [one for one in self._transaction.rows.calls.values() if one.status is CallStatus.ACTIVE]
        since = self._clock.now() - absence
        gone = [one.id for one in active if min(self._seen[one.id, user] for user in (one.caller, one.callee)) < since]
        return gone[:limit]

    def _note(self, call: Call) -> None:
        for user in (call.caller, call.callee):
            self._seen[call.id, user] = self._clock.now()

    def _write(self, call: Call) -> None:
        self._transaction.ship(call)
        self._transaction.inside.calls[call.id] = deepcopy(call)


def _found(calls: Mapping[CallId, Call], call_id: CallId) -> Call:
    if call_id not in calls:
        raise CallNotFound("no such call")
    return deepcopy(calls[call_id])


class MemoryLines(Lines):
    def __init__(self) -> None:
        self._members: dict[ConversationId, frozenset[UserId]] = {}
        self.blocks: set[frozenset[UserId]] = set()
        self.gone: set[UserId] = set()

    def between(self, *members: UserId) -> ConversationId:
        conversation = ConversationId(uuid4())
        self._members[conversation] = frozenset(members)
        return conversation

    async def members_of(self, conversation_id: ConversationId, actor: Actor) -> Collection[UserId]:
        members = self._members.get(conversation_id, frozenset())
        if actor.user not in members:
            raise ConversationNotFound("no such conversation")
        if self.gone & members or any(frozenset({actor.user, one}) in self.blocks for one in members):
            raise CallRefused("you cannot call this person")
        return members


class LinesOfTheTest(Provider):
    """In the place of those of messaging."""

    def __init__(self, lines: Lines) -> None:
        super().__init__()
        self._lines = lines

    @provide(scope=Scope.APP, override=True)
    def lines(self) -> Lines:
        return self._lines
