"""Slow mode: who is not answered, who writes to many strangers, and who writes much at all."""

from datetime import timedelta

import pytest

from marketplace.application.shared.limits import TooManyCalls
from marketplace.domain.messaging.message import MessageKind
from marketplace.domain.messaging.pace import FEW_STRANGERS, MANY_STRANGERS, MOST_IN_A_ROW, PAUSE, PROBATION, SlowMode
from marketplace.domain.shared.ids import ConversationId
from tests.builders.commerce import an_actor, new_id
from tests.unit.messaging.world import Talk, text

SECOND = timedelta(seconds=1)
MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)


@pytest.fixture
def talk() -> Talk:
    return Talk()


async def in_a_row(talk: Talk) -> ConversationId:
    where = (await talk.started()).id
    for _ in range(MOST_IN_A_ROW - 1):
        await talk.says(talk.buyer, where)
    return where


async def test_after_ten_without_an_answer_one_a_minute(talk: Talk) -> None:
    where = await in_a_row(talk)
    talk.clock.advance(12.5 * SECOND)
    with pytest.raises(SlowMode) as refused:
        await talk.says(talk.buyer, where)
    assert refused.value.retry_after == 48
    assert "wait 48 seconds" in refused.value.detail
    for _ in range(3):
        talk.clock.advance(PAUSE)
        await talk.says(talk.buyer, where)
        with pytest.raises(SlowMode) as refused:
            await talk.says(talk.buyer, where)
        assert refused.value.retry_after == 60
    await talk.says(talk.seller, where, "Stop that.")
    for _ in range(MOST_IN_A_ROW):
        await talk.says(talk.buyer, where)
    with pytest.raises(SlowMode):
        await talk.says(talk.buyer, where)


async def test_what_happens_elsewhere_is_an_answer(talk: Talk) -> None:
    where = await in_a_row(talk)
    await talk.happened(MessageKind.ORDER, None)
    assert (await talk.says(talk.buyer, where)).seq == MOST_IN_A_ROW + 2


async def test_what_was_sent_is_answered_in_slow_mode_too(talk: Talk) -> None:
    where, key = (await talk.started()).id, new_id()
    for _ in range(MOST_IN_A_ROW - 2):
        await talk.says(talk.buyer, where)
    sent = await talk.says(talk.buyer, where, key=key)
    assert await talk.says(talk.buyer, where, key=key) == sent


async def begin(talk: Talk, count: int) -> None:
    for number in range(count):
        talk.clock.advance(MINUTE if number else timedelta())
        await talk.start(talk.buyer, an_actor().user, None, text("Hello"))


async def test_who_is_new_begins_few_conversations_with_strangers(talk: Talk) -> None:
    talk.acquaintances.joined[talk.buyer.user] = talk.clock.now() - DAY + timedelta(hours=1)
    await begin(talk, FEW_STRANGERS)
    with pytest.raises(SlowMode) as refused:
        await begin(talk, 1)
    assert refused.value.retry_after == (DAY - 4 * MINUTE).total_seconds()
    assert len(talk.rows.conversations) == FEW_STRANGERS, "what was refused was not begun"
    talk.clock.advance(timedelta(hours=1))
    await begin(talk, 1)


async def test_everybody_else_begins_fifty_a_day(talk: Talk) -> None:
    await begin(talk, MANY_STRANGERS)
    with pytest.raises(SlowMode) as refused:
        await begin(talk, 1)
    assert refused.value.retry_after == (DAY - 49 * MINUTE).total_seconds()
    talk.clock.advance(DAY - 49 * MINUTE - SECOND)
    with pytest.raises(SlowMode) as refused:
        await begin(talk, 1)
    assert refused.value.retry_after == 1
    talk.clock.advance(SECOND)
    await begin(talk, 1)
    with pytest.raises(SlowMode) as refused:
        await begin(talk, 1)
    assert refused.value.retry_after == 60, "the second one leaves the day a minute later"


async def test_a_conversation_that_there_is_may_always_be_gone_on_with(talk: Talk) -> None:
    where = (await talk.started()).id
    talk.acquaintances.joined[talk.buyer.user] = talk.clock.now()
    await begin(talk, FEW_STRANGERS - 1)
    assert (await talk.started("Me again")).id == where
    with pytest.raises(SlowMode):
        await talk.started(subject=None)
    await talk.says(talk.seller, where, "Yes?")
    assert (await talk.started(subject=None)).id != where, "who has answered is no stranger"


async def test_who_is_written_to_is_not_held_back(talk: Talk) -> None:
    talk.acquaintances.joined[talk.seller.user] = talk.clock.now()
    for _ in range(FEW_STRANGERS + 1):
        talk.clock.advance(SECOND)
        await talk.start(an_actor(), talk.seller.user, None, text("Hello"))
    for where in list(talk.rows.conversations):
        await talk.says(talk.seller, where, "Yes?")
    await talk.start(talk.seller, talk.buyer.user, None, text("Hello"))


async def test_whose_message_was_taken_down_is_on_probation(talk: Talk) -> None:
    said = (await talk.started("Insults")).message
    assert said is not None
    async with talk.transaction:
        assert await talk.judge(said.id, an_actor().user, "Insults.", talk.clock.now()) == "taken_down"
    talk.clock.advance(DAY)
    await begin(talk, FEW_STRANGERS)
    with pytest.raises(SlowMode):
        await begin(talk, 1)
    talk.clock.advance(PROBATION)
    await begin(talk, FEW_STRANGERS + 1)


async def test_sixty_messages_a_minute_wherever_they_go(talk: Talk) -> None:
    for _ in range(6):
        where = (await talk.start(talk.buyer, an_actor().user, None, text("Hello"))).id
        for _ in range(MOST_IN_A_ROW - 1):
            sent = await talk.says(talk.buyer, where)
    for move in (
        talk.says(talk.buyer, where), talk.edit(talk.buyer, sent.id, "Hm"),
        talk.start(talk.buyer, an_actor().user, None, None),
    ):  # fmt: skip
        with pytest.raises(TooManyCalls):
            await move
    talk.clock.advance(61 * SECOND)
    await talk.edit(talk.buyer, sent.id, "Hm")
