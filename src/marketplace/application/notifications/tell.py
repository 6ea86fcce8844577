"""The one place that decides by which channels a person is told, and when (docs/adr/0042)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from hashlib import blake2b
from typing import Any
from uuid import UUID

from marketplace.application.notifications.centre_ports import (
    Centre,
    Collected,
    Notification,
    NotificationId,
    PreferenceBook,
    Wishes,
    Wording,
)
from marketplace.application.notifications.digests import SEND_DIGEST
from marketplace.application.notifications.push import Push, Pushes
from marketplace.application.shared import letters
from marketplace.application.shared.letters import Letter
from marketplace.application.shared.messages import MessageChannel
from marketplace.application.shared.ports import Clock, Ids, Timers
from marketplace.application.shared.posting import News, Post, PostedLetter
from marketplace.application.shared.user_events import Notice
from marketplace.domain.notifications.kinds import GROUP_OF, MAILED, Group, NotificationKind, kind_of
from marketplace.domain.notifications.preferences import Channel
from marketplace.domain.shared.ids import UserId

GROUP_OF_LETTER: Mapping[type[Letter], Group] = {
    **dict.fromkeys((
        letters.TradeOffer, letters.TradeTerms, letters.TradeOfferAccepted, letters.TradeOfferDeclined,
        letters.TradeOfferEnded,
    ), Group.OFFERS),
    **dict.fromkeys((
        letters.TradeInvitation, letters.TradeOffersOpen, letters.TradeEndsSoon, letters.TradeAwarded,
    ), Group.TRADES),
    **dict.fromkeys((
        letters.OrderPaid, letters.OrderDelivered, letters.OrderCompleted, letters.OrderCancelled,
    ), Group.ORDERS),
    **dict.fromkeys((letters.OrderRefunded, letters.PayoutPaid, letters.PayoutFailed), Group.PAYMENTS),
    **dict.fromkeys((letters.DisputeOpened, letters.DisputeResolved, letters.DisputeWithdrawn), Group.DISPUTES),
    **dict.fromkeys((
        letters.SubscriptionStarted, letters.SubscriptionChargeFailed, letters.SubscriptionEnded,
    ), Group.SUBSCRIPTIONS),
}  # fmt: skip
PRIVATE = frozenset({"message", "content"})
"""What people wrote to each other stays where it is, and is not shown on a locked screen."""


@dataclass(frozen=True, slots=True)
class _News:
    """A notice that the centre knows; `facts` are what is kept of it."""

    notice: Notice
    kind: NotificationKind
    facts: dict[str, Any]
    wishes: Wishes

    @property
    def group(self) -> Group:
        return GROUP_OF[self.kind]

    @property
    def collapse_key(self) -> str:
        """One of what is told of the same thing; a conversation and a negotiation go before what is said in them."""
        ids = [fact for fact in self.facts.values() if isinstance(fact, UUID)]
        about = self.facts.get("conversationId") or self.facts.get("negotiationId") or next(iter(ids), "")
        return blake2b(f"{self.kind} {about}".encode(), digest_size=12).hexdigest()

    def goes_by(self, channel: Channel) -> bool:
        return self.wishes.preferences.allow(self.group, channel)


@dataclass(frozen=True, slots=True)
class Tell:
    """Runs inside the transaction of its caller, so that each person is told once or not at all."""

    centre: Centre
    book: PreferenceBook
    wording: Wording
    collected: Collected
    pushes: Pushes
    post: Post
    timers: Timers
    ids: Ids
    clock: Clock

    async def __call__(self, notices: Sequence[Notice], posted: Sequence[PostedLetter]) -> Sequence[Notice]:
        """The notices, each that the centre now shows with its `notification`."""
        kinds = {
            place: kind
            for place, notice in enumerate(notices)
            if (kind := kind_of(notice.name, notice.data, quiet=notice.quiet))
        }
        people = {notices[place].recipient for place in kinds} | {letter.to for letter in posted}
        if not people:
            return notices
        book, now = await self.book.of(people), self.clock.now()
        news = {
            place: _News(notices[place], kind, _facts(notices[place]), book[notices[place].recipient])
            for place, kind in kinds.items()
        }
        shown = await self._show({place: one for place, one in news.items() if one.goes_by(Channel.IN_APP)}, now)
        written_to = {letter.to for letter in posted}
        mails = list(posted)
        for place, one in news.items():
            if not one.notice.quiet:
                self._call(one, shown.get(place), now)
                if one.kind in MAILED and one.notice.recipient not in written_to:
                    mails.append(PostedLetter(one.notice.recipient, News(one.kind, one.facts), self.ids.new()))
        await self._mail(mails, book, now)
        return [_with_notification(notice, shown.get(place)) for place, notice in enumerate(notices)]

    async def _show(self, news: Mapping[int, _News], now: datetime) -> Mapping[int, dict[str, Any]]:
        """What each event says of its notification, by the same places."""
        rows = [
            Notification(NotificationId(self.ids.new()), one.notice.recipient, one.kind, one.facts, now)
            for one in news.values()
        ]  # fmt: skip
        unread = await self.centre.add(rows) if rows else ()
        return {
            place: {"id": row.id, "kind": row.kind, "unreadCount": count}
            for place, row, count in zip(news, rows, unread, strict=True)
        }

    def _call(self, one: _News, shown: dict[str, Any] | None, now: datetime) -> None:
        """By push and by text message, but not in quiet hours."""
        to, not_before = one.notice.recipient, one.wishes.preferences.quiet_until(one.group, now)
        if one.wishes.has_devices and one.goes_by(Channel.PUSH):
            said = self.wording.say(one.kind, one.facts, one.wishes.language)
            opens = {name: str(fact) for name, fact in one.facts.items() if isinstance(fact, UUID)}
            if shown:
                opens["notificationId"] = str(shown["id"])
            self.pushes.add(to, Push(one.kind, said.title, said.body, opens, one.collapse_key), not_before)
        if one.goes_by(Channel.SMS):
            letter = PostedLetter(to, News(one.kind, one.facts), self.ids.new(), MessageChannel.SMS)
            self.post.add(letter, not_before)

    async def _mail(self, mails: Sequence[PostedLetter], book: Mapping[UserId, Wishes], now: datetime) -> None:
        for mail in mails:
            preferences, group = book[mail.to].preferences, _group_of(mail.letter)
            if not preferences.allow(group, Channel.EMAIL):
                continue
            if at := preferences.collected_at(group, now):
                await self.collected.add(mail.to, mail.letter, now)
                self.timers.set(SEND_DIGEST, mail.to, at)
            else:
                self.post.add(mail)


def _group_of(letter: Letter) -> Group:
    return GROUP_OF[NotificationKind(letter.kind)] if isinstance(letter, News) else GROUP_OF_LETTER[type(letter)]


def _facts(notice: Notice) -> dict[str, Any]:
    return {name: fact for name, fact in notice.data.items() if name not in PRIVATE}


def _with_notification(notice: Notice, shown: dict[str, Any] | None) -> Notice:
    return replace(notice, data={**notice.data, "notification": shown}) if shown else notice
