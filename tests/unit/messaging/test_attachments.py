"""Pictures, files and places in a conversation: uploaded, sent once, removed in time."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest

from marketplace.adapters.security.signed_links import HmacSignedLinks
from marketplace.application.messaging.attachment_views import AttachmentView
from marketplace.application.messaging.attachments import (
    KEPT,
    REMOVE_ATTACHMENT,
    AddAttachment,
    RemoveAttachment,
)
from marketplace.application.messaging.views import MessageView
from marketplace.application.shared.actor import Actor, MissingPermission, Permission
from marketplace.application.shared.links import PrivateLinks
from marketplace.application.shared.scanning import InfectedFile, Intake
from marketplace.application.shared.storage import StorageUnavailable
from marketplace.domain.messaging.attachment import DELETED_LIFE, MOST_UNSENT, UNSENT_LIFE, TooManyAttachments
from marketplace.domain.messaging.conversation import ConversationNotFound
from marketplace.domain.messaging.message import AttachmentId, Content, InvalidMessage, MessageKind, Spot
from marketplace.domain.shared.geo import InvalidLocation, Location
from marketplace.domain.shared.ids import ConversationId
from tests.builders.commerce import NOON, an_actor, an_actor_who_may_not
from tests.builders.documents import a_pdf
from tests.fakes.clamd import EICAR
from tests.fakes.media import MemoryInspector, MemoryLinkHolders, MemoryScan
from tests.fakes.storage import MemoryImageEncoder, MemoryStorage
from tests.fakes.world import SequentialIds
from tests.unit.messaging.world import Talk

PICTURE = b"\xff\xd8\xff" + bytes(200)
IMAGE, FILE, TEXT, LOCATION = MessageKind.IMAGE, MessageKind.FILE, MessageKind.TEXT, MessageKind.LOCATION


class Album:
    """A conversation, and what is put into it."""

    def __init__(self) -> None:
        self.talk = talk = Talk()
        self.storage, timers = MemoryStorage(), talk.timers
        links = PrivateLinks(HmacSignedLinks(bytes(32)), MemoryLinkHolders(), talk.clock)
        intake = Intake(MemoryScan(), MemoryInspector(), MemoryImageEncoder())
        self.add = AddAttachment(
            talk.conversations, talk.attachments, intake, self.storage, links, timers, talk.transaction, talk.clock,
            SequentialIds(),
        )  # fmt: skip
        self.remove = RemoveAttachment(talk.attachments, self.storage, talk.transaction)
        self.where = ConversationId(uuid4())

    async def begin(self) -> "Album":
        self.where = (await self.talk.started(None)).id
        return self

    async def holds(self, content: bytes = PICTURE, who: Actor | None = None, name: str = "") -> AttachmentView:
        return await self.add(who or self.talk.buyer, self.where, name, content)

    async def sent(self, kind: MessageKind, *views: AttachmentView, who: Actor | None = None) -> MessageView:
        ids = [AttachmentId(one.id) for one in views]
        content = Content.of(kind, "", attachments=ids)
        return await self.talk.send(who or self.talk.buyer, self.where, content)

    async def fire(self) -> None:
        """The timers that are due."""
        timers = self.talk.rows.timers
        for name, subject in [key for key, at in timers.items() if at <= self.talk.clock.now()]:
            del timers[name, subject]
            await self.remove(subject)


@pytest.fixture
async def album() -> Album:
    return await Album().begin()


async def test_pictures_and_files_are_sent_with_what_is_known_of_them(album: Album) -> None:
    picture, pdf = await album.holds(name=" Front \u200bside "), await album.holds(a_pdf())
    assert (picture.name, picture.content_type, picture.width, picture.height) == ("Front side", "image/webp", 600, 300)
    assert (pdf.name, pdf.content_type, pdf.size) == (f"{pdf.id}.pdf", "application/pdf", len(a_pdf()))
    assert (pdf.width, pdf.preview_url) == (None, None)
    assert set(album.storage.objects) == {
        f"attachments/{picture.id.hex}.webp", f"attachments/{picture.id.hex}-preview.webp",
        f"attachments/{pdf.id.hex}.pdf",
    }  # fmt: skip
    shown = await album.sent(IMAGE, picture)
    facts = {"id": picture.id, "name": "Front side", "content_type": "image/webp", "size": picture.size,
             "width": 600, "height": 300}  # fmt: skip
    assert shown.data == {"attachments": [facts]}
    (heard,) = album.talk.heard(album.talk.seller, "message:new")
    assert (heard["messageType"], heard["data"]) == (IMAGE, {"attachments": [{**facts, "id": str(picture.id)}]})
    await album.sent(FILE, pdf)
    assert [one.message_id for one in album.talk.rows.attachments.values()].count(None) == 0


async def test_each_is_sent_once_by_who_uploaded_it_in_its_conversation(album: Album) -> None:
    picture, pdf = await album.holds(), await album.holds(a_pdf())
    elsewhere = (await album.talk.started(None, subject=None)).id
    with pytest.raises(InvalidMessage, match="you uploaded"):
        await album.sent(IMAGE, picture, who=album.talk.seller)
    with pytest.raises(InvalidMessage, match="you uploaded"):
        content = Content.of(IMAGE, "", attachments=[AttachmentId(picture.id)])
        await album.talk.send(album.talk.buyer, elsewhere, content)
    with pytest.raises(InvalidMessage, match="no image"):
        await album.sent(IMAGE, picture, pdf)
    unknown = Content.of(IMAGE, "", attachments=[AttachmentId(uuid4())])
    with pytest.raises(InvalidMessage, match="you uploaded"):
        await album.talk.send(album.talk.buyer, album.where, unknown)
    await album.sent(IMAGE, picture)
    with pytest.raises(InvalidMessage, match="did not send yet") as refused:
        await album.sent(IMAGE, picture)
    assert refused.value.field == "attachments"
    assert len(album.talk.messages.of(album.where)) == 1


async def test_the_same_message_sent_again_is_the_same(album: Album) -> None:
    picture, key = await album.holds(), uuid4()
    content = Content.of(IMAGE, "Look", key=key, attachments=[AttachmentId(picture.id)])
    first = await album.talk.send(album.talk.buyer, album.where, content)
    assert (await album.talk.send(album.talk.buyer, album.where, content)).id == first.id


ONE = AttachmentId(uuid4())
HERE = Spot(Location(41.3111, 69.2797), " Chorsu \u200b")


@pytest.mark.parametrize(
    ("kind", "more", "field"),
    [
        (IMAGE, {}, "attachments"), (FILE, {}, "attachments"), (TEXT, {"attachments": [ONE]}, "attachments"),
        (LOCATION, {"attachments": [ONE], "place": HERE}, "attachments"),
        (IMAGE, {"attachments": [ONE, ONE]}, "attachments"),
        (IMAGE, {"attachments": [AttachmentId(uuid4()) for _ in range(11)]}, "attachments"),
        (LOCATION, {}, "location"), (TEXT, {"place": HERE}, "location"),
    ],
)  # fmt: skip
def test_what_does_not_belong_together_is_refused(kind: MessageKind, more: Mapping[str, Any], field: str) -> None:
    with pytest.raises(InvalidMessage) as refused:
        Content.of(kind, "Hello", **more)
    assert refused.value.field == field


async def test_a_place_is_kept_as_numbers_and_a_clean_name(album: Album) -> None:
    sent = await album.talk.send(album.talk.buyer, album.where, Content.of(LOCATION, "", place=HERE))
    assert sent.data == {"latitude": 41.3111, "longitude": 69.2797, "name": "Chorsu"}
    with pytest.raises(InvalidLocation):
        Location(91, 0)


async def test_who_uploads_what(album: Album) -> None:
    with pytest.raises(ConversationNotFound):
        await album.holds(who=an_actor())
    with pytest.raises(MissingPermission):
        await album.holds(who=an_actor_who_may_not(Permission.CONVERSE))
    with pytest.raises(InfectedFile):
        await album.holds(b"%PDF-1.7" + EICAR)
    assert (album.storage.objects, album.talk.rows.attachments, album.talk.rows.timers) == ({}, {}, {})
    pictures = [await album.holds() for _ in range(MOST_UNSENT)]
    with pytest.raises(TooManyAttachments):
        await album.holds()
    await album.sent(IMAGE, pictures[0])
    await album.holds()


async def test_what_is_never_sent_is_removed_after_a_day(album: Album) -> None:
    kept, dropped = await album.holds(), await album.holds(a_pdf())
    await album.sent(IMAGE, kept)
    album.talk.clock.at = NOON + UNSENT_LIFE - timedelta(seconds=1)
    await album.fire()
    assert len(album.storage.objects) == 3
    album.talk.clock.at = NOON + UNSENT_LIFE
    await album.fire()
    assert list(album.talk.rows.attachments) == [kept.id]
    assert not any(dropped.id.hex in key for key in album.storage.objects)
    await album.remove(dropped.id)


async def test_a_file_whose_row_was_never_written_is_removed(album: Album) -> None:
    album.storage.unreachable = True
    with pytest.raises(StorageUnavailable):
        await album.holds()
    assert [name for name, _ in album.talk.rows.timers] == [REMOVE_ATTACHMENT]
    album.storage.unreachable = False
    ((_, left),) = album.talk.rows.timers
    album.storage.objects[f"attachments/{left.hex}.webp"] = b"RIFF"
    album.talk.clock.at = NOON + KEPT
    await album.fire()
    assert (album.storage.objects, album.talk.rows.attachments) == ({}, {})


async def test_what_a_deleted_message_showed_goes_a_month_later(album: Album) -> None:
    message = await album.sent(IMAGE, await album.holds())
    await album.talk.delete(album.talk.buyer, message.id)
    album.talk.clock.at = NOON + UNSENT_LIFE
    await album.fire()
    assert len(album.storage.objects) == 2
    album.talk.clock.at = NOON + DELETED_LIFE
    await album.fire()
    assert album.storage.objects == {}


async def test_who_leaves_takes_along_what_was_never_sent(album: Album) -> None:
    sent = await album.holds()
    await album.sent(IMAGE, sent)
    await album.holds()
    theirs = await album.holds(who=album.talk.seller)
    await album.talk.forget.of_person(album.talk.buyer.user)
    await album.fire()
    assert set(album.talk.rows.attachments) == {sent.id, theirs.id}
