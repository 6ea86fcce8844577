"""Both sides, the timer and moderators at the same moment: everything happens once."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest

from marketplace.application.catalog.moderation import DecideItem
from marketplace.domain.catalog.moderation import Decision, ModerationItemNotFound
from marketplace.domain.reviews.exchange import REVIEW_TIME, ReviewsClosed
from marketplace.domain.shared.ids import ListingId
from tests.builders.commerce import NOON, an_actor, new_id
from tests.engines import Database
from tests.integration.races import outcomes
from tests.integration.reviews.town import ReviewTown, a_town

ROUNDS = 20


@pytest.fixture
async def town(database: Database) -> AsyncIterator[ReviewTown]:
    async with a_town(database) as town:
        yield town


async def test_both_sides_at_once_publish_both_once(town: ReviewTown) -> None:
    buyer, seller, listings = await town.person(), await town.person(), [ListingId(new_id()) for _ in range(3)]
    orders = [await town.ordered(buyer, seller, listings) for _ in range(ROUNDS)]
    answers = await outcomes(*(town.write(who, order, 4) for order in orders for who in (buyer, seller)))
    for order, first, second in zip(orders, answers[::2], answers[1::2], strict=True):
        assert sorted([first.status, second.status]) == ["hidden", "published"]
        assert await town.published(order) == 1
    for rated, role in ((seller, "seller"), (buyer, "buyer"), *((one, "listing") for one in listings)):
        kept = await town.all("SELECT four FROM reviews.ratings WHERE (rated_id, role) = ($1, $2)", rated, role)
        assert kept == [(ROUNDS,)], "counted once for each order, without a deadlock"
    assert await town.all("SELECT rating FROM identity.users WHERE id = $1", seller) == [(4.0,)]
    await town.is_true([buyer, seller, *listings])


async def test_one_side_twice_at_once_writes_one_review(town: ReviewTown) -> None:
    buyer, seller = await town.person(), await town.person()
    order = await town.ordered(buyer, seller)
    answers = await outcomes(*(town.write(buyer, order, 1 + n % 5) for n in range(8)))
    assert len({one.id for one in answers}) == 1
    assert await town.all("SELECT side FROM reviews.reviews WHERE order_id = $1", order) == [("buyer",)]
    assert await town.published(order) == 0


async def test_the_timer_against_the_second_review(town: ReviewTown) -> None:
    buyer, seller = await town.person(), await town.person()
    for n in range(ROUNDS):
        town.clock.at = NOON + timedelta(days=1)
        order = await town.ordered(buyer, seller)
        await town.write(buyer, order)
        town.clock.at = NOON + REVIEW_TIME - timedelta(microseconds=n % 2)
        written, *_ = await outcomes(town.write(seller, order), town.ring(order), town.ring(order))
        is_late = town.clock.at == NOON + REVIEW_TIME
        assert isinstance(written, ReviewsClosed) if is_late else written.status == "published"
        assert await town.published(order) == 1
        sides = await town.all("SELECT count(*) FROM reviews.reviews WHERE order_id = $1", order)
        assert sides == [(1 if is_late else 2,)]
    await town.is_true([buyer, seller])


async def test_who_waited_past_the_end_is_too_late(town: ReviewTown) -> None:
    buyer, seller = await town.person(), await town.person()
    order = await town.ordered(buyer, seller)
    await town.write(buyer, order)
    async with town.pool.connection() as blocker:
        transaction = blocker.transaction()
        await transaction.start()
        await blocker.execute("SELECT FROM reviews.exchanges WHERE order_id = $1 FOR UPDATE", order)
        waiting = asyncio.ensure_future(town.write(seller, order))
        await town.waiters(1)
        town.clock.at = NOON + REVIEW_TIME
        await transaction.rollback()
    with pytest.raises(ReviewsClosed):
        await waiting
    await town.ring(order)
    assert await town.published(order) == 1


async def test_moderators_at_once_take_a_review_down_once(town: ReviewTown) -> None:
    buyer, seller = await town.person(), await town.person()
    orders = [await town.ordered(buyer, seller) for _ in range(2)]
    for order in orders:
        await town.write(buyer, order, 1)
        await town.write(seller, order)
    reviews = [
        (await town.all("SELECT id FROM reviews.reviews WHERE (order_id, side) = ($1, 'buyer')", order))[0][0]
        for order in orders
    ]
    item = await town.reported(reviews[0])
    answers = await outcomes(
        *(town.run(DecideItem, an_actor(), item, decision, "Fake.") for decision in [*Decision] * 3)
    )
    decided = [one for one in answers if not isinstance(one, ModerationItemNotFound)]
    assert [one.review_id for one in decided] == [reviews[0]]
    await town.is_true([buyer, seller])
    ((left,),) = await town.all("SELECT one FROM reviews.ratings WHERE (rated_id, role) = ($1, 'seller')", seller)
    assert left == (1 if decided[0].status == "taken_down" else 2)
