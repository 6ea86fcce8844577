from collections.abc import Collection, Mapping, Sequence
from datetime import timedelta
from typing import Protocol

from marketplace.application.calls.views import CallView
from marketplace.application.shared.actor import Actor
from marketplace.application.shared.paging import Slice
from marketplace.domain.calls.call import Call
from marketplace.domain.calls.moves import CallId
from marketplace.domain.shared.ids import ConversationId, SessionId, UserId


class Calls(Protocol):
    """Saving ships the events."""

    async def hold_lines(self, *users: UserId) -> Mapping[UserId, CallId]:
        """Who of them is in a live call, and in which. Nobody else can ring them before the transaction ends."""
        ...

    async def add(self, call: Call) -> None:
        """Raises AlreadyInCall where one of the two has another live call."""
        ...

    async def lock(self, call_id: CallId) -> Call:
        """Raises CallNotFound."""
        ...

    async def save(self, call: Call) -> None: ...


class LiveCalls(Protocol):
    """Outside of transactions."""

    async def find(self, call_id: CallId) -> Call:
        """Not locked, in one round trip. Raises CallNotFound."""
        ...

    async def note(self, present: Collection[SessionId]) -> None:
        """These devices have a socket now: those in a live call are noted."""
        ...

    async def lost(self, absence: timedelta, limit: int) -> Sequence[CallId]:
        """Active calls one of whose devices has not been noted for so long, nor has just answered."""
        ...


class CallQueries(Protocol):
    """Reads for the two people; to others a call is not found."""

    async def newest(self, actor: Actor, *, after: CallId | None, skip: int, limit: int) -> Slice[CallView]: ...

    async def call(self, actor: Actor, call_id: CallId) -> CallView: ...


class Lines(Protocol):
    """Asked of messaging, social and identity, outside of transactions."""

    async def members_of(self, conversation_id: ConversationId, actor: Actor) -> Collection[UserId]:
        """Raises ConversationNotFound for who is not in it; CallRefused where one has blocked the other or is gone."""
        ...


class CallLimits(Protocol):
    """How often is too often, of one person."""

    async def start(self, user: UserId) -> None:
        """Raises TooManyCalls."""
        ...

    async def signal(self, user: UserId) -> None:
        """Raises TooManyCalls."""
        ...
