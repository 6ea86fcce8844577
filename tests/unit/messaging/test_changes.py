"""Messages after they are sent: edited, deleted, and what is then unread."""

from datetime import datetime, timedelta

import pytest

from marketplace.application.messaging.conversations import CannotWrite
from marketplace.application.messaging.views import MessageView
from marketplace.application.shared.actor import MissingPermission, Permission
from marketplace.domain.messaging.message import (
    EDIT_TIME,
    MOST_EDITS,
    Content,
    EditClosed,
    MessageId,
    MessageKind,
    MessageNotFound,
    NotYourMessage,
    RecordStays,
    Spot,
)
from marketplace.domain.shared.geo import Location
from marketplace.domain.shared.text import InvalidText
from tests.builders.commerce import NOON, an_actor, an_actor_who_may_not, new_id
from tests.unit.messaging.world import Talk


@pytest.fixture
def talk() -> Talk:
    return Talk()


@pytest.fixture
async def said(talk: Talk) -> MessageView:
    """By the buyer."""
    message = (await talk.started("Is it stil there?")).message
    assert message is not None
    return message


async def test_an_edit_is_told_and_what_was_said_before_is_kept(talk: Talk, said: MessageView) -> None:
    talk.clock.advance(EDIT_TIME - timedelta(seconds=1))
    view = await talk.edit(talk.buyer, said.id, " Is it still there? ")
    assert (view.content, view.edited_at, view.seq) == ("Is it still there?", talk.clock.now(), 1)
    (former,) = talk.rows.versions
    assert (former.message_id, former.number, former.content) == (said.id, 1, "Is it stil there?")
    assert former.replaced_at == talk.clock.now()
    for who in (talk.buyer, talk.seller):
        (heard,) = talk.heard(who, "message:updated")
        assert (heard["messageId"], heard["content"]) == (str(said.id), view.content)
        assert datetime.fromisoformat(heard["editedAt"]) == view.edited_at
    assert talk.unread(said.conversation_id) == (0, 1), "an edit is not a new message"


async def test_the_same_words_again_change_nothing(talk: Talk, said: MessageView) -> None:
    assert await talk.edit(talk.buyer, said.id, said.content) == said
    assert (talk.rows.versions, talk.heard(talk.seller, "message:updated")) == ([], [])


async def test_the_words_beside_a_place_may_go(talk: Talk, said: MessageView) -> None:
    here = Spot(Location(41.3, 69.2), "Chorsu")
    place = Content.of(MessageKind.LOCATION, "Look", place=here)
    sent = await talk.send(talk.seller, said.conversation_id, place)
    view = await talk.edit(talk.seller, sent.id, "")
    assert (view.content, view.data, view.message_type) == ("", here.facts, MessageKind.LOCATION)
    with pytest.raises(InvalidText):
        await talk.edit(talk.buyer, said.id, " ")


async def test_hints_and_cards_are_looked_for_in_edits_too(talk: Talk, said: MessageView) -> None:
    view = await talk.edit(talk.buyer, said.id, "Mail me: a.k@example.com, card 4242 4242 4242 4242")
    assert (view.flags, view.content) == (["email", "payment"], "Mail me: a.k@example.com, card ••••4242")
    view = await talk.edit(talk.buyer, said.id, "Is it still there?")
    assert view.flags == []
    assert all("4242 4242" not in one.content for one in talk.rows.versions)


async def test_after_a_day_and_after_many_edits_it_stays(talk: Talk, said: MessageView) -> None:
    for number in range(MOST_EDITS):
        talk.clock.advance(timedelta(seconds=2))
        await talk.edit(talk.buyer, said.id, str(number))
    assert [one.number for one in talk.rows.versions] == list(range(1, MOST_EDITS + 1))
    with pytest.raises(EditClosed):
        await talk.edit(talk.buyer, said.id, "Once more")
    later = await talk.says(talk.buyer, said.conversation_id)
    talk.clock.advance(EDIT_TIME)
    with pytest.raises(EditClosed):
        await talk.edit(talk.buyer, later.id, "Too late")


