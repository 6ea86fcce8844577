from datetime import timedelta
from typing import Any
from uuid import UUID

import msgspec

from marketplace.application.messaging.attachments import ForgetAttachments
from marketplace.application.messaging.changes import Changes, DeleteMessage, EditMessage
from marketplace.application.messaging.conversations import (
    KeepConversation,
    MarkDelivered,
    MarkRead,
    Record,
    RecordInThread,
    SendMessage,
    StartConversation,
    Threads,
)
from marketplace.application.messaging.moderation import JudgeMessage, ReportMessage
from marketplace.application.messaging.ports import Home
from marketplace.application.messaging.presence import Typing
from marketplace.application.messaging.views import MessageView, StartedView
from marketplace.application.shared.actor import Actor
from marketplace.application.shared.limits import Limit, RateWindow
from marketplace.application.shared.rooms import Rooms
from marketplace.domain.messaging.message import Content, MessageKind
from marketplace.domain.shared.ids import ConversationId, ListingId, UserId
from marketplace.domain.shared.subject import Subject
from tests.builders.commerce import NOON, an_actor, new_id
from tests.fakes.limits import MemoryRateLimits
from tests.fakes.messaging import (
    MemoryAcquaintances,
    MemoryApproaches,
    MemoryAttachments,
    MemoryConversations,
    MemoryDesk,
    MemoryMessageReports,
    MemoryMessages,
    MemorySubjects,
    MemoryToldMessages,
)
from tests.fakes.notifications import MemoryUserEvents
from tests.fakes.presence import MemoryTypists
from tests.fakes.rooms import MemoryRooms
from tests.fakes.world import FixedClock, MemoryTimers, MemoryTransaction, Rows, SequentialIds

HOME = Home("market.example")
GOODS = Subject.of_listings(ListingId(new_id()))


class Talk:
    """A buyer, a seller and what the seller sells."""

    def __init__(self, rooms: Rooms | None = None) -> None:
        self.buyer, self.seller = an_actor(), an_actor()
        self.transaction, self.clock, ids = MemoryTransaction(), FixedClock(NOON), SequentialIds()
        self.conversations, self.messages = MemoryConversations(self.transaction), MemoryMessages(self.transaction)
        self.acquaintances, self.subjects = MemoryAcquaintances(NOON - timedelta(days=100)), MemorySubjects()
        self.subjects.owners[GOODS.id] = self.seller.user
        self.approaches, self.desk = MemoryApproaches(self.transaction), MemoryDesk()
        self.attachments, self.timers = MemoryAttachments(self.transaction), MemoryTimers(self.transaction)
        limits = MemoryRateLimits({Limit.CHAT: (RateWindow(60, 60),)}, self.clock)
        self.events, common = MemoryUserEvents(self.transaction), (self.transaction, self.clock)
        threads = Threads(
            self.conversations, self.messages, self.acquaintances, self.attachments, self.events, ids, HOME
        )  # fmt: skip
        self.start = StartConversation(
            threads, self.conversations, self.acquaintances, self.approaches, limits, self.subjects, *common, ids
        )  # fmt: skip
        self.typists = MemoryTypists(self.clock)
        typing = Typing(self.typists, rooms or MemoryRooms())
        self.send = SendMessage(threads, self.conversations, limits, *common, typing)
        self.record = RecordInThread(
            self.conversations, self.messages, self.acquaintances, self.events, self.transaction, ids, HOME
        )
        self.read = MarkRead(self.conversations, self.messages, self.events, self.transaction)
        self.deliver = MarkDelivered(self.conversations, self.events, self.transaction)
        self.keep = KeepConversation(self.conversations, self.events, self.transaction)
        self.forget = ForgetAttachments(self.attachments, self.timers, *common)
        changes = Changes(
            self.conversations, self.messages, self.acquaintances, self.forget, self.events,
            MemoryToldMessages(self.events),
        )  # fmt: skip
        self.edit = EditMessage(changes, threads, limits, *common)
        self.delete = DeleteMessage(changes, *common)
        self.report = ReportMessage(changes, MemoryMessageReports(self.transaction), self.desk, *common, ids)
        self.judge = JudgeMessage(changes)

    @property
    def rows(self) -> Rows:
        return self.transaction.rows

    async def started(self, words: str | None = "Hello", subject: Subject | None = GOODS) -> StartedView:
        """By the buyer."""
        return await self.start(self.buyer, self.seller.user, subject, None if words is None else text(words))

    async def says(
        self, who: Actor, where: ConversationId, words: str = "And?", key: UUID | None = None
    ) -> MessageView:
        return await self.send(who, where, text(words, key))

    async def happened(self, kind: MessageKind, by: UserId | None, source: UUID | None = None, text: str = "") -> None:
        record = Record(
            kind=kind, data={"order_id": "1"}, by=by, source=source or new_id(), at=self.clock.now(), text=text
        )
        await self.record.between(self.buyer.user, self.seller.user, GOODS, record)

    def heard(self, who: Actor, name: str) -> list[Any]:
        return [msgspec.json.decode(one.data) for one in self.events.events[who.user] if one.name == name]

    def unread(self, where: ConversationId) -> tuple[int, int]:
        """Of the buyer and of the seller."""
        members = self.rows.conversations[where].members
        return members[self.buyer.user].unread, members[self.seller.user].unread


def text(words: str, key: UUID | None = None) -> Content:
    return Content.of(MessageKind.TEXT, words, key=key)
