"""Conversations: who talks with whom about what, and what stands in it."""

from typing import Annotated
from uuid import UUID

import msgspec
from dishka.integrations.litestar import FromDishka, inject
from litestar import Controller, get, post
from litestar.datastructures import CacheControlHeader
from litestar.params import FromPath, JSONBody, Parameter
from msgspec import Meta

from marketplace.application.messaging.conversations import KeepConversation, MarkRead, SendMessage, StartConversation
from marketplace.application.messaging.ports import ConversationQueries, InboxPosition
from marketplace.application.messaging.views import AsideView, ConversationView, MessageView, ReadView, StartedView
from marketplace.application.shared.actor import Actor
from marketplace.application.shared.paging import DEFAULT_PER_PAGE, Page
from marketplace.domain.messaging.message import (
    LONGEST_CONTENT,
    LONGEST_PLACE,
    MOST_ATTACHMENTS,
    AttachmentId,
    Content,
    MessageKind,
    Spot,
)
from marketplace.domain.shared.geo import Location
from marketplace.domain.shared.ids import ConversationId, ListingId, UserId
from marketplace.domain.shared.subject import Subject
from marketplace.entrypoints.http.identity import BEARER
from marketplace.entrypoints.http.messages import Success
from marketplace.entrypoints.http.paging import Cursors, CursorText, PageNumber, PerPage, page_before, rows_to_skip

PRIVATE = CacheControlHeader(no_store=True)

Words = Annotated[str, Meta(max_length=LONGEST_CONTENT, examples=["Is the price negotiable?"])]
Archived = Annotated[bool, Parameter(description="Those you put away, instead of the others.")]
After = Annotated[
    int | None, Parameter(ge=0, le=2**53, description="Only what has a higher number, the earliest first.")
]


