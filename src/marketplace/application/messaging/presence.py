"""Who is there and who is typing: told now or never to those who share a conversation."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Protocol

from marketplace.application.shared.actor import Actor, Permission
from marketplace.application.shared.presence import Presence
from marketplace.application.shared.rooms import Rooms
from marketplace.domain.messaging.message import ConversationId
from marketplace.domain.shared.ids import UserId

MOST_PEERS = 200
"""Of the latest conversations."""


class Peers(Protocol):
    """Whom people talk with; not those who have blocked them or whom they have blocked."""

    async def of(self, users: Collection[UserId]) -> Mapping[UserId, Collection[UserId]]:
        """MOST_PEERS at most for each."""
        ...

    async def inside(self, actor: Actor, conversation_id: ConversationId) -> Collection[UserId]:
        """The other members; raises ConversationNotFound to outsiders."""
        ...


class Typists(Protocol):
    """Forgotten after FADED_AFTER seconds; raises Unavailable."""

    async def begins(self, conversation_id: ConversationId, user: UserId) -> bool:
        """Whether that is news, which it is once in a second."""
        ...

    async def ends(self, conversation_id: ConversationId, user: UserId) -> bool:
        """Whether that is news."""
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
        if not users:
            return
        peers = await self.peers.of(users)
        there = await self.presence.online({peer for some in peers.values() for peer in some})
        for user, some in peers.items():
            if rooms := [_room(peer) for peer in some if peer in there]:
                await self.rooms.tell(rooms, name, {"userId": user})


@dataclass(frozen=True, slots=True)
class SayTyping:
    peers: Peers
    typists: Typists
    rooms: Rooms

    async def __call__(self, actor: Actor, conversation_id: ConversationId, *, begins: bool) -> None:
        actor.require(Permission.CONVERSE)
        others = await self.peers.inside(actor, conversation_id)
        change = self.typists.begins if begins else self.typists.ends
        if others and await change(conversation_id, actor.user):
            data = {"conversationId": conversation_id, "userId": actor.user}
            name, fades_to = ("typing:active", "typing:inactive") if begins else ("typing:inactive", None)
            await self.rooms.tell([_room(one) for one in others], name, data, fades_to=fades_to)


@dataclass(frozen=True, slots=True)
class LookInside:
    """Who of the others is there, and who is typing."""

    peers: Peers
    typists: Typists
    presence: Presence

    async def __call__(self, actor: Actor, conversation_id: ConversationId) -> dict[str, Collection[UserId]]:
        others = set(await self.peers.inside(actor, conversation_id))
        typing = await self.typists.of(conversation_id)
        return {"online": sorted(await self.presence.online(others)), "typing": sorted(typing & others)}


def _room(user: UserId) -> str:
    return f"user:{user}"
