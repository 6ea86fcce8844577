"""Messages after they are sent: edited, deleted, reported, and what moderators see of them."""

from typing import Annotated
from uuid import UUID

import msgspec
from dishka.integrations.litestar import FromDishka, inject
from litestar import Controller, delete, get, patch, post
from litestar.datastructures import CacheControlHeader
from litestar.params import FromPath, JSONBody
from msgspec import Meta

from marketplace.application.messaging.changes import DeleteMessage, EditMessage
from marketplace.application.messaging.moderation import ReadReportedMessage, ReportMessage
from marketplace.application.messaging.moderation_ports import ReportedMessageQueries
from marketplace.application.messaging.moderation_views import (
    MessageReportView,
    ReportedInThreadView,
    ReportedMessageView,
)
from marketplace.application.messaging.ports import ConversationQueries
from marketplace.application.messaging.views import MessageView, VersionView
from marketplace.application.shared.actor import Actor
from marketplace.application.shared.paging import DEFAULT_PER_PAGE, Page
from marketplace.domain.messaging.message import MessageId
from marketplace.domain.messaging.report import LONGEST_DETAILS, MessageReportReason
from marketplace.entrypoints.http.conversations import Words
from marketplace.entrypoints.http.identity import BEARER
from marketplace.entrypoints.http.messages import Success
from marketplace.entrypoints.http.paging import Cursors, CursorText, PageNumber, PerPage, page_of, rows_to_skip

PRIVATE = CacheControlHeader(no_store=True)


class NewWords(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    content: Words


class NewMessageReport(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What is wrong with a message."""

    reason: Annotated[MessageReportReason, Meta(examples=["outside_payment"])]
    details: (
        Annotated[str, Meta(min_length=1, max_length=LONGEST_DETAILS, examples=["He wants me to pay by a link."])]
        | None
    ) = None


class MessagesController(Controller):
    path = "/api/v1"
    tags = ("Conversations",)
    security = BEARER

    @patch("/messages/{message_id:uuid}", summary="Edit a message")
    @inject
    async def edit(
        self,
        message_id: FromPath[MessageId],
        data: JSONBody[NewWords],
        actor: FromDishka[Actor],
        edit: FromDishka[EditMessage],
    ) -> Success[MessageView]:
        """Your own, within 24 hours; of a picture or a file the words beside it. Every member hears `message:updated`.

        What it said before stays to be read. Offers, orders and calls in the conversation are not edited.
        """
        return Success(await edit(actor, message_id, data.content))

    @delete("/messages/{message_id:uuid}", summary="Delete a message")
    @inject
    async def remove(
        self, message_id: FromPath[MessageId], actor: FromDishka[Actor], remove: FromDishka[DeleteMessage]
    ) -> None:
        """Your own, for everybody: its place stays, empty. Every member hears `message:deleted`."""
        await remove(actor, message_id)

    @get("/messages/{message_id:uuid}/versions", summary="Read what a message said before", cache_control=PRIVATE)
    @inject
    async def versions(
        self, message_id: FromPath[MessageId], actor: FromDishka[Actor], queries: FromDishka[ConversationQueries]
    ) -> Success[list[VersionView]]:
        """For the members of its conversation, the earliest first; of a deleted message there is nothing."""
        return Success(await queries.versions(actor, message_id))

    @post("/messages/{message_id:uuid}/report", summary="Report a message")
    @inject
    async def report(
        self,
        message_id: FromPath[MessageId],
        data: JSONBody[NewMessageReport],
        actor: FromDishka[Actor],
        report: FromDishka[ReportMessage],
    ) -> Success[MessageReportView]:
        """Not your own. Moderators then see it, what it said before, and five messages on either side.

        It counts once: whoever reports a message again is answered their first report.
        """
        return Success(await report(actor, message_id, data.reason, data.details))

    @get("/reports/messages", summary="Messages that people have reported", cache_control=PRIVATE)
    @inject
    async def reported(
        self,
        actor: FromDishka[Actor],
        queries: FromDishka[ReportedMessageQueries],
        cursors: FromDishka[Cursors],
        page: PageNumber = 1,
        per_page: PerPage = DEFAULT_PER_PAGE,
        cursor: CursorText = None,
    ) -> Success[Page[ReportedMessageView]]:
        """With open reports; those whose first report is oldest first. For moderators, who decide them.

        `POST /moderation/items/{item_id}/decide`: to reject takes the message down.
        """
        after = cursors.decode(cursor) if cursor else None
        skip = 0 if cursor else rows_to_skip(page, per_page)
        found = await queries.reported(actor, after=after, skip=skip, limit=per_page)
        return Success(page_of(found, cursors, page, per_page))

    @get("/reports/messages/{item_id:uuid}", summary="Read a reported message", cache_control=PRIVATE)
    @inject
    async def in_thread(
        self, item_id: FromPath[UUID], actor: FromDishka[Actor], read: FromDishka[ReadReportedMessage]
    ) -> Success[ReportedInThreadView]:
        """With what it said before and what stands around it, until it is decided. For moderators; it is audited."""
        return Success(await read(actor, item_id))
