"""What the two sides of an order say about each other, and when it is public."""

from datetime import timedelta

import pytest

from marketplace.application.shared.actor import MissingPermission, Permission
from marketplace.domain.ordering.order import OrderNotFound
from marketplace.domain.reviews.exchange import (
    Aspect,
    ExchangeStatus,
    InvalidReview,
    Opinion,
    OrderNotCompleted,
    ReplyClosed,
    ReviewId,
    ReviewNotFound,
    ReviewsClosed,
    ReviewSide,
    ReviewsPublished,
)
from marketplace.domain.reviews.tally import RatedAs
from marketplace.domain.shared.ids import ListingId, OrderId
from marketplace.domain.shared.text import InvalidText
from tests.builders.commerce import an_actor, an_actor_who_may_not, new_id
from tests.unit.reviews.world import CLOSES, SOON, ReviewsWorld, a_dealing


@pytest.fixture
def world() -> ReviewsWorld:
    return ReviewsWorld()


async def test_nothing_tells_of_the_first_review(world: ReviewsWorld) -> None:
    mine = await world.wrote(world.buyer, 4, text="  Fine.\u200b ", aspects={Aspect.SHIPPING: 5})
    assert (mine.status, mine.rating, mine.text, mine.aspects) == ("hidden", 4, "Fine.", {Aspect.SHIPPING: 5})
    assert (mine.published_at, mine.edited_at, mine.written_at) == (None, None, SOON)
    assert (world.rows.events, world.rows.marks, world.reputations.shown) == ([], [], {})
    assert world.alarm == CLOSES


async def test_the_second_review_publishes_both(world: ReviewsWorld) -> None:
    first, other = world.dealing.listings
    await world.wrote(world.buyer, 4, listings={first: 2})
    theirs = await world.wrote(world.seller, 3, aspects={Aspect.PAYMENT: 1})
    assert (theirs.status, theirs.published_at) == ("published", SOON)
    assert world.alarm is None
    (event,) = world.rows.events
    reviews = world.exchange.reviews
    assert event == ReviewsPublished(
        occurred_at=SOON, order_id=world.dealing.order_id, buyer=world.buyer.user, seller=world.seller.user,
        by_buyer=reviews[ReviewSide.BUYER].id, by_seller=reviews[ReviewSide.SELLER].id,
    )  # fmt: skip
    assert world.stars(world.seller.user, RatedAs.SELLER) == [4]
    assert world.stars(world.buyer.user, RatedAs.BUYER) == [3]
    assert [world.stars(one, RatedAs.LISTING) for one in (first, other)] == [[2], [4]]
    assert world.reputations.shown == {world.seller.user: 4.0}, "what a buyer is worth stands nowhere"


async def test_while_it_is_hidden_another_opinion_replaces_the_first(world: ReviewsWorld) -> None:
    first = await world.wrote(world.seller, 1, text="Late.")
    world.clock.advance(timedelta(hours=1))
    again = await world.wrote(world.seller, 5)
    assert (again.id, again.rating, again.text) == (first.id, 5, "")
    assert (again.written_at, again.edited_at) == (SOON, SOON + timedelta(hours=1))
    assert list(world.exchange.reviews) == [ReviewSide.SELLER]
    await world.wrote(world.buyer)
    assert world.stars(world.buyer.user, RatedAs.BUYER) == [5]
    for who in (world.buyer, world.seller):
        with pytest.raises(ReviewsClosed):
            await world.wrote(who, 1)


async def test_at_the_end_what_was_written_is_public(world: ReviewsWorld) -> None:
    await world.wrote(world.buyer, 2)
    world.clock.at = CLOSES - timedelta(microseconds=1)
    await world.ring()
    assert (world.exchange.status, world.alarm) == (ExchangeStatus.OPEN, CLOSES), "rung too early, it is set again"
    world.clock.at = CLOSES
    for who in (world.buyer, world.seller):
        with pytest.raises(ReviewsClosed):
            await world.wrote(who)
    for _ in range(2):
        await world.ring()
    (event,) = world.rows.events
    assert isinstance(event, ReviewsPublished)
    assert (event.by_buyer, event.by_seller) == (world.exchange.reviews[ReviewSide.BUYER].id, None)
    assert world.reputations.shown == {world.seller.user: 2.0}


