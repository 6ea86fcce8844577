"""What becomes of messages after they are sent: edited, deleted."""

from dataclasses import dataclass

from marketplace.application.messaging import news
from marketplace.application.messaging.attachments import ForgetAttachments
from marketplace.application.messaging.conversations import Threads, message_view
from marketplace.application.messaging.ports import Acquaintances, Conversations, Messages, ToldMessages
from marketplace.application.messaging.views import MessageView
from marketplace.application.shared.actor import Actor, Permission
from marketplace.application.shared.limits import Limit, RateLimits
from marketplace.application.shared.ports import Clock, Transaction
from marketplace.application.shared.user_events import UserEvents
from marketplace.domain.messaging.conversation import Conversation
from marketplace.domain.messaging.hints import hints_of
from marketplace.domain.messaging.message import Message, MessageId, MessageNotFound, Version
from marketplace.domain.shared.ids import UserId


@dataclass(frozen=True, slots=True)
class Changes:
    """The steps inside a running transaction."""

    conversations: Conversations
    messages: Messages
    acquaintances: Acquaintances
    files: ForgetAttachments
    user_events: UserEvents
    told: ToldMessages

    async def found(self, message_id: MessageId, member: UserId) -> tuple[Conversation, Message]:
        """Locked. Raises MessageNotFound, to outsiders too."""
        conversation, message = await self.found_by_moderator(message_id)
        if member not in conversation.members:
            raise MessageNotFound("no such message", message_id=message_id)
        return conversation, message

    async def found_by_moderator(self, message_id: MessageId) -> tuple[Conversation, Message]:
        """Locked, whoever its members are. Raises MessageNotFound."""
        conversation = await self.conversations.locked(await self.messages.place_of(message_id))
        return conversation, await self.messages.get(message_id)

    async def store(self, name: str, conversation: Conversation, message: Message, former: Version | None) -> None:
        """And tell the members as `name`."""
        if former:
            await self.messages.keep(former)
        author = await self.acquaintances.username(message.author) if message.author else None
        await self.conversations.save(conversation, message)
        if message.deleted_at:
            await self.files.of_message(message.id)
        await self.user_events.append(news.of_change(name, conversation, message, author))
        if message.deleted_at:
            await self.told.forget(message.id)


@dataclass(frozen=True, slots=True)
class EditMessage:
    changes: Changes
    threads: Threads
    limits: RateLimits
    transaction: Transaction
    clock: Clock

    async def __call__(self, actor: Actor, message_id: MessageId, text: str) -> MessageView:
        """The words of a message, or those beside a picture. Raises CannotWrite where there is a block by now."""
        actor.require(Permission.CONVERSE)
        await self.limits.take(Limit.CHAT, f"user:{actor.user}")
        async with self.transaction:
            conversation, message = await self.changes.found(message_id, actor.user)
            message.require_author(actor.user)
            await self.threads.require_open(conversation, actor.user)
            former = message.edit(text, hints_of(text, self.threads.home), self.clock.now())
            if former:
                await self.changes.store("message:updated", conversation, message, former)
            return self.transaction.answers(message_view(conversation.id, message))


@dataclass(frozen=True, slots=True)
class DeleteMessage:
    changes: Changes
    transaction: Transaction
    clock: Clock

    async def __call__(self, actor: Actor, message_id: MessageId) -> None:
        """For everybody; its place in the order stays. To delete it again changes nothing."""
        actor.require(Permission.CONVERSE)
        async with self.transaction:
            conversation, message = await self.changes.found(message_id, actor.user)
            message.require_author(actor.user)
            if former := conversation.delete(message, self.clock.now()):
                await self.changes.store("message:deleted", conversation, message, former)
            self.transaction.answers(None)
