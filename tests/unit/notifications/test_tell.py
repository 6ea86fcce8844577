"""Who is told what, by which channel and when."""

from datetime import UTC, datetime, time
from typing import Any
from uuid import UUID, uuid4

import pytest

from marketplace.application.notifications.deliver import DeliverNotices
from marketplace.application.notifications.digests import SEND_DIGEST, SendDigest, SetPreferences
from marketplace.application.notifications.tell import GROUP_OF_LETTER, Tell
from marketplace.application.shared.actor import Actor
from marketplace.application.shared.letters import Language, OrderCompleted, PasswordChanged, TradeOffer
from marketplace.application.shared.messages import MessageChannel
from marketplace.application.shared.ports import Timers
from marketplace.application.shared.posting import CollectedLetter, News, PostedLetter
from marketplace.application.shared.posting import Digest as DigestLetter
from marketplace.application.shared.user_events import Notice
from marketplace.domain.notifications.kinds import MAILED, Group, NotificationKind
from marketplace.domain.notifications.preferences import Channel, Digest, Every, Preferences, QuietHours
from marketplace.domain.shared.ids import SessionId, UserId
from tests.fakes.identity import MemoryIdentity, RandomIds
from tests.fakes.notification_centre import WORDING, MemoryBook, MemoryCentre, MemoryCollected, MemoryPushes
from tests.fakes.notifications import MemoryPost, MemoryUserEvents
from tests.fakes.world import FixedClock

MIDNIGHT = datetime(2030, 1, 1, tzinfo=UTC)
MORNING = datetime(2030, 1, 1, 7, tzinfo=UTC)
QUIET = QuietHours(time(22), time(7))
OFFER = {"id": uuid4(), "negotiationId": uuid4(), "offeredPrice": 750, "currency": "AED", "message": "Please!"}
ORDER = {"order_id": uuid4(), "status": "completed", "number": "M-1"}


class Timetable(Timers):
    def __init__(self) -> None:
        self.at: dict[tuple[str, UUID], datetime] = {}

    def set(self, timer: str, subject: UUID, at: datetime) -> None:
        self.at[timer, subject] = at

    def clear(self, timer: str, subject: UUID) -> None:
        self.at.pop((timer, subject), None)


class Desk:
    """One person, and everything by which the person can be told."""

    def __init__(self, **chosen: Any) -> None:
        self.person = UserId(uuid4())
        self.book, self.collected, self.pushes = MemoryBook(), MemoryCollected(), MemoryPushes()
        self.post, self.events, self.timers = MemoryPost(), MemoryUserEvents(), Timetable()
        self.centre, self.store, self.clock = MemoryCentre(self.book), MemoryIdentity(), FixedClock(MIDNIGHT)
        self.book.preferences[self.person] = Preferences(**chosen)
        self.book.have_devices.add(self.person)
        tell = Tell(
            self.centre, self.book, WORDING, self.collected, self.pushes, self.post, self.timers, RandomIds(),
            self.clock,
        )  # fmt: skip
        self.deliver = DeliverNotices(self.store, self.events, tell)

    async def tell(self, name: str, data: dict[str, Any], *, quiet: bool = False, **letters: CollectedLetter) -> None:
        posted = [PostedLetter(self.person, letter, uuid4()) for letter in letters.values()]
        await self.deliver([Notice(self.person, name, data, quiet)], posted)

    @property
    def kinds(self) -> list[NotificationKind]:
        return [kept.row.kind for kept in self.centre.kept]

    @property
    def pushed(self) -> list[str]:
        return [push.title for _, push, _ in self.pushes.added]

    @property
    def mailed(self) -> list[Any]:
        return [one.letter for one in self.post.posted if one.channel is MessageChannel.EMAIL]


async def test_a_notice_is_shown_pushed_and_mailed_and_its_event_says_so() -> None:
    desk = Desk()
    await desk.tell("offer:new", OFFER)
    await desk.tell("offer:new", OFFER)
    (kept, second), (event, _) = desk.centre.kept, desk.events.events[desk.person]
    assert desk.kinds == [NotificationKind.OFFER_RECEIVED] * 2
    assert kept.row.data == {name: fact for name, fact in OFFER.items() if name != "message"}
    assert (
        f'"notification":{{"id":"{kept.row.id}","kind":"offer_received","unreadCount":1}}' in bytes(event.data).decode()
    )
    (to, push, not_before), (_, again, _) = desk.pushes.added
    assert (to, push.kind, push.title, not_before) == (desk.person, "offer_received", "You have a new offer", None)
    assert push.body == "Price: \u2068750 AED\u2069"
    assert push.data == {
        "id": str(OFFER["id"]), "negotiationId": str(OFFER["negotiationId"]), "notificationId": str(kept.row.id),
    }  # fmt: skip
    assert push.collapse == again.collapse
    assert len(push.collapse or "") <= 32
    assert desk.mailed == [News("offer_received", dict(kept.row.data))] * 2
    assert second.row.id != kept.row.id


async def test_who_did_it_is_not_called() -> None:
    desk = Desk()
    await desk.tell("offer:updated", OFFER | {"status": "accepted"}, quiet=True)
    await desk.tell("order_created", {"order_id": uuid4(), "amount": 7, "currency": "AED"}, quiet=True)
    assert desk.kinds == [NotificationKind.ORDER_CREATED]
    assert (desk.pushed, desk.mailed) == ([], [])
    first, second = desk.events.events[desk.person]
    assert b"notification" not in bytes(first.data)
    assert b"notification" in bytes(second.data)


