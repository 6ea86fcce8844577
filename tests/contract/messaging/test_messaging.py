"""Conversations, messages, reports of them and what members hear: the fakes and the SQL adapters keep one contract."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

import msgspec
import pytest

from marketplace.adapters.bridges.messaging_asks_catalog import ModerationDeskOfCatalog, SubjectsOfCatalog
from marketplace.adapters.bridges.messaging_asks_identity import AcquaintancesOfIdentity
from marketplace.adapters.bridges.messaging_asks_notifications import ToldMessagesOfNotifications
from marketplace.adapters.ids import TimeOrderedIds
from marketplace.adapters.sql.catalog.listings import SqlListings
from marketplace.adapters.sql.catalog.moderation import SqlModerationItems
from marketplace.adapters.sql.messaging.conversations import SqlConversations, SqlMessages
from marketplace.adapters.sql.messaging.reports import SqlApproaches, SqlMessageReports
from marketplace.adapters.sql.notifications.user_events import SqlUserEventLog, SqlUserEvents
from marketplace.adapters.sql.pool import Pool
from marketplace.adapters.sql.transaction import SqlTransaction
from marketplace.application.messaging.moderation_ports import MessageReports, ModerationDesk
from marketplace.application.messaging.ports import (
    Acquaintances,
    Approaches,
    Conversations,
    Messages,
    Subjects,
    ToldMessages,
)
from marketplace.application.notifications.ports import UserEventLog
from marketplace.application.shared.ports import Transaction
from marketplace.application.shared.user_events import Notice, UserEvents
from marketplace.domain.catalog.listing import ListingNotFound
from marketplace.domain.messaging.conversation import Conversation, ConversationNotFound
from marketplace.domain.messaging.message import Content, Message, MessageId, MessageKind, MessageNotFound
from marketplace.domain.messaging.report import MessageReport, MessageReportReason
from marketplace.domain.shared.ids import ConversationId, ListingId, UserId
from marketplace.domain.shared.subject import Subject
from tests.builders.commerce import NOON, a_published_listing, a_user_id, aed, new_id
from tests.builders.reviews import add_user
from tests.fakes.messaging import (
    MemoryAcquaintances,
    MemoryApproaches,
    MemoryConversations,
    MemoryDesk,
    MemoryMessageReports,
    MemoryMessages,
    MemorySubjects,
    MemoryToldMessages,
)
from tests.fakes.notifications import MemoryUserEvents
from tests.fakes.world import MemoryTransaction

GOODS = Subject.of_listings(ListingId(new_id()))
MINUTE = timedelta(minutes=1)


@dataclass
class House:
    transaction: Transaction
    conversations: Conversations
    messages: Messages
    approaches: Approaches
    reports: MessageReports
    desk: ModerationDesk
    subjects: Subjects
    acquaintances: Acquaintances
    user_events: UserEvents
    told: ToldMessages
    log: UserEventLog
    person: Callable[[], Awaitable[UserId]]
    """With an account since NOON."""
    gone: Callable[[UserId], Awaitable[None]]
    blocked: Callable[[UserId, UserId], Awaitable[None]]
    listed: Callable[[UserId], Awaitable[Subject]]

    async def heard(self, user: UserId) -> list[tuple[str, Mapping[str, Any]]]:
        page = (await self.log.read({user: 0}, 100))[user]
        return [(one.name, msgspec.json.decode(one.data)) for one in page.events]

    async def started(self, **changes: Any) -> Conversation:
        given: dict[str, Any] = {
            "id": ConversationId(new_id()), "buyer": a_user_id(), "seller": a_user_id(), "subject": GOODS, "now": NOON,
        }  # fmt: skip
        async with self.transaction:
            return await self.conversations.start(Conversation.start(**{**given, **changes}))

    async def wrote(self, conversation: Conversation, author: UserId, words: str = "Hello", **more: Any) -> Message:
        content = Content.of(MessageKind.TEXT, words, more.pop("data", None), more.pop("key", None))
        message = conversation.write(MessageId(new_id()), author, content, more.pop("at", NOON), **more)
        async with self.transaction:
            await self.conversations.save(conversation, message)
        return message

    async def found(self, conversation_id: ConversationId) -> Conversation:
        async with self.transaction:
            return await self.conversations.locked(conversation_id)


class MessagingContract:
    async def test_two_people_have_one_conversation_about_a_subject(self, house: House) -> None:
        first = await house.started()
        turned = await house.started(buyer=first.seller, seller=first.buyer, now=NOON + MINUTE)
        assert (turned.id, turned.buyer, turned.seller, turned.started_at) == (
            first.id, first.buyer, first.seller, NOON,
        )  # fmt: skip
        others = [
            await house.started(buyer=first.buyer, seller=first.seller, subject=subject)
            for subject in (None, Subject.of_listings(ListingId(new_id())), None)
        ]
        assert len({first.id, *(one.id for one in others)}) == 3
        assert others[0].id == others[2].id, "about nothing is one subject too"
        assert (others[0].subject, first.subject) == (None, GOODS)

    async def test_a_conversation_comes_back_as_it_was_saved(self, house: House) -> None:
        conversation = await house.started(approached_by=a_user_id())
        buyer, seller = conversation.buyer, conversation.seller
        await house.wrote(conversation, buyer)
        await house.wrote(conversation, buyer, at=NOON + MINUTE)
        conversation.read(seller, 1, 1)
        conversation.deliver(seller, 2)
        conversation.members[buyer].is_archived = conversation.members[seller].is_muted = True
        async with house.transaction:
            await house.conversations.save(conversation)
        found = await house.found(conversation.id)
        assert (found.last_seq, found.last_at, found.runner, found.run) == (2, NOON + MINUTE, buyer, 2)
        assert (found.approached_by, found.is_answered) == (conversation.approached_by, False)
        assert found.members == conversation.members
        assert (found.members[seller].read, found.members[seller].delivered, found.members[seller].unread) == (1, 2, 1)
        await house.wrote(conversation, seller)
        assert (await house.found(conversation.id)).is_answered

    async def test_a_message_comes_back_as_it_was_saved_and_changed(self, house: House) -> None:
        conversation = await house.started()
        message = await house.wrote(
            conversation,
            conversation.buyer,
            "Ünder \U0001f600 way",
            data={"a": [1, None]},
            key=new_id(),
            flags=("link",),
        )
        async with house.transaction:
            assert await house.messages.get(message.id) == message
            assert await house.messages.place_of(message.id) == conversation.id
        former = message.edit("On its way", ["email", "phone"], NOON + MINUTE)
        assert former is not None
        async with house.transaction:
            await house.messages.keep(former)
            await house.conversations.save(conversation, message)
            assert await house.messages.get(message.id) == message
        last = conversation.delete(message, NOON + 2 * MINUTE)
        assert last is not None
        async with house.transaction:
            await house.messages.keep(last)
            await house.conversations.save(conversation, message)
            found = await house.messages.get(message.id)
        assert found == message
        assert (found.content, found.data, found.flags, found.versions) == ("", {}, (), 2)
        assert (found.edited_at, found.deleted_at) == (NOON + MINUTE, NOON + 2 * MINUTE)

    async def test_what_was_sent_under_a_key_is_found_by_its_sender(self, house: House) -> None:
        conversation, key = await house.started(), new_id()
        message = await house.wrote(conversation, conversation.buyer, key=key)
        record = conversation.record(Message(
            id=MessageId(new_id()), seq=0, author=None, kind=MessageKind.ORDER, content="", data={"order": 1},
            created_at=NOON, source=key,
        ))  # fmt: skip
        async with house.transaction:
            await house.conversations.save(conversation, record)
            assert await house.messages.sent_as(conversation.id, conversation.buyer, key) == message
            assert await house.messages.sent_as(conversation.id, conversation.seller, key) is None
            assert await house.messages.sent_as(conversation.id, conversation.buyer, new_id()) is None
            assert await house.messages.made_of(conversation.id, key) == record
            assert await house.messages.made_of(conversation.id, new_id()) is None
            assert await house.messages.made_of(ConversationId(new_id()), key) is None

    async def test_unread_is_what_others_did_and_left_there(self, house: House) -> None:
        conversation = await house.started()
        buyer, seller = conversation.buyer, conversation.seller
        messages = [await house.wrote(conversation, who) for who in (buyer, seller, buyer, buyer)]
        record = conversation.record(Message(
            id=MessageId(new_id()), seq=0, author=None, kind=MessageKind.NOTE, content="", data={}, created_at=NOON
        ))  # fmt: skip
        conversation.delete(messages[2], NOON)
        async with house.transaction:
            await house.conversations.save(conversation, record, messages[2])
            counts = [await house.messages.unread(conversation.id, seller, behind) for behind in (0, 1, 4, 5)]
            assert counts == [3, 2, 1, 0]
            assert await house.messages.unread(conversation.id, buyer, 0) == 2

    async def test_what_never_was_is_not_found(self, house: House) -> None:
        with pytest.raises(ConversationNotFound):
            await house.found(ConversationId(new_id()))
        for find in (house.messages.get, house.messages.place_of):
            with pytest.raises(MessageNotFound):
                async with house.transaction:
                    await find(MessageId(new_id()))

    async def test_a_failed_block_leaves_nothing(self, house: House) -> None:
        conversation = await house.started()
        with pytest.raises(ZeroDivisionError):
            async with house.transaction:
                message = conversation.write(
                    MessageId(new_id()), conversation.buyer, Content.of(MessageKind.TEXT, "Hello"), NOON
                )
                await house.conversations.save(conversation, message)
                await house.user_events.append([Notice(conversation.seller, "message:new", {"messageId": message.id})])
                raise ZeroDivisionError
        found = await house.found(conversation.id)
        assert (found.last_seq, found.members[conversation.seller].unread) == (0, 0)
        assert await house.heard(conversation.seller) == []

    async def test_strangers_are_who_never_answered(self, house: House) -> None:
        one, other = a_user_id(), a_user_id()

        async def are_strangers() -> list[bool]:
            async with house.transaction:
                return [await house.approaches.are_strangers(*both) for both in ((one, other), (other, one))]

        assert await are_strangers() == [True, True]
        conversation = await house.started(buyer=one, seller=other)
        await house.wrote(conversation, one)
        assert await are_strangers() == [True, True]
        await house.wrote(conversation, other)
        await house.started(buyer=one, seller=other, subject=None)
        assert await are_strangers() == [False, False]

    async def test_the_last_conversations_with_strangers_are_the_newest(self, house: House) -> None:
        somebody = a_user_id()
        for number in (2, 0, 3, 1):
            await house.started(buyer=somebody, approached_by=somebody, now=NOON + number * MINUTE)
        await house.started(buyer=somebody, now=NOON + 9 * MINUTE)
        other = await house.started(seller=somebody, approached_by=a_user_id(), now=NOON + 9 * MINUTE)
        async with house.transaction:
            assert await house.approaches.last_of(somebody, 3) == [NOON + n * MINUTE for n in (3, 2, 1)]
            assert await house.approaches.last_of(other.buyer, 3) == []

    async def test_the_last_message_that_was_taken_down(self, house: House) -> None:
        conversation = await house.started()
        buyer, seller = conversation.buyer, conversation.seller
        for who, at in ((buyer, 1), (buyer, 3), (buyer, 2)):
            message = await house.wrote(conversation, who)
            conversation.take_down(message, a_user_id(), "Insults.", NOON + at * MINUTE)
            async with house.transaction:
                await house.conversations.save(conversation, message)
        deleted = await house.wrote(conversation, seller)
        conversation.delete(deleted, NOON)
        async with house.transaction:
            await house.conversations.save(conversation, deleted)
            assert await house.approaches.last_take_down(buyer) == NOON + 3 * MINUTE
            assert await house.approaches.last_take_down(seller) is None

    async def test_a_report_is_remembered(self, house: House) -> None:
        message = await house.wrote(conversation := await house.started(), conversation.buyer)
        report = MessageReport(
            message_id=message.id, reporter=conversation.seller, reason=MessageReportReason.FRAUD, details="Look.",
            at=NOON,
        )  # fmt: skip
        async with house.transaction:
            assert await house.reports.of(message.id, conversation.seller) is None
            await house.reports.add(report, new_id())
            assert await house.reports.of(message.id, conversation.seller) == report
            assert await house.reports.of(message.id, conversation.buyer) is None

    async def test_a_reported_message_waits_once(self, house: House) -> None:
        message, first, second = MessageId(new_id()), new_id(), new_id()
        async with house.transaction:
            assert await house.desk.put(message, first, NOON) == first
            assert await house.desk.put(message, second, NOON) == first
            assert await house.desk.put(MessageId(new_id()), second, NOON) == second

    async def test_what_was_told_of_a_message_is_forgotten(self, house: House) -> None:
        one, other, gone, kept = a_user_id(), a_user_id(), MessageId(new_id()), MessageId(new_id())

        def item(to: UserId, name: str, of: MessageId) -> Notice:
            return Notice(to, name, {"messageId": of, "content": "Hello", "data": {"a": 1}})

        async with house.transaction:
            await house.user_events.append([
                item(one, "message:new", gone), item(other, "message:new", gone), item(one, "message:new", kept),
                item(one, "message:updated", gone),
            ])  # fmt: skip
            await house.told.forget(gone)
        told = [(name, data["messageId"], data["content"], data["data"]) for name, data in await house.heard(one)]
        assert told == [
            ("message:new", str(gone), "", {}), ("message:new", str(kept), "Hello", {"a": 1}),
            ("message:updated", str(gone), "", {}),
        ]  # fmt: skip
        assert [data["content"] for _, data in await house.heard(other)] == [""]

    async def test_who_offers_what(self, house: House) -> None:
        seller, viewer = await house.person(), await house.person()
        subject = await house.listed(seller)
        async with house.transaction:
            assert await house.subjects.owner(viewer, subject) == seller
            assert await house.subjects.owner(seller, subject) == seller
        with pytest.raises(ListingNotFound):
            async with house.transaction:
                await house.subjects.owner(viewer, Subject.of_listings(ListingId(new_id())))

    async def test_who_can_meet_whom(self, house: House) -> None:
        ann, bob, eve = [await house.person() for _ in range(3)]
        await house.blocked(ann, eve)
        async with house.transaction:
            assert await house.acquaintances.username(ann)
            assert await house.acquaintances.joined_at(ann) == NOON
            assert await house.acquaintances.can_meet(ann, bob)
            assert not await house.acquaintances.can_meet(ann, eve)
            assert not await house.acquaintances.can_meet(eve, ann)
        await house.gone(bob)
        async with house.transaction:
            assert not await house.acquaintances.can_meet(ann, bob)
            assert await house.acquaintances.username(bob) is None


class TestMemoryMessaging(MessagingContract):
    @pytest.fixture
    def house(self) -> House:
        transaction = MemoryTransaction()
        subjects, acquaintances, events = MemorySubjects(), MemoryAcquaintances(NOON), MemoryUserEvents(transaction)

        async def person() -> UserId:
            return a_user_id()

        async def gone(user: UserId) -> None:
            acquaintances.gone.add(user)

        async def blocked(one: UserId, other: UserId) -> None:
            acquaintances.blocks.add(frozenset({one, other}))

        async def listed(seller: UserId) -> Subject:
            subject = Subject.of_listings(ListingId(new_id()))
            subjects.owners[subject.id] = seller
            return subject

        return House(
            transaction, MemoryConversations(transaction), MemoryMessages(transaction), MemoryApproaches(transaction),
            MemoryMessageReports(transaction), MemoryDesk(), subjects, acquaintances, events,
            MemoryToldMessages(events), events, person, gone, blocked, listed,
        )  # fmt: skip


class TestSqlMessaging(MessagingContract):
    @pytest.fixture
    def house(self, pool: Pool) -> House:
        transaction = SqlTransaction(pool, {})
        listings = SqlListings(transaction)

        async def execute(sql: str, *values: UUID) -> None:
            async with pool.connection() as connection:
                await connection.execute(sql, *values)

        async def person() -> UserId:
            async with pool.connection() as connection:
                return await add_user(connection)

        async def gone(user: UserId) -> None:
            await execute("UPDATE identity.users SET status = 'suspended' WHERE id = $1", user)

        async def blocked(one: UserId, other: UserId) -> None:
            await execute(
                "INSERT INTO social.blocks (blocker_id, blocked_id, created_at) VALUES ($1, $2, now())", one, other
            )

        async def listed(seller: UserId) -> Subject:
            listing = a_published_listing(seller=seller)
            async with transaction:
                await listings.add(listing, aed(1))
            return Subject.of_listings(listing.id)

        return House(
            transaction, SqlConversations(transaction), SqlMessages(transaction), SqlApproaches(transaction),
            SqlMessageReports(transaction), ModerationDeskOfCatalog(SqlModerationItems(transaction)),
            SubjectsOfCatalog(listings, transaction), AcquaintancesOfIdentity(transaction),
            SqlUserEvents(transaction, TimeOrderedIds()), ToldMessagesOfNotifications(transaction),
            SqlUserEventLog(pool), person, gone, blocked, listed,
        )  # fmt: skip