class NewConversation(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`product_id`: of what one of the two offers; without it you talk about nothing in particular."""

    other_user_id: Annotated[UserId, Meta(examples=["019aa5c0-b3e8-7c1d-9f27-2f0c5b6a7d10"])]
    product_id: Annotated[ListingId, Meta(examples=["019aa5c0-b3e8-7c1d-9f27-2f0c5b6a7d11"])] | None = None
    initial_message: Words | None = None

    @property
    def subject(self) -> Subject | None:
        return Subject.of_listings(self.product_id) if self.product_id else None

    @property
    def content(self) -> Content | None:
        return None if self.initial_message is None else Content.of(MessageKind.TEXT, self.initial_message)


class MessageLocation(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """In degrees, WGS 84."""

    latitude: Annotated[float, Meta(ge=-90, le=90, examples=[41.3111])]
    longitude: Annotated[float, Meta(ge=-180, le=180, examples=[69.2797])]
    name: Annotated[str, Meta(max_length=LONGEST_PLACE, examples=["Chorsu bazaar, main gate"])] = ""

    @property
    def place(self) -> Spot:
        return Spot(Location(self.latitude, self.longitude), self.name)


class NewMessage(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`client_id` is your own name for it: sent again under the same one, it is the same message.

    Only an image or a file has `attachments`, uploaded before, and only a location has a `location`.
    """

    content: Words = ""
    message_type: Annotated[MessageKind, Meta(examples=["text"])] = MessageKind.TEXT
    attachments: Annotated[list[AttachmentId], Meta(max_length=MOST_ATTACHMENTS, examples=[[]])] = []
    location: MessageLocation | None = None
    client_id: Annotated[UUID, Meta(examples=["019aa5c0-b3e8-7c1d-9f27-2f0c5b6a7d12"])] | None = None

    @property
    def written(self) -> Content:
        return Content.of(
            self.message_type, self.content, key=self.client_id, attachments=self.attachments,
            place=self.location.place if self.location else None,
        )  # fmt: skip


class UpTo(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The number (`seq`) of the last message that is read; without it, of the last there is."""

    up_to: Annotated[int, Meta(ge=0, le=2**53, examples=[12])] | None = None


class Mute(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    is_muted: Annotated[bool, Meta(examples=[True])] = True


class ConversationsController(Controller):
    path = "/api/v1/conversations"
    tags = ("Conversations",)
    security = BEARER

    @post("/", summary="Start a conversation")
    @inject
    async def start(
        self, data: JSONBody[NewConversation], actor: FromDishka[Actor], start: FromDishka[StartConversation]
    ) -> Success[StartedView]:
        """There is one for two people and what they talk about: whoever starts it again gets the same.

        The buyer is who asks, the seller whose product it is. With somebody who blocked you, or whom you blocked:
        `person_not_found`.
        """
        return Success(await start(actor, data.other_user_id, data.subject, data.content))

    @get("/", summary="List your conversations", cache_control=PRIVATE)
    @inject
    async def inbox(
        self,
        actor: FromDishka[Actor],
        queries: FromDishka[ConversationQueries],
        cursors: FromDishka[Cursors],
        archived: Archived = False,
        page: PageNumber = 1,
        per_page: PerPage = DEFAULT_PER_PAGE,
        cursor: CursorText = None,
    ) -> Success[Page[ConversationView]]:
        """The one with the latest message first; each with that message and with what is unread on both sides."""
        list_ = ("conversations", actor.user, archived)
        after = cursors.read(cursor, InboxPosition, *list_) if cursor else None
        skip = 0 if after else rows_to_skip(page, per_page)
        found = await queries.inbox(actor, archived=archived, after=after, skip=skip, limit=per_page)
        next_cursor = None
        if found.has_more:
            last = found.items[-1]
            next_cursor = cursors.write(InboxPosition(last.last_message_at, last.id), *list_)
        return Success(page_before(found, next_cursor, page, per_page))

    @get("/{conversation_id:uuid}", summary="Read one conversation", cache_control=PRIVATE)
    @inject
    async def one(
        self,
        conversation_id: FromPath[ConversationId],
        actor: FromDishka[Actor],
        queries: FromDishka[ConversationQueries],
    ) -> Success[ConversationView]:
        return Success(await queries.conversation(actor, conversation_id))

    @get("/{conversation_id:uuid}/messages", summary="Read what stands in it", cache_control=PRIVATE)
    @inject
    async def messages(
        self,
        conversation_id: FromPath[ConversationId],
        actor: FromDishka[Actor],
        queries: FromDishka[ConversationQueries],
        cursors: FromDishka[Cursors],
        after: After = None,
        page: PageNumber = 1,
        per_page: PerPage = DEFAULT_PER_PAGE,
        cursor: CursorText = None,
    ) -> Success[Page[MessageView]]:
        """The latest first: messages, offers, what became of the order, calls, in one order without gaps (`seq`).

        `after` reads the other way: for a client that knows the first numbers and wants the rest. To read is not to
        mark as read.
        """
        list_ = ("messages", conversation_id, after is None)
        place = cursors.read(cursor, Place, *list_).seq if cursor else None
        if after is None:
            skip = 0 if cursor else rows_to_skip(page, per_page)
            found = await queries.messages(actor, conversation_id, before=place, skip=skip, limit=per_page)
        else:
            start = after if place is None else place
            found = await queries.behind(actor, conversation_id, after=start, limit=per_page)
        next_cursor = cursors.write(Place(found.items[-1].seq), *list_) if found.has_more else None
        return Success(page_before(found, next_cursor, page, per_page))

    @post("/{conversation_id:uuid}/messages", summary="Send a message")
    @inject
    async def send(
        self,
        conversation_id: FromPath[ConversationId],
        data: JSONBody[NewMessage],
        actor: FromDishka[Actor],
        send: FromDishka[SendMessage],
    ) -> Success[MessageView]:
        """Every member hears `message:new`, your own other devices too."""
        return Success(await send(actor, conversation_id, data.written))

    @post("/{conversation_id:uuid}/read", summary="Mark as read", status_code=200)
    @inject
    async def read(
        self,
        conversation_id: FromPath[ConversationId],
        data: JSONBody[UpTo],
        actor: FromDishka[Actor],
        mark: FromDishka[MarkRead],
    ) -> Success[ReadView]:
        """The members hear `messages:read`. What is read stays read."""
        return Success(await mark(actor, conversation_id, data.up_to))

    @post("/{conversation_id:uuid}/archive", summary="Put a conversation away", status_code=200)
    @inject
    async def archive(
        self, conversation_id: FromPath[ConversationId], actor: FromDishka[Actor], keep: FromDishka[KeepConversation]
    ) -> Success[AsideView]:
        """Out of your list until something new comes, or for good if it is muted."""
        return Success(await keep(actor, conversation_id, archived=True))

    @post("/{conversation_id:uuid}/unarchive", summary="Take a conversation back", status_code=200)
    @inject
    async def unarchive(
        self, conversation_id: FromPath[ConversationId], actor: FromDishka[Actor], keep: FromDishka[KeepConversation]
    ) -> Success[AsideView]:
        """Into your list again."""
        return Success(await keep(actor, conversation_id, archived=False))

    @post("/{conversation_id:uuid}/mute", summary="Mute a conversation", status_code=200)
    @inject
    async def mute(
        self,
        conversation_id: FromPath[ConversationId],
        data: JSONBody[Mute],
        actor: FromDishka[Actor],
        keep: FromDishka[KeepConversation],
    ) -> Success[AsideView]:
        """No notifications of it any more; `is_muted: false` ends that."""
        return Success(await keep(actor, conversation_id, muted=data.is_muted))


class Place(msgspec.Struct, frozen=True, array_like=True):
    """Where the last message of a page stands."""

    seq: int
