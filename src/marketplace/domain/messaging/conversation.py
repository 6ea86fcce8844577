"""One thread of two people about one subject: everything between them, in one order without gaps."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import ClassVar, Self

from marketplace.domain.messaging.message import (
    TAKEN_DOWN,
    Content,
    InvalidMessage,
    Message,
    MessageId,
    MessageKind,
    Version,
)
from marketplace.domain.messaging.pace import require_turn
from marketplace.domain.shared.aggregate import Aggregate, DomainEvent
from marketplace.domain.shared.errors import NotFound
from marketplace.domain.shared.ids import ConversationId, UserId
from marketplace.domain.shared.subject import Subject


class ConversationNotFound(NotFound):
    code = "conversation_not_found"


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageWritten(DomainEvent):
    """`to` are the other members, but for those who have muted it."""

    name: ClassVar[str] = "messaging.message_written.v1"
    conversation_id: ConversationId
    message_id: MessageId
    seq: int
    kind: MessageKind
    author: UserId
    to: tuple[UserId, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageTakenDown(DomainEvent):
    name: ClassVar[str] = "messaging.message_taken_down.v1"
    conversation_id: ConversationId
    message_id: MessageId
    author: UserId
    by: UserId
    reason: str


@dataclass(slots=True, kw_only=True)
class Member:
    """`read` and `delivered` are numbers of messages: everything up to there. `unread` counts what others did since."""

    user: UserId
    read: int = 0
    delivered: int = 0
    unread: int = 0
    is_archived: bool = False
    is_muted: bool = False


@dataclass(slots=True, kw_only=True, eq=False)
class Conversation(Aggregate):
    """The buyer is who asks, the seller whose subject it is; of a conversation about nothing, who began it asks.

    `run` counts the messages that `runner` wrote since anybody else last did anything. `approached_by` began it with a
    stranger. It is answered once both have written, or something happened between them.
    """

    id: ConversationId
    buyer: UserId
    seller: UserId
    subject: Subject | None
    started_at: datetime
    last_seq: int = 0
    last_at: datetime
    runner: UserId | None = None
    run: int = 0
    approached_by: UserId | None = None
    is_answered: bool = False
    members: Mapping[UserId, Member] = field(default_factory=dict)

    @classmethod
    def start(
        cls,
        *,
        id: ConversationId,
        buyer: UserId,
        seller: UserId,
        subject: Subject | None,
        now: datetime,
        approached_by: UserId | None = None,
    ) -> Self:
        """Raises InvalidMessage."""
        if buyer == seller:
            raise InvalidMessage("is somebody else", field="other_user_id")
        members = {user: Member(user=user) for user in (buyer, seller)}
        return cls(
            id=id, buyer=buyer, seller=seller, subject=subject, started_at=now, last_at=now,
            approached_by=approached_by, members=members,
        )  # fmt: skip

    def member(self, user: UserId) -> Member:
        """Raises ConversationNotFound."""
        if user not in self.members:
            raise ConversationNotFound("no such conversation", conversation_id=self.id)
        return self.members[user]

    def others(self, user: UserId) -> tuple[UserId, ...]:
        return tuple(one for one in self.members if one != user)

    def write(
        self, id: MessageId, author: UserId, content: Content, now: datetime, flags: Iterable[str] = ()
    ) -> Message:
        """Raises ConversationNotFound, SlowMode."""
        self.member(author)
        if self.runner == author:
            require_turn(self.run, self.last_at, now)
        self.is_answered = self.is_answered or self.runner not in {None, author}
        self.run = self.run + 1 if self.runner == author else 1
        self.runner = author
        message = self._append(Message(
            id=id, seq=self.last_seq + 1, author=author, kind=content.kind, content=content.text, data=content.data,
            created_at=now, key=content.key, flags=tuple(sorted(flags)),
        ))  # fmt: skip
        self._record(MessageWritten(
            occurred_at=now, conversation_id=self.id, message_id=id, seq=message.seq, kind=content.kind, author=author,
            to=tuple(one for one in self.others(author) if not self.members[one].is_muted),
        ))  # fmt: skip
        return message

    def record(self, message: Message) -> Message:
        """Of what happened elsewhere; its number is given here."""
        message.seq = self.last_seq + 1
        self.runner, self.run, self.is_answered = None, 0, True
        return self._append(message)

    def _append(self, message: Message) -> Message:
        self.last_seq, self.last_at = message.seq, message.created_at
        for member in self.members.values():
            if member.user != message.author:
                member.unread += 1
                member.is_archived = member.is_archived and member.is_muted
        return message

    def delete(self, message: Message, now: datetime) -> Version | None:
        """Its place in the order stays. None if that was done before."""
        if message.deleted_at is not None:
            return None
        for member in self.members.values():
            if member.user != message.author and message.seq > member.read:
                member.unread -= 1
        return message.empty(now)

    def take_down(self, message: Message, moderator: UserId, reason: str, now: datetime) -> Version | None:
        """Of one that its author has deleted there is nothing left to keep."""
        former = self.delete(message, now)
        if message.author and TAKEN_DOWN not in message.flags:
            message.flags = (TAKEN_DOWN,)
            self._record(MessageTakenDown(
                occurred_at=now, conversation_id=self.id, message_id=message.id, author=message.author, by=moderator,
                reason=reason,
            ))  # fmt: skip
        return former

    def deliver(self, user: UserId, up_to: int) -> bool:
        """Whether that is news. Nothing is delivered that is not there."""
        member, up_to = self.member(user), min(up_to, self.last_seq)
        if up_to <= member.delivered:
            return False
        member.delivered = up_to
        return True

    def read(self, user: UserId, up_to: int, unread: int) -> bool:
        """Whether that is news; `unread` is how many others did behind `up_to`."""
        member, up_to = self.member(user), min(up_to, self.last_seq)
        self.deliver(user, up_to)
        if up_to <= member.read:
            return False
        member.read, member.unread = up_to, unread
        return True
