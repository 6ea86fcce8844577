"""Starting conversations, writing into them, and what each member keeps of them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from marketplace.application.messaging import news
from marketplace.application.messaging.ports import (
    Acquaintances,
    Approaches,
    Attachments,
    Conversations,
    Home,
    Messages,
    Subjects,
)
from marketplace.application.messaging.presence import Typing
from marketplace.application.messaging.views import AsideView, MessageView, ReadView, StartedView
from marketplace.application.shared.actor import Actor, Permission
from marketplace.application.shared.limits import Limit, RateLimits
from marketplace.application.shared.ports import Clock, Ids, Transaction
from marketplace.application.shared.user_events import Notice, UserEvents
from marketplace.domain.messaging.attachment import NOT_YOURS, Attachment
from marketplace.domain.messaging.conversation import Conversation
from marketplace.domain.messaging.hints import hints_of, masked
from marketplace.domain.messaging.message import Content, InvalidMessage, Message, MessageId, MessageKind
from marketplace.domain.messaging.pace import most_strangers, require_room
from marketplace.domain.shared.errors import Forbidden, NotFound
from marketplace.domain.shared.ids import ConversationId, UserId
from marketplace.domain.shared.subject import Subject


class PersonNotFound(NotFound):
    code = "person_not_found"


class CannotWrite(Forbidden):
    code = "cannot_write_to_them"


@dataclass(frozen=True, slots=True)
class Threads:
    """The steps inside a running transaction."""

    conversations: Conversations
    messages: Messages
    acquaintances: Acquaintances
    attachments: Attachments
    user_events: UserEvents
    ids: Ids
    home: Home

    async def write(self, conversation: Conversation, author: UserId, content: Content, now: datetime) -> Message:
        """What was sent before under the same key is not written again; raises CannotWrite, SlowMode."""
        conversation.member(author)
        if content.key and (sent := await self.messages.sent_as(conversation.id, author, content.key)):
            return sent
        name = await self.acquaintances.username(author)
        await self.require_open(conversation, author)
        message_id = MessageId(self.ids.new())
        attached = await self._attached(conversation, author, content, message_id)
        if attached:
            content = replace(content, data={"attachments": [one.facts for one in attached]})
        message = conversation.write(message_id, author, content, now, hints_of(content.text, self.home))
        await self.conversations.save(conversation, message)
        await self.attachments.sent(attached)
        await self.user_events.append(news.of_message(conversation, message, name))
        return message

    async def _attached(
        self, conversation: Conversation, author: UserId, content: Content, message_id: MessageId
    ) -> list[Attachment]:
        """Raises InvalidMessage."""
        found = await self.attachments.locked(content.attachments) if content.attachments else []
        if len(found) < len(content.attachments):
            raise InvalidMessage(NOT_YOURS, field="attachments")
        for one in found:
            one.send(conversation.id, author, content.kind, message_id)
        return found

    async def require_open(self, conversation: Conversation, author: UserId) -> None:
        """Raises CannotWrite."""
        for other in conversation.others(author):
            if not await self.acquaintances.can_meet(author, other):
                raise CannotWrite("you cannot write to this person")


@dataclass(frozen=True, slots=True)
class StartConversation:
    threads: Threads
    conversations: Conversations
    acquaintances: Acquaintances
    approaches: Approaches
    limits: RateLimits
    subjects: Subjects
    transaction: Transaction
    clock: Clock
    ids: Ids

    async def __call__(
        self, actor: Actor, other: UserId, subject: Subject | None, content: Content | None
    ) -> StartedView:
        """With a person, about something that one of the two offers or asks for, or about nothing.

        Raises PersonNotFound where there is a block, either way; SlowMode, TooManyCalls.
        """
        actor.require(Permission.CONVERSE)
        await self.limits.take(Limit.CHAT, f"user:{actor.user}")
        async with self.transaction:
            buyer, seller = await self._sides(actor.user, other, subject)
            if not await self.acquaintances.can_meet(actor.user, other):
                raise PersonNotFound("no such person", user_id=other)
            are_strangers = await self.approaches.are_strangers(actor.user, other)
            begun = Conversation.start(
                id=ConversationId(self.ids.new()), buyer=buyer, seller=seller, subject=subject, now=self.clock.now(),
                approached_by=actor.user if are_strangers else None,
            )  # fmt: skip
            conversation = await self.conversations.start(begun)
            if are_strangers and conversation.id == begun.id:
                await self._require_room(actor.user, begun.started_at)
            message = None
            if content:
                message = await self.threads.write(conversation, actor.user, content, self.clock.now())
            return self.transaction.answers(started_view(conversation, message))

    async def _require_room(self, user: UserId, now: datetime) -> None:
        taken_down_at = await self.approaches.last_take_down(user)
        most = most_strangers(await self.acquaintances.joined_at(user), taken_down_at, now)
        require_room(await self.approaches.last_of(user, most + 1), most, now)

    async def _sides(self, actor: UserId, other: UserId, subject: Subject | None) -> tuple[UserId, UserId]:
        if subject is None:
            return actor, other
        owner = await self.subjects.owner(actor, subject)
        if owner not in {actor, other}:
            raise InvalidMessage("is not who offers this", field="other_user_id")
        return (other, actor) if owner == actor else (actor, other)


@dataclass(frozen=True, slots=True)
class SendMessage:
    threads: Threads
    conversations: Conversations
    limits: RateLimits
    transaction: Transaction
    clock: Clock
    typing: Typing

    async def __call__(self, actor: Actor, conversation_id: ConversationId, content: Content) -> MessageView:
        """Who sends has typed it."""
        actor.require(Permission.CONVERSE)
        await self.limits.take(Limit.CHAT, f"user:{actor.user}")
        async with self.transaction:
            conversation = await self.conversations.locked(conversation_id)
            message = await self.threads.write(conversation, actor.user, content, self.clock.now())
            answer = self.transaction.answers(message_view(conversation.id, message))
        await self.typing.ends(conversation.id, actor.user, conversation.others(actor.user))
        return answer


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """What happened elsewhere. `by` is who did it, None for the service; `source` is its own for ever."""

    kind: MessageKind
    data: Mapping[str, object]
    by: UserId | None
    source: UUID
    at: datetime
    text: str = ""


@dataclass(frozen=True, slots=True)
class RecordInThread:
    """Each record once."""

    conversations: Conversations
    messages: Messages
    acquaintances: Acquaintances
    user_events: UserEvents
    transaction: Transaction
    ids: Ids
    home: Home

    async def between(self, buyer: UserId, seller: UserId, subject: Subject, *records: Record) -> None:
        """In the thread of the two about the subject, which is begun if there is none."""
        async with self.transaction:
            conversation = await self.conversations.start(Conversation.start(
                id=ConversationId(self.ids.new()), buyer=buyer, seller=seller, subject=subject, now=records[0].at
            ))  # fmt: skip
            await self._record(conversation, records)

    async def inside(self, conversation_id: ConversationId, *records: Record) -> None:
        async with self.transaction:
            await self._record(await self.conversations.locked(conversation_id), records)

    async def _record(self, conversation: Conversation, records: Sequence[Record]) -> None:
        written: list[Message] = []
        told: list[Notice] = []
        for record in records:
            if await self.messages.made_of(conversation.id, record.source):
                continue
            message = conversation.record(Message(
                id=MessageId(self.ids.new()), seq=0, author=record.by, kind=record.kind, content=masked(record.text),
                data=record.data, created_at=record.at, source=record.source,
                flags=tuple(sorted(hints_of(record.text, self.home))),
            ))  # fmt: skip
            name = await self.acquaintances.username(record.by) if record.by else None
            written.append(message)
            told += news.of_message(conversation, message, name)
        if written:
            await self.conversations.save(conversation, *written)
            await self.user_events.append(told)


@dataclass(frozen=True, slots=True)
class MarkRead:
    conversations: Conversations
    messages: Messages
    user_events: UserEvents
    transaction: Transaction

    async def __call__(self, actor: Actor, conversation_id: ConversationId, up_to: int | None) -> ReadView:
        """Up to that number, or to the last. What is read stays read."""
        actor.require(Permission.CONVERSE)
        async with self.transaction:
            conversation = await self.conversations.locked(conversation_id)
            member = conversation.member(actor.user)
            place = conversation.last_seq if up_to is None else min(up_to, conversation.last_seq)
            unread = await self.messages.unread(conversation.id, actor.user, place) if place > member.read else 0
            if conversation.read(actor.user, place, unread):
                await self.conversations.save(conversation)
                await self.user_events.append(news.of_reading("messages:read", conversation, actor.user, place))
            return self.transaction.answers(ReadView(conversation.id, member.read, member.unread))


@dataclass(frozen=True, slots=True)
class MarkDelivered:
    conversations: Conversations
    user_events: UserEvents
    transaction: Transaction

    async def __call__(self, actor: Actor, conversation_id: ConversationId, up_to: int | None) -> ReadView:
        actor.require(Permission.CONVERSE)
        async with self.transaction:
            conversation = await self.conversations.locked(conversation_id)
            member = conversation.member(actor.user)
            if conversation.deliver(actor.user, conversation.last_seq if up_to is None else up_to):
                await self.conversations.save(conversation)
                await self.user_events.append(
                    news.of_reading("messages:delivered", conversation, actor.user, member.delivered)
                )  # fmt: skip
            return self.transaction.answers(ReadView(conversation.id, member.delivered, member.unread))


@dataclass(frozen=True, slots=True)
class KeepConversation:
    """Out of sight until something new comes (archived), or without a sound (muted); only for who does it."""

    conversations: Conversations
    user_events: UserEvents
    transaction: Transaction

    async def __call__(
        self,
        actor: Actor,
        conversation_id: ConversationId,
        *,
        archived: bool | None = None,
        muted: bool | None = None,
    ) -> AsideView:
        actor.require(Permission.CONVERSE)
        async with self.transaction:
            conversation = await self.conversations.locked(conversation_id)
            member = conversation.member(actor.user)
            before = (member.is_archived, member.is_muted)
            member.is_archived = member.is_archived if archived is None else archived
            member.is_muted = member.is_muted if muted is None else muted
            if (member.is_archived, member.is_muted) != before:
                await self.conversations.save(conversation)
                await self.user_events.append(news.of_keeping(conversation, actor.user))
            return self.transaction.answers(AsideView(conversation.id, member.is_archived, member.is_muted))


def started_view(conversation: Conversation, message: Message | None) -> StartedView:
    buyer, seller = (conversation.members[user] for user in (conversation.buyer, conversation.seller))
    subject = conversation.subject
    return StartedView(
        id=conversation.id, buyer_id=buyer.user, seller_id=seller.user,
        product_id=subject.listings[0] if subject and subject.listings else None,
        unread_count_buyer=buyer.unread, unread_count_seller=seller.unread,
        message=message_view(conversation.id, message) if message else None, created_at=conversation.started_at,
    )  # fmt: skip


def message_view(conversation_id: ConversationId, message: Message) -> MessageView:
    return MessageView(
        id=message.id, conversation_id=conversation_id, seq=message.seq, sender_id=message.author,
        message_type=message.kind, content=message.content, data=dict(message.data), flags=list(message.flags),
        created_at=message.created_at, edited_at=message.edited_at, is_deleted=message.deleted_at is not None,
        client_id=message.key,
    )  # fmt: skip