async def test_nothing_to_tell_touches_nothing() -> None:
    desk = Desk()
    await desk.deliver([])
    assert not desk.events.events


async def test_what_is_no_notification_is_told_as_it_was() -> None:
    desk = Desk()
    await desk.tell("typing:active", {"conversationId": 1})
    (event,) = desk.events.events[desk.person]
    assert bytes(event.data) == b'{"conversationId":1}'
    assert (desk.kinds, desk.pushed, desk.mailed) == ([], [], [])


@pytest.mark.parametrize("channel", list(Channel))
async def test_every_channel_can_be_the_only_one(channel: Channel) -> None:
    desk = Desk(choices={Group.OFFERS: {one: one is channel for one in Channel}})
    await desk.tell("offer:new", OFFER)
    told = {
        Channel.IN_APP: len(desk.kinds), Channel.PUSH: len(desk.pushed), Channel.EMAIL: len(desk.mailed),
        Channel.SMS: sum(one.channel is MessageChannel.SMS for one in desk.post.posted),
    }  # fmt: skip
    assert told == {one: int(one is channel) for one in Channel}
    assert len(desk.events.events[desk.person]) == 1


async def test_letters_go_in_the_place_of_our_own_and_only_where_they_are_wanted() -> None:
    letter, wanted, unwanted = TradeOffer("cotton", "7 INR", "5 bale"), Desk(), Desk(
        choices={Group.OFFERS: {Channel.EMAIL: False}}
    )  # fmt: skip
    await wanted.tell("offer:new", OFFER, letter=letter)
    await unwanted.tell("offer:new", OFFER, letter=letter)
    assert (wanted.mailed, unwanted.mailed) == ([letter], [])


async def test_a_person_is_told_in_the_language_of_the_account() -> None:
    desk = Desk()
    desk.book.languages[desk.person] = Language.RUSSIAN
    await desk.tell("order_status_changed", ORDER)
    assert desk.pushed == ["Заказ завершён"]


async def test_pushes_and_text_messages_wait_for_the_end_of_quiet_hours_and_mails_do_not() -> None:
    desk = Desk(quiet_hours=QUIET, choices={Group.OFFERS: {Channel.SMS: True}})
    await desk.tell("offer:new", OFFER)
    assert [not_before for _, _, not_before in desk.pushes.added] == [MORNING]
    assert dict(zip([one.channel for one in desk.post.posted], desk.post.not_before, strict=True)) == {
        MessageChannel.SMS: MORNING, MessageChannel.EMAIL: None,
    }  # fmt: skip
    await desk.tell("payout_account:updated", {"status": "added", "masked": "…3456"})
    assert desk.pushes.added[-1][2] is None, "what happens to the account does not wait"


async def test_nobody_is_pushed_without_a_device() -> None:
    desk = Desk()
    desk.book.have_devices.clear()
    await desk.tell("offer:new", OFFER)
    assert (desk.kinds, desk.pushed) == ([NotificationKind.OFFER_RECEIVED], [])


async def test_mails_are_collected_into_one_letter() -> None:
    desk = Desk(digest=Digest(Every.DAY, 8, frozenset({Group.OFFERS, Group.ORDERS})))
    completed = OrderCompleted("M-1")
    await desk.tell("offer:new", OFFER)
    await desk.tell("order_status_changed", ORDER, letter=completed)
    await desk.tell("dispute:updated", {"change": "opened"})
    assert desk.mailed == []
    assert desk.timers.at == {(SEND_DIGEST, desk.person): datetime(2030, 1, 1, 8, tzinfo=UTC)}
    send = SendDigest(desk.collected, desk.post, RandomIds(), desk.store)
    for _ in range(2):
        await send(desk.person)
    (digest,) = desk.mailed
    assert isinstance(digest, DigestLetter)
    assert [type(one) for one in digest.letters] == [News, OrderCompleted]
    assert digest.more == 0


@pytest.mark.parametrize(("digest", "goes_at"), [
    (None, MIDNIGHT), (Digest(Every.DAY, 20, frozenset({Group.OFFERS})), datetime(2030, 1, 1, 20, tzinfo=UTC)),
])  # fmt: skip
async def test_what_was_collected_goes_when_the_new_choice_says(digest: Digest | None, goes_at: datetime) -> None:
    desk = Desk(digest=Digest(Every.DAY, 8, frozenset({Group.OFFERS})))
    choose = SetPreferences(desk.book, desk.collected, desk.timers, desk.clock, desk.store)
    actor = Actor(desk.person, SessionId(uuid4()), frozenset())
    await choose(actor, Preferences())
    assert desk.timers.at == {}, "nothing was collected"
    await choose(actor, Preferences(digest=Digest(Every.DAY, 8, frozenset({Group.OFFERS}))))
    await desk.tell("offer:new", OFFER)
    await choose(actor, Preferences(digest=digest))
    assert desk.timers.at == {(SEND_DIGEST, desk.person): goes_at}


def test_every_letter_that_may_be_posted_has_a_group() -> None:
    kinds = {*CollectedLetter.__args__} - {News}
    assert set(GROUP_OF_LETTER) == kinds
    assert PasswordChanged not in kinds, "what happens to an account does not pass here"
    assert NotificationKind.OFFER_RECEIVED in MAILED
