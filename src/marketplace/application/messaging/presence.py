"""Who is there and who is typing: told now or never to those who share a conversation."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Protocol

from marketplace.application.shared.actor import Actor, Permission
from marketplace.application.shared.presence import Presence
from marketplace.application.shared.rooms import Rooms
from marketplace.domain.shared.ids import ConversationId, UserId

MOST_CONVERSATIONS = 200
"""Whose members are told of somebody: the latest."""


class Peers(Protocol):
    """Whom people talk with; neither who blocked them nor whom they blocked."""

    async def of(self, users: Collection[UserId]) -> Mapping[UserId, Collection[UserId]]:
        """In their latest conversations that they did not archive; nothing for who has none."""
        ...

    async def inside(self, actor: Actor, conversation_id: ConversationId) -> Collection[UserId]:
        """The other members; raises ConversationNotFound to outsiders."""
        ...


class Typists(Protocol):
    """Forgotten after FADED_AFTER seconds, and whenever the cache does not answer; raises nothing."""

    async def begins(self, conversation_id: ConversationId, user: UserId) -> bool:
        """Whether to tell: once in a second."""
        ...

    async def ends(self, conversation_id: ConversationId, user: UserId) -> bool:
        """Whether to tell: they were typing."""
        ...

    async def of(self, conversation_id: ConversationId) -> set[UserId]: ...


@dataclass(frozen=True, slots=True)
class TellPeers:
    peers: Peers
    presence: Presence
    rooms: Rooms

    async def online(self, users: Collection[UserId]) -> None:
        await self._tell("user:online", users)

    async def offline(self, users: Collection[UserId]) -> None:
        await self._tell("user:offline", users)

    async def _tell(self, name: str, users: Collection[UserId]) -> None:
        """Those of their peers who are there; all are looked up together."""
        if not users:
            return
        peers = await self.peers.of(users)
        there = await self.presence.online(set().union(*peers.values())) or set()
        for user, some in peers.items():
            if rooms := [_room(peer) for peer in some if peer in there]:
                await self.rooms.tell(rooms, name, {"userId": user})


@dataclass(frozen=True, slots=True)
class Typing:
    typists: Typists
    rooms: Rooms

    async def begins(self, conversation_id: ConversationId, user: UserId, others: Collection[UserId]) -> None:
        """It fades by itself."""
        if await self.typists.begins(conversation_id, user):
            await self._tell("typing:active", conversation_id, user, others, fades_to="typing:inactive")

    async def ends(self, conversation_id: ConversationId, user: UserId, others: Collection[UserId]) -> None:
        if await self.typists.ends(conversation_id, user):
            await self._tell("typing:inactive", conversation_id, user, others)

    async def _tell(
        self,
        name: str,
        conversation_id: ConversationId,
        user: UserId,
        others: Collection[UserId],
        *,
        fades_to: str | None = None,
    ) -> None:
        """In the same order each time: what fades is known by it."""
        rooms = [_room(other) for other in sorted(others)]
        await self.rooms.tell(rooms, name, {"conversationId": conversation_id, "userId": user}, fades_to=fades_to)


@dataclass(frozen=True, slots=True)
class SayTyping:
    peers: Peers
    typing: Typing

    async def __call__(self, actor: Actor, conversation_id: ConversationId, *, begins: bool) -> None:
        """To the other members. Raises ConversationNotFound to outsiders."""
        actor.require(Permission.CONVERSE)
        if others := await self.peers.inside(actor, conversation_id):
            say = self.typing.begins if begins else self.typing.ends
            await say(conversation_id, actor.user, others)


@dataclass(frozen=True, slots=True)
class LookInside:
    """Who of the others is there, None while that is not known, and who is typing."""

    peers: Peers
    typists: Typists
    presence: Presence

    async def __call__(self, actor: Actor, conversation_id: ConversationId) -> Mapping[str, Collection[UserId] | None]:
        others = set(await self.peers.inside(actor, conversation_id))
        online = await self.presence.online(others)
        typing = await self.typists.of(conversation_id)
        return {"online": None if online is None else sorted(online), "typing": sorted(typing & others)}


def _room(user: UserId) -> str:
    return f"user:{user}"
