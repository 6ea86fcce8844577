"""Pictures and files of conversations."""

from typing import Annotated

import msgspec
from dishka.integrations.litestar import FromDishka, inject
from litestar import Controller, Response, get, post
from litestar.params import FromPath, FromQuery
from msgspec import Meta

from marketplace.application.messaging.attachment_views import AttachmentView
from marketplace.application.messaging.attachments import (
    LARGEST_ATTACHMENT,
    AddAttachment,
    OpenAttachment,
    ReadAttachment,
)
from marketplace.application.shared.actor import Actor
from marketplace.domain.messaging.attachment import LONGEST_NAME
from marketplace.domain.messaging.message import AttachmentId
from marketplace.domain.shared.ids import ConversationId
from marketplace.entrypoints.http.gate import MAX_UPLOAD
from marketplace.entrypoints.http.identity import BEARER
from marketplace.entrypoints.http.media import downloaded
from marketplace.entrypoints.http.messages import ApiRequest, Success
from marketplace.entrypoints.http.own_products import PRIVATE

A_FILE = {"file": "application/pdf, image/jpeg, image/png, image/webp", "problems": (404,)}


class NewAttachment(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The parts of the form beside the file."""

    name: Annotated[
        str, Meta(max_length=LONGEST_NAME, description="As others are to see it.", examples=["contract.pdf"])
    ] = ""


class AttachmentsController(Controller):
    path = "/api/v1/conversations/{conversation_id:uuid}/attachments"
    tags = ("Conversations",)
    security = BEARER
    cache_control = PRIVATE

    @post(summary="Upload an attachment", request_max_body_size=MAX_UPLOAD, opt={**A_FILE, "form": NewAttachment})
    @inject
    async def add_attachment(
        self,
        conversation_id: FromPath[ConversationId],
        request: ApiRequest,
        actor: FromDishka[Actor],
        add: FromDishka[AddAttachment],
    ) -> Success[AttachmentView]:
        """A picture (JPEG, PNG, WebP) or a PDF of at most 5 MiB, as the part `file` of a form: name its id in a message
        within 24 hours. Pictures are kept as WebP of at most 1600 pixels in width, without what the camera wrote beside
        them. A PDF that is encrypted or would run anything is refused."""
        file, wish = await request.file_and(NewAttachment, LARGEST_ATTACHMENT)
        return Success(await add(actor, conversation_id, wish.name, file))

    @get("/{attachment_id:uuid}", summary="Open an attachment")
    @inject
    async def read_attachment(
        self,
        conversation_id: FromPath[ConversationId],
        attachment_id: FromPath[AttachmentId],
        actor: FromDishka[Actor],
        read: FromDishka[ReadAttachment],
    ) -> Success[AttachmentView]:
        """For the members: links that download it, for five minutes and no longer than the session lives. They need no
        access token: do not pass them on."""
        return Success(await read(actor, conversation_id, attachment_id))


class ConversationFilesController(Controller):
    path = "/conversation-files/{attachment_id:uuid}"
    include_in_schema = False

    @get()
    @inject
    async def file(
        self, attachment_id: FromPath[AttachmentId], open_attachment: FromDishka[OpenAttachment],
        link: FromQuery[str] = "",
    ) -> Response[bytes]:  # fmt: skip
        return await downloaded(attachment_id, await open_attachment(attachment_id, link, as_preview=False))

    @get("/preview")
    @inject
    async def preview(
        self, attachment_id: FromPath[AttachmentId], open_attachment: FromDishka[OpenAttachment],
        link: FromQuery[str] = "",
    ) -> Response[bytes]:  # fmt: skip
        return await downloaded(attachment_id, await open_attachment(attachment_id, link, as_preview=True))
