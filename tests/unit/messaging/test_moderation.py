"""Messages that people report, and what becomes of them."""

import pytest

from marketplace.application.messaging.views import MessageView
from marketplace.application.shared.actor import MissingPermission, Permission
from marketplace.domain.messaging.conversation import MessageTakenDown
from marketplace.domain.messaging.message import MessageKind, MessageNotFound, RecordStays
from marketplace.domain.messaging.report import MessageReportReason, OwnMessage
from marketplace.domain.shared.ids import UserId
from marketplace.domain.shared.text import InvalidText
from tests.builders.commerce import NOON, an_actor, an_actor_who_may_not
from tests.unit.messaging.world import Talk

FRAUD = MessageReportReason.FRAUD


@pytest.fixture
def talk() -> Talk:
    return Talk()


@pytest.fixture
async def said(talk: Talk) -> MessageView:
    """By the buyer."""
    message = (await talk.started("Send me your card, you fool")).message
    assert message is not None
    return message


async def judged(talk: Talk, said: MessageView, take_down_for: str | None, by: UserId | None = None) -> str:
    async with talk.transaction:
        return await talk.judge(said.id, by or an_actor().user, take_down_for, NOON)


async def test_a_report_counts_once_for_a_person(talk: Talk, said: MessageView) -> None:
    first = await talk.report(talk.seller, said.id, FRAUD, " He has 4242424242424242. ")
    assert (first.message_id, first.reason, first.details, first.reported_at) == (
        said.id, FRAUD, "He has ••••4242.", NOON,
    )  # fmt: skip
    assert await talk.report(talk.seller, said.id, MessageReportReason.SPAM, None) == first
    assert (list(talk.desk.items), len(talk.rows.message_reports)) == ([said.id], 1)


async def test_who_may_report_what(talk: Talk, said: MessageView) -> None:
    await talk.happened(MessageKind.CALL, talk.buyer.user)
    record = talk.messages.of(said.conversation_id)[-1]
    with pytest.raises(OwnMessage):
        await talk.report(talk.buyer, said.id, FRAUD, None)
    with pytest.raises(MessageNotFound):
        await talk.report(an_actor(), said.id, FRAUD, None)
    with pytest.raises(RecordStays):
        await talk.report(talk.seller, record.id, FRAUD, None)
    with pytest.raises(MissingPermission):
        await talk.report(an_actor_who_may_not(Permission.REPORT), said.id, FRAUD, None)
    with pytest.raises(InvalidText):
        await talk.report(talk.seller, said.id, FRAUD, " ")
    assert talk.desk.items == {}


async def test_what_is_deleted_may_still_be_reported(talk: Talk, said: MessageView) -> None:
    await talk.delete(talk.buyer, said.id)
    await talk.report(talk.seller, said.id, FRAUD, None)
    assert list(talk.desk.items) == [said.id]
    assert await judged(talk, said, None) == "deleted"
    assert await judged(talk, said, "Insults.") == "taken_down"
    assert [one.content for one in talk.rows.versions] == ["Send me your card, you fool"]


async def test_what_is_taken_down_is_a_tombstone(talk: Talk, said: MessageView) -> None:
    moderator = an_actor().user
    assert await judged(talk, said, "Insults.", moderator) == "taken_down"
    (message,) = talk.messages.of(said.conversation_id)
    assert (message.content, message.flags, message.deleted_at) == ("", ("taken_down",), NOON)
    assert talk.unread(said.conversation_id) == (0, 0)
    for who in (talk.buyer, talk.seller):
        (heard,) = talk.heard(who, "message:deleted")
        assert (heard["content"], heard["flags"], heard["isDeleted"]) == ("", ["taken_down"], True)
    event = talk.rows.events[-1]
    assert event == MessageTakenDown(
        occurred_at=NOON, conversation_id=said.conversation_id, message_id=said.id, author=talk.buyer.user,
        by=moderator, reason="Insults.",
    )  # fmt: skip
    assert await judged(talk, said, "Again.") == await judged(talk, said, None) == "taken_down"
    assert talk.rows.events[-1] == event


async def test_what_is_let_be_stays_as_it_is(talk: Talk, said: MessageView) -> None:
    assert await judged(talk, said, None) == "published"
    assert talk.messages.of(said.conversation_id)[0].content == said.content
    assert [one.name for one in talk.events.events[talk.seller.user]] == ["message:new"]


async def test_nobody_judges_their_own_conversation(talk: Talk, said: MessageView) -> None:
    for member in (talk.buyer, talk.seller):
        for reason in (None, "I do not like it."):
            with pytest.raises(OwnMessage):
                await judged(talk, said, reason, member.user)
    assert talk.messages.of(said.conversation_id)[0].content == said.content
