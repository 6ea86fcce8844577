"""Reviews that people report, and what becomes of them."""

import pytest

from marketplace.application.shared.actor import MissingPermission, Permission
from marketplace.domain.catalog.moderation import ItemKind
from marketplace.domain.reviews.exchange import OwnReview, ReviewId, ReviewNotFound, ReviewTakenDown
from marketplace.domain.reviews.report import ReviewReportReason
from marketplace.domain.reviews.tally import RatedAs
from tests.builders.commerce import an_actor, an_actor_who_may_not, new_id
from tests.unit.reviews.world import SOON, ReviewsWorld

FAKE = ReviewReportReason.FAKE


@pytest.fixture
async def world() -> ReviewsWorld:
    """Both have written."""
    world = ReviewsWorld()
    await world.wrote(world.buyer, 1)
    await world.wrote(world.seller, 5)
    return world


def by_buyer(world: ReviewsWorld) -> ReviewId:
    return next(review.id for review in world.exchange.reviews.values() if review.author == world.buyer.user)


async def judged(world: ReviewsWorld, take_down_for: str | None, moderator: object = None) -> str:
    async with world.transaction:
        return await world.judge(by_buyer(world), moderator or an_actor().user, take_down_for, SOON)  # type: ignore[arg-type]


async def test_a_report_counts_once_for_a_person(world: ReviewsWorld) -> None:
    review, somebody = by_buyer(world), an_actor()
    first = await world.report(somebody, review, FAKE, " He never bought it. ")
    assert (first.review_id, first.reason, first.details) == (review, FAKE, "He never bought it.")
    assert await world.report(somebody, review, ReviewReportReason.SPAM, None) == first
    await world.report(world.seller, review, ReviewReportReason.OTHER, None)
    ((item, _),) = world.rows.moderation_items.values()
    assert (item.kind, item.subject) == (ItemKind.FEEDBACK, review)
    assert len(world.rows.review_reports) == 2


async def test_who_may_report_what(world: ReviewsWorld) -> None:
    review = by_buyer(world)
    with pytest.raises(OwnReview):
        await world.report(world.buyer, review, FAKE, None)
    with pytest.raises(MissingPermission):
        await world.report(an_actor_who_may_not(Permission.REPORT), review, FAKE, None)
    with pytest.raises(ReviewNotFound):
        await world.report(an_actor(), ReviewId(new_id()), FAKE, None)
    hidden = ReviewsWorld()
    mine = await hidden.wrote(hidden.buyer)
    for who in (hidden.seller, hidden.buyer, an_actor()):
        with pytest.raises(ReviewNotFound):
            await hidden.report(who, mine.id, FAKE, None)
    assert (world.rows.moderation_items, hidden.rows.moderation_items) == ({}, {})


async def test_what_is_taken_down_counts_no_more(world: ReviewsWorld) -> None:
    moderator = an_actor().user
    assert await judged(world, "Insults.", moderator) == "taken_down"
    assert world.stars(world.seller.user, RatedAs.SELLER) == []
    assert world.stars(world.buyer.user, RatedAs.BUYER) == [5], "the other review stays"
    assert world.reputations.shown == {world.seller.user: None}
    event = world.rows.events[-1]
    assert event == ReviewTakenDown(
        occurred_at=SOON, review_id=by_buyer(world), author=world.buyer.user, about=world.seller.user, by=moderator,
        reason="Insults.",
    )  # fmt: skip
    assert await judged(world, "Again.") == "taken_down"
    assert world.rows.events[-1] == event
    for who in (world.seller, an_actor()):
        with pytest.raises(ReviewNotFound):
            await world.reply(who, by_buyer(world), "Thanks.")
        with pytest.raises(ReviewNotFound):
            await world.report(who, by_buyer(world), FAKE, None)


async def test_what_is_let_be_stays_as_it_is(world: ReviewsWorld) -> None:
    before = list(world.rows.marks)
    assert await judged(world, None) == "published"
    assert world.rows.marks == before


async def test_nobody_judges_their_own(world: ReviewsWorld) -> None:
    for party in (world.buyer, world.seller):
        for reason in (None, "I do not like it."):
            with pytest.raises(OwnReview):
                await judged(world, reason, party.user)
    assert world.stars(world.seller.user, RatedAs.SELLER) == [1]
