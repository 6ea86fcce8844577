"""One thread for two people and a subject; numbers without gaps, counts that are right."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from marketplace.application.messaging.conversations import CannotWrite, PersonNotFound
from marketplace.application.shared.actor import MissingPermission, Permission
from marketplace.domain.catalog.listing import ListingNotFound
from marketplace.domain.messaging.conversation import ConversationNotFound, MessageWritten
from marketplace.domain.messaging.message import Content, InvalidMessage, MessageKind
from marketplace.domain.messaging.pace import PAUSE
from marketplace.domain.shared.ids import ListingId
from marketplace.domain.shared.subject import Subject
from marketplace.domain.shared.text import InvalidText
from tests.builders.commerce import an_actor, an_actor_who_may_not, new_id
from tests.unit.messaging.world import GOODS, Talk, text


@pytest.fixture
def talk() -> Talk:
    return Talk()


async def test_the_first_message_is_unread_by_the_seller(talk: Talk) -> None:
    view = await talk.started("Is it still there?")
    assert (view.buyer_id, view.seller_id) == (talk.buyer.user, talk.seller.user)
    assert (view.product_id, view.unread_count_buyer, view.unread_count_seller) == (GOODS.listings[0], 0, 1)
    assert view.message is not None
    assert (view.message.seq, view.message.content, view.message.sender_id) == (
        1,
        "Is it still there?",
        talk.buyer.user,
    )
    (mine,), (theirs,) = talk.heard(talk.buyer, "message:new"), talk.heard(talk.seller, "message:new")
    assert (mine["messageId"], mine["unreadCount"]) == (str(view.message.id), 0)
    assert (theirs["messageId"], theirs["unreadCount"]) == (str(view.message.id), 1)
    (event,) = talk.rows.events
    assert isinstance(event, MessageWritten)
    assert (event.author, event.to, event.seq) == (talk.buyer.user, (talk.seller.user,), 1)


async def test_whoever_starts_it_again_gets_the_same(talk: Talk) -> None:
    first = await talk.started(None)
    assert (first.message, first.unread_count_seller) == (None, 0)
    again = await talk.started("Me again")
    by_the_seller = await talk.start(talk.seller, talk.buyer.user, GOODS, text("Yes?"))
    assert {again.id, by_the_seller.id} == {first.id}
    assert (by_the_seller.buyer_id, by_the_seller.seller_id) == (talk.buyer.user, talk.seller.user)
    assert [one.content for one in talk.messages.of(first.id)] == ["Me again", "Yes?"]
    about_nothing = await talk.started(subject=None)
    assert about_nothing.id != first.id
    assert about_nothing.product_id is None


async def test_with_whom_and_about_what(talk: Talk) -> None:
    stranger, unseen = an_actor(), Subject.of_listings(ListingId(new_id()))
    with pytest.raises(InvalidMessage, match="offers this"):
        await talk.start(talk.buyer, stranger.user, GOODS, None)
    with pytest.raises(ListingNotFound):
        await talk.start(talk.buyer, talk.seller.user, unseen, None)
    with pytest.raises(InvalidMessage, match="somebody else"):
        await talk.start(talk.seller, talk.seller.user, GOODS, None)
    talk.acquaintances.gone.add(talk.seller.user)
    with pytest.raises(PersonNotFound):
        await talk.started()
    with pytest.raises(MissingPermission):
        await talk.start(an_actor_who_may_not(Permission.CONVERSE), talk.seller.user, None, None)
    assert talk.rows.conversations == {}


async def test_whoever_is_blocked_reads_but_does_not_write(talk: Talk) -> None:
    where = (await talk.started()).id
    talk.acquaintances.blocks.add(frozenset({talk.buyer.user, talk.seller.user}))
    for who in (talk.buyer, talk.seller):
        with pytest.raises(CannotWrite):
            await talk.says(who, where)
    with pytest.raises(PersonNotFound):
        await talk.started()
    assert (await talk.read(talk.seller, where, None)).unread_count == 0


async def test_what_is_sent_again_is_the_same_message(talk: Talk) -> None:
    where, key = (await talk.started()).id, new_id()
    first = await talk.says(talk.seller, where, "Yes", key)
    assert await talk.says(talk.seller, where, "Yes", key) == first
    assert (await talk.says(talk.buyer, where, "Mine", key)).id != first.id, "a key is its sender's own"
    assert [one.seq for one in talk.messages.of(where)] == [1, 2, 3]


async def test_reading_is_told_once_and_never_taken_back(talk: Talk) -> None:
    where = (await talk.started()).id
    for words in ("One", "Two"):
        await talk.says(talk.buyer, where, words)
    view = await talk.read(talk.seller, where, 2)
    assert (view.up_to, view.unread_count) == (2, 1)
    assert talk.unread(where) == (0, 1)
    for up_to in (1, 2, 0):
        assert (await talk.read(talk.seller, where, up_to)).up_to == 2
    assert (await talk.read(talk.seller, where, 10**9)).up_to == 3, "nothing is read that is not there"
    assert [one["upTo"] for one in talk.heard(talk.buyer, "messages:read")] == [2, 3]
    assert [one["unreadCount"] for one in talk.heard(talk.seller, "messages:read")] == [1, 0]


async def test_delivered_runs_before_read(talk: Talk) -> None:
    where = (await talk.started()).id
    await talk.says(talk.buyer, where)
    await talk.deliver(talk.seller, where, 1)
    await talk.deliver(talk.seller, where, 1)
    assert [one["upTo"] for one in talk.heard(talk.buyer, "messages:delivered")] == [1]
    assert talk.unread(where) == (0, 2)
    await talk.read(talk.seller, where, None)
    member = talk.rows.conversations[where].members[talk.seller.user]
    assert (member.read, member.delivered) == (2, 2)


async def test_what_is_new_brings_an_archived_conversation_back(talk: Talk) -> None:
    where = (await talk.started()).id
    assert (await talk.keep(talk.seller, where, archived=True)).is_archived
    await talk.says(talk.seller, where)
    assert talk.rows.conversations[where].members[talk.seller.user].is_archived, "not one's own"
    await talk.says(talk.buyer, where)
    assert not talk.rows.conversations[where].members[talk.seller.user].is_archived
    await talk.keep(talk.seller, where, archived=True, muted=True)
    await talk.says(talk.buyer, where)
    assert talk.rows.conversations[where].members[talk.seller.user].is_archived, "muted, it stays away"
    assert len(talk.heard(talk.seller, "conversation:updated")) == 2
    assert talk.heard(talk.buyer, "conversation:updated") == []


async def test_a_record_is_in_the_thread_once(talk: Talk) -> None:
    where, source = (await talk.started()).id, new_id()
    for _ in range(2):
        await talk.happened(MessageKind.ORDER, None, source)
    _, recorded = talk.messages.of(where)
    assert (recorded.seq, recorded.kind, recorded.author) == (2, MessageKind.ORDER, None)
    assert talk.unread(where) == (1, 2)


async def test_outsiders_find_nothing(talk: Talk) -> None:
    where, outsider = (await talk.started()).id, an_actor()
    for move in (
        talk.says(outsider, where), talk.read(outsider, where, None), talk.deliver(outsider, where, 1),
        talk.keep(outsider, where, muted=True),
    ):  # fmt: skip
        with pytest.raises(ConversationNotFound):
            await move
    assert len(talk.messages.of(where)) == 1


@pytest.mark.parametrize("kind", [MessageKind.OFFER, MessageKind.ORDER, MessageKind.CALL, MessageKind.NOTE])
def test_records_are_not_written_by_people(kind: MessageKind) -> None:
    with pytest.raises(InvalidMessage) as caught:
        Content.of(kind, "I paid")
    assert caught.value.field == "message_type"


def test_a_text_has_words() -> None:
    for words in ("", "  \u200b\n ", "x" * 4_001):
        with pytest.raises(InvalidText):
            Content.of(MessageKind.TEXT, words)


MOVES = ("say", "read", "record", "deliver", "edit", "delete")


@settings(deadline=None)
@given(st.lists(st.tuples(st.booleans(), st.sampled_from(MOVES), st.integers(0, 12))))
async def test_counts_are_what_a_recount_says(moves: list[tuple[bool, str, int]]) -> None:
    talk = Talk()
    where = (await talk.started()).id
    for is_buyer, move, number in moves:
        talk.clock.advance(PAUSE)
        who = talk.buyer if is_buyer else talk.seller
        own = [one for one in talk.messages.of(where) if one.author == who.user and one.kind is MessageKind.TEXT]
        if move == "say":
            await talk.says(who, where)
        elif move == "read":
            await talk.read(who, where, number)
        elif move == "deliver":
            await talk.deliver(who, where, number)
        elif move == "edit" and own and not own[number % len(own)].deleted_at:
            await talk.edit(who, own[number % len(own)].id, f"Now {number}")
        elif move == "delete" and own:
            await talk.delete(who, own[number % len(own)].id)
        elif move == "record":
            await talk.happened(MessageKind.NOTE, who.user if number % 2 else None)
        messages = talk.messages.of(where)
        assert [one.seq for one in messages] == list(range(1, len(messages) + 1))
        for member in talk.rows.conversations[where].members.values():
            others = [one for one in messages if one.author != member.user and not one.deleted_at]
            assert member.unread == sum(one.seq > member.read for one in others)
            assert member.read <= member.delivered <= len(messages)
