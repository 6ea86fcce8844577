"""Pictures and files of conversations: made safe, sent with a message, opened by links of minutes, removed in time."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any
from uuid import UUID

import msgspec

from marketplace.application.messaging.attachment_views import AttachmentView
from marketplace.application.messaging.ports import AttachmentQueries, Attachments, Conversations
from marketplace.application.messaging.views import MessageView
from marketplace.application.shared.actor import Actor, Permission
from marketplace.application.shared.links import InvalidLink, PrivateLinks
from marketplace.application.shared.ports import Clock, Ids, Timers, Transaction
from marketplace.application.shared.scanning import Intake, SafePdf, SafePicture
from marketplace.application.shared.storage import Storage, StoredObject
from marketplace.domain.messaging.attachment import (
    DELETED_LIFE,
    LONGEST_NAME,
    MOST_UNSENT,
    UNSENT_LIFE,
    Attachment,
    AttachmentNotFound,
    TooManyAttachments,
)
from marketplace.domain.messaging.message import AttachmentId, MessageId
from marketplace.domain.shared.ids import ConversationId, UserId
from marketplace.domain.shared.text import clean_text

LARGEST_ATTACHMENT = 5 * 1024 * 1024
"""Bytes."""
WIDTH, PREVIEW_WIDTH = 1_600, 480
"""Pixels, at most."""
KEPT = timedelta(hours=1)
"""Longer than any request that stores one."""
REMOVE_ATTACHMENT = "messaging.remove_attachment"
"""The timer that calls RemoveAttachment; set before a file is stored, and again when a message is deleted."""


@dataclass(frozen=True, slots=True)
class AddAttachment:
    conversations: Conversations
    attachments: Attachments
    intake: Intake
    storage: Storage
    links: PrivateLinks
    timers: Timers
    transaction: Transaction
    clock: Clock
    ids: Ids

    async def __call__(
        self, actor: Actor, conversation_id: ConversationId, name: str, content: bytes
    ) -> AttachmentView:
        """A PDF, or a picture. Raises TooManyAttachments, and what is wrong with the file."""
        actor.require(Permission.CONVERSE)
        name = clean_text(name, field="name", longest=LONGEST_NAME, shortest=0)
        async with self.transaction:
            await self._require_room(actor.user, conversation_id)
        safe = await self.intake.made_safe(content, (WIDTH, PREVIEW_WIDTH))
        attachment_id = AttachmentId(self.ids.new())
        async with self.transaction:
            self.timers.set(REMOVE_ATTACHMENT, attachment_id, self.clock.now() + KEPT)
        for key, file in files_of(attachment_id, safe).items():
            await self.storage.put(key, file)
        async with self.transaction:
            await self._require_room(actor.user, conversation_id)
            now = self.clock.now()
            attachment = _attachment(attachment_id, conversation_id, actor.user, name, safe, now)
            await self.attachments.add(attachment)
            self.timers.set(REMOVE_ATTACHMENT, attachment_id, now + UNSENT_LIFE)
            return self.transaction.answers(linked(self.links, actor, attachment.facts))

    async def _require_room(self, owner: UserId, conversation_id: ConversationId) -> None:
        """Raises ConversationNotFound, to outsiders too."""
        (await self.conversations.locked(conversation_id)).member(owner)
        if len(await self.attachments.unsent_of(owner)) >= MOST_UNSENT:
            raise TooManyAttachments(f"send what you uploaded first: {MOST_UNSENT} wait to be sent")


@dataclass(frozen=True, slots=True)
class ReadAttachment:
    attachments: AttachmentQueries
    links: PrivateLinks

    async def __call__(
        self, actor: Actor, conversation_id: ConversationId, attachment_id: AttachmentId
    ) -> AttachmentView:
        """Raises AttachmentNotFound."""
        found = await self.attachments.attachment(actor.user, attachment_id)
        if found.conversation_id != conversation_id:
            raise AttachmentNotFound("no such attachment", attachment_id=attachment_id)
        return linked(self.links, actor, found.facts)


@dataclass(frozen=True, slots=True)
class OpenAttachment:
    attachments: AttachmentQueries
    links: PrivateLinks
    storage: Storage

    async def __call__(self, attachment_id: AttachmentId, link: str, *, as_preview: bool) -> StoredObject:
        """Raises InvalidLink, also when its message is deleted; ObjectNotFound for the preview of what has none."""
        holder = await self.links.holder(link, _name(attachment_id))
        try:
            found = await self.attachments.attachment(holder, attachment_id)
        except AttachmentNotFound:
            raise InvalidLink from None
        return await self.storage.get(_key(found.id, found.ending, PREVIEW_WIDTH if as_preview else WIDTH))


@dataclass(frozen=True, slots=True)
class RemoveAttachment:
    """The files of what no message shows any more, or yet, after its row; may run again."""

    attachments: Attachments
    storage: Storage
    transaction: Transaction

    async def __call__(self, name: UUID) -> None:
        attachment_id = AttachmentId(name)
        async with self.transaction:
            is_gone = await self.attachments.remove(attachment_id)
        if is_gone:
            for key in _keys(attachment_id):
                await self.storage.delete(key)


@dataclass(frozen=True, slots=True)
class ForgetAttachments:
    """Of messages that are deleted, after a while; of people who have left, what they never sent, at once."""

    attachments: Attachments
    timers: Timers
    transaction: Transaction
    clock: Clock

    async def of_message(self, message_id: MessageId) -> None:
        """Inside a running transaction, in which it is deleted."""
        for one in await self.attachments.of_message(message_id):
            self.timers.set(REMOVE_ATTACHMENT, one, self.clock.now() + DELETED_LIFE)

    async def of_person(self, user: UserId) -> None:
        async with self.transaction:
            for one in await self.attachments.unsent_of(user):
                self.timers.set(REMOVE_ATTACHMENT, one, self.clock.now())


def linked(links: PrivateLinks, actor: Actor, facts: Mapping[str, Any]) -> AttachmentView:
    """With links for the session that asks; a program with an API key gets none."""
    if actor.session is None:
        return AttachmentView(**facts)
    link = links.to(actor, f"/conversation-files/{facts['id']}", _name(AttachmentId(UUID(str(facts["id"])))))
    preview = link.url.replace("?", "/preview?") if "width" in facts else None
    return AttachmentView(**facts, url=link.url, preview_url=preview, expires_at=link.expires_at)


def with_links(links: PrivateLinks, actor: Actor, view: MessageView) -> MessageView:
    if not view.data.get("attachments"):
        return view
    attachments = [linked(links, actor, facts) for facts in view.data["attachments"]]
    return msgspec.structs.replace(view, data={**view.data, "attachments": attachments})


def files_of(attachment_id: AttachmentId, safe: SafePdf | SafePicture) -> dict[str, bytes]:
    """By their keys."""
    if isinstance(safe, SafePdf):
        return {_key(attachment_id, "pdf", WIDTH): safe.content}
    return {_key(attachment_id, "webp", width): file for width, file in safe.files.items()}


def _attachment(
    id: AttachmentId, conversation_id: ConversationId, owner: UserId, name: str, safe: SafePdf | SafePicture,
    now: datetime,
) -> Attachment:  # fmt: skip
    if isinstance(safe, SafePdf):
        content, ending, width, height = safe.content, "pdf", None, None
    else:
        content, ending, width, height = safe.files[WIDTH], "webp", safe.width, safe.height
    return Attachment(
        id=id, conversation_id=conversation_id, owner=owner, name=name or f"{id}.{ending}", ending=ending,
        size=len(content), sha256=sha256(content).hexdigest(), width=width, height=height, added_at=now,
    )  # fmt: skip


def _keys(attachment_id: AttachmentId) -> list[str]:
    """Of whatever may be stored of it."""
    return [_key(attachment_id, *one) for one in (("pdf", WIDTH), ("webp", WIDTH), ("webp", PREVIEW_WIDTH))]


def _key(attachment_id: AttachmentId, ending: str, width: int) -> str:
    """Of a PDF there is no preview."""
    is_preview = width == PREVIEW_WIDTH
    return f"{_name(attachment_id)}{'-preview' if is_preview else ''}.{ending}"


def _name(attachment_id: AttachmentId) -> str:
    return f"attachments/{attachment_id.hex}"
