from datetime import datetime
from typing import Annotated, Protocol
from uuid import UUID

import msgspec
from msgspec import Meta

from marketplace.application.messaging.views import MessageView
from marketplace.application.shared.actor import Actor
from marketplace.domain.shared.ids import ConversationId

MOST_WORDS = 8
"""Of one search; further ones are not looked at."""


class WordMatchView(msgspec.Struct, frozen=True):
    """In characters of the snippet."""

    start: Annotated[int, Meta(examples=[7])]
    length: Annotated[int, Meta(examples=[5])]


class FoundMessageView(msgspec.Struct, frozen=True):
    message: MessageView
    snippet: Annotated[str, Meta(examples=["Is the price negotiable?"])]
    matches: list[WordMatchView]


class FoundMessagesView(msgspec.Struct, frozen=True):
    items: list[FoundMessageView]
    has_more: bool
    next_cursor: str | None = None


class FoundPosition(msgspec.Struct, frozen=True, array_like=True):
    """Where the last message of a page stands."""

    at: datetime
    id: UUID


class MessageSearch(Protocol):
    async def search(
        self,
        actor: Actor,
        text: str,
        *,
        conversation_id: ConversationId | None,
        after: FoundPosition | None,
        limit: int,
    ) -> list[FoundMessageView]:
        """What has all the words, of the actor's conversations or one of them, the newest first; deleted ones never.

        Nothing where there is nothing to look for. Raises ConversationNotFound.
        """
        ...