async def test_what_is_deleted_keeps_its_place_and_loses_its_words_everywhere(talk: Talk, said: MessageView) -> None:
    await talk.edit(talk.buyer, said.id, "Is it still there? +971 50 123 4567")
    await talk.says(talk.buyer, said.conversation_id)
    await talk.delete(talk.buyer, said.id)
    await talk.delete(talk.buyer, said.id)
    gone, other = talk.messages.of(said.conversation_id)
    assert (gone.seq, gone.content, gone.data, gone.flags, gone.deleted_at) == (1, "", {}, (), NOON)
    assert (other.seq, other.content) == (2, "And?")
    assert talk.unread(said.conversation_id) == (0, 1)
    for who in (talk.buyer, talk.seller):
        (heard,) = talk.heard(who, "message:deleted")
        assert (heard["messageId"], heard["content"], heard["isDeleted"]) == (str(said.id), "", True)
        told = [one for name in ("message:new", "message:updated") for one in talk.heard(who, name)]
        assert [one["content"] for one in told] == ["", "And?", ""]
    assert [one.content for one in talk.rows.versions] == [
        "Is it stil there?", "Is it still there? +971 50 123 4567",
    ]  # fmt: skip
    with pytest.raises(EditClosed):
        await talk.edit(talk.buyer, said.id, "Back again")


async def test_what_was_read_before_it_was_deleted_does_not_count_twice(talk: Talk, said: MessageView) -> None:
    unread = await talk.says(talk.buyer, said.conversation_id)
    await talk.read(talk.seller, said.conversation_id, 1)
    await talk.delete(talk.buyer, said.id)
    assert talk.unread(said.conversation_id) == (0, 1)
    await talk.delete(talk.buyer, unread.id)
    assert talk.unread(said.conversation_id) == (0, 0)


async def test_years_later_it_may_still_be_deleted_and_a_block_does_not_hinder_that(
    talk: Talk, said: MessageView
) -> None:
    talk.clock.advance(timedelta(days=800))
    talk.acquaintances.blocks.add(frozenset({talk.buyer.user, talk.seller.user}))
    await talk.delete(talk.buyer, said.id)
    assert talk.messages.of(said.conversation_id)[0].deleted_at == talk.clock.now()


async def test_a_block_ends_editing(talk: Talk, said: MessageView) -> None:
    talk.acquaintances.blocks.add(frozenset({talk.buyer.user, talk.seller.user}))
    with pytest.raises(CannotWrite):
        await talk.edit(talk.buyer, said.id, "Hey")


async def test_only_its_author_changes_a_message(talk: Talk, said: MessageView) -> None:
    for who, refusal in ((talk.seller, NotYourMessage), (an_actor(), MessageNotFound)):
        with pytest.raises(refusal):
            await talk.edit(who, said.id, "Ha")
        with pytest.raises(refusal):
            await talk.delete(who, said.id)
    with pytest.raises(MessageNotFound):
        await talk.delete(talk.buyer, MessageId(new_id()))
    with pytest.raises(MissingPermission):
        await talk.delete(an_actor_who_may_not(Permission.CONVERSE), said.id)
    with pytest.raises(MissingPermission):
        await talk.edit(an_actor_who_may_not(Permission.CONVERSE), said.id, "Ha")
    assert talk.messages.of(said.conversation_id)[0].content == "Is it stil there?"


async def test_what_happened_is_neither_edited_nor_deleted(talk: Talk, said: MessageView) -> None:
    await talk.happened(MessageKind.OFFER, talk.buyer.user, text="My card is 4242424242424242")
    _, offer = talk.messages.of(said.conversation_id)
    assert (offer.content, offer.flags) == ("My card is ••••4242", ("payment",))
    with pytest.raises(RecordStays):
        await talk.edit(talk.buyer, offer.id, "Less")
    with pytest.raises(RecordStays):
        await talk.delete(talk.buyer, offer.id)
