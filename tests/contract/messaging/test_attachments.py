"""Attachments: the fake and the SQL adapter keep one contract."""

import asyncio
from dataclasses import dataclass
from typing import Any

import pytest

from marketplace.adapters.sql.messaging.attachments import SqlAttachmentQueries, SqlAttachments
from marketplace.adapters.sql.messaging.conversations import SqlConversations
from marketplace.adapters.sql.pool import Pool
from marketplace.adapters.sql.transaction import SqlTransaction
from marketplace.application.messaging.ports import AttachmentQueries, Attachments, Conversations
from marketplace.application.shared.ports import Transaction
from marketplace.domain.messaging.attachment import Attachment, AttachmentNotFound
from marketplace.domain.messaging.conversation import Conversation
from marketplace.domain.messaging.message import AttachmentId, Content, Message, MessageId, MessageKind
from marketplace.domain.shared.ids import ConversationId
from tests.builders.commerce import NOON, a_user_id, new_id
from tests.fakes.messaging import MemoryAttachments, MemoryConversations
from tests.fakes.world import MemoryTransaction
from tests.integration.races import waiters


@dataclass
class Album:
    transaction: Transaction
    conversations: Conversations
    attachments: Attachments
    queries: AttachmentQueries

    async def started(self) -> Conversation:
        begun = Conversation.start(
            id=ConversationId(new_id()), buyer=a_user_id(), seller=a_user_id(), subject=None, now=NOON
        )
        async with self.transaction:
            return await self.conversations.start(begun)

    async def holds(self, conversation: Conversation, **changes: Any) -> Attachment:
        given: dict[str, Any] = {
            "id": AttachmentId(new_id()), "conversation_id": conversation.id, "owner": conversation.buyer,
            "name": "me", "ending": "webp", "size": 7, "sha256": "00", "width": 600, "height": 300, "added_at": NOON,
        }  # fmt: skip
        attachment = Attachment(**{**given, **changes})
        async with self.transaction:
            await self.attachments.add(attachment)
        return attachment

    async def sent(self, conversation: Conversation, *attachments: Attachment) -> Message:
        content = Content.of(MessageKind.IMAGE, "", attachments=[one.id for one in attachments])
        message = conversation.write(MessageId(new_id()), conversation.buyer, content, NOON)
        async with self.transaction:
            found = await self.attachments.locked(content.attachments)
            for one in found:
                one.send(conversation.id, conversation.buyer, MessageKind.IMAGE, message.id)
            await self.conversations.save(conversation, message)
            await self.attachments.sent(found)
        return message


class AttachmentsContract:
    async def test_they_come_back_as_they_were_in_the_order_they_are_asked_for(self, album: Album) -> None:
        conversation = await album.started()
        first = await album.holds(conversation)
        second = await album.holds(conversation, name="contract", ending="pdf", width=None, height=None)
        async with album.transaction:
            assert await album.attachments.locked([second.id, AttachmentId(new_id()), first.id]) == [second, first]
            assert set(await album.attachments.unsent_of(conversation.buyer)) == {first.id, second.id}
            assert await album.attachments.unsent_of(conversation.seller) == []

    async def test_sent_ones_belong_to_their_message(self, album: Album) -> None:
        conversation = await album.started()
        first, second, kept = [await album.holds(conversation) for _ in range(3)]
        message = await album.sent(conversation, second, first)
        async with album.transaction:
            assert set(await album.attachments.of_message(message.id)) == {first.id, second.id}
            assert await album.attachments.unsent_of(conversation.buyer) == [kept.id]
            (found,) = await album.attachments.locked([first.id])
        assert found.message_id == message.id

    async def test_what_a_message_shows_stays_until_it_is_deleted(self, album: Album) -> None:
        conversation = await album.started()
        shown, unsent = await album.holds(conversation), await album.holds(conversation)
        message = await album.sent(conversation, shown)
        async with album.transaction:
            assert not await album.attachments.remove(shown.id)
            assert await album.attachments.remove(unsent.id)
            assert await album.attachments.remove(unsent.id)
            assert await album.attachments.locked([shown.id, unsent.id]) != []
        conversation.delete(message, NOON)
        async with album.transaction:
            await album.conversations.save(conversation, message)
        async with album.transaction:
            assert await album.attachments.remove(shown.id)
            assert await album.attachments.locked([shown.id, unsent.id]) == []

    async def test_members_see_what_was_sent_and_its_owner_what_was_not(self, album: Album) -> None:
        conversation = await album.started()
        shown, unsent = await album.holds(conversation), await album.holds(conversation)
        message = await album.sent(conversation, shown)
        for user in (conversation.buyer, conversation.seller):
            assert (await album.queries.attachment(user, shown.id)).message_id == message.id
        assert await album.queries.attachment(conversation.buyer, unsent.id) == unsent
        conversation.delete(message, NOON)
        for user, one in ((conversation.seller, unsent), (a_user_id(), shown)):
            with pytest.raises(AttachmentNotFound):
                await album.queries.attachment(user, one.id)
        async with album.transaction:
            await album.conversations.save(conversation, message)
        with pytest.raises(AttachmentNotFound):
            await album.queries.attachment(conversation.buyer, shown.id)


class TestMemoryAttachments(AttachmentsContract):
    @pytest.fixture
    def album(self) -> Album:
        transaction = MemoryTransaction()
        attachments = MemoryAttachments(transaction)
        return Album(transaction, MemoryConversations(transaction), attachments, attachments)


class TestSqlAttachments(AttachmentsContract):
    @pytest.fixture
    def album(self, pool: Pool) -> Album:
        transaction = SqlTransaction(pool, {})
        return Album(
            transaction, SqlConversations(transaction), SqlAttachments(transaction), SqlAttachmentQueries(pool)
        )

    async def test_what_is_being_sent_is_not_removed(self, album: Album, pool: Pool) -> None:
        conversation = await album.started()
        attachment = await album.holds(conversation)
        content = Content.of(MessageKind.IMAGE, "", attachments=[attachment.id])
        message = conversation.write(MessageId(new_id()), conversation.buyer, content, NOON)

        async def removed() -> bool:
            async with SqlTransaction(pool, {}) as transaction:
                return await SqlAttachments(transaction).remove(attachment.id)

        async with album.transaction:
            found = await album.attachments.locked([attachment.id])
            removal = asyncio.create_task(removed())
            await waiters(pool, 1)
            found[0].send(conversation.id, conversation.buyer, MessageKind.IMAGE, message.id)
            await album.conversations.save(conversation, message)
            await album.attachments.sent(found)
        assert not await removal