async def test_the_timer_comes_after_the_second_review(world: ReviewsWorld) -> None:
    await world.wrote(world.buyer)
    await world.wrote(world.seller)
    world.clock.at = CLOSES
    await world.ring()
    assert len(world.rows.events) == 1
    assert len(world.rows.marks) == 4


async def test_of_an_order_that_was_undone_nothing_is_ever_public(world: ReviewsWorld) -> None:
    await world.wrote(world.buyer, 1)
    world.dealings.undone.add(world.dealing.order_id)
    world.clock.at = CLOSES
    await world.ring()
    assert (world.exchange.status, world.rows.events, world.rows.marks) == (ExchangeStatus.VOID, [], [])
    with pytest.raises(ReviewsClosed):
        await world.wrote(world.seller)


async def test_an_order_that_is_not_completed_is_not_reviewed() -> None:
    world = ReviewsWorld(a_dealing(completed_at=None))
    for who in (world.buyer, world.seller):
        with pytest.raises(OrderNotCompleted):
            await world.wrote(who)
    assert (world.rows.exchanges, world.rows.timers) == ({}, {})


async def test_only_the_parties_review(world: ReviewsWorld) -> None:
    with pytest.raises(OrderNotFound):
        await world.wrote(an_actor())
    with pytest.raises(OrderNotFound):
        await world.write(world.buyer, OrderId(new_id()), Opinion(rating=5))
    with pytest.raises(MissingPermission):
        await world.wrote(an_actor_who_may_not(Permission.REVIEW, world.buyer.user))
    assert world.rows.exchanges == {}


async def test_each_side_rates_what_it_can_know(world: ReviewsWorld) -> None:
    for who, aspect in ((world.buyer, Aspect.PAYMENT), (world.seller, Aspect.SHIPPING)):
        with pytest.raises(InvalidReview) as caught:
            await world.wrote(who, aspects={aspect: 5})
        assert caught.value.field == f"aspects.{aspect}"
    with pytest.raises(InvalidReview):
        await world.wrote(world.buyer, listings={ListingId(new_id()): 5})
    with pytest.raises(InvalidReview):
        await world.wrote(world.seller, listings={world.dealing.listings[0]: 5})
    assert world.rows.exchanges == {}


@pytest.mark.parametrize("stars", [0, 6, -1])
def test_stars_are_one_to_five(stars: int) -> None:
    for opinion in (
        {"rating": stars}, {"rating": 5, "aspects": {Aspect.PAYMENT: stars}},
        {"rating": 5, "listings": {ListingId(new_id()): stars}},
    ):  # fmt: skip
        with pytest.raises(InvalidReview):
            Opinion(**opinion)


def test_a_text_has_its_length() -> None:
    assert len(Opinion(rating=5, text="a" * 2_000).text) == 2_000
    with pytest.raises(InvalidText):
        Opinion(rating=5, text="a" * 2_001)


async def test_who_is_reviewed_replies_once_and_edits_for_a_day(world: ReviewsWorld) -> None:
    review = (await world.wrote(world.buyer)).id
    for who in (world.buyer, world.seller, an_actor()):
        with pytest.raises(ReviewNotFound):
            await world.reply(who, review, "Thanks.")
    await world.wrote(world.seller)
    for who in (world.buyer, an_actor()):
        with pytest.raises(ReviewNotFound):
            await world.reply(who, review, "Thanks.")
    with pytest.raises(InvalidText):
        await world.reply(world.seller, review, " \u200b")
    first = await world.reply(world.seller, review, " Thanks. ")
    assert (first.text, first.replied_at, first.edited_at) == ("Thanks.", SOON, None)
    world.clock.advance(timedelta(hours=24) - timedelta(microseconds=1))
    again = await world.reply(world.seller, review, "Thank you.")
    assert (again.text, again.replied_at, again.edited_at) == ("Thank you.", SOON, world.clock.at)
    world.clock.advance(timedelta(microseconds=1))
    with pytest.raises(ReplyClosed):
        await world.reply(world.seller, review, "Thanks!")
    with pytest.raises(ReviewNotFound):
        await world.reply(world.seller, ReviewId(new_id()), "Thanks.")
    with pytest.raises(MissingPermission):
        await world.reply(an_actor_who_may_not(Permission.REVIEW, world.seller.user), review, "Thanks.")
