"""Whatever is written, published and taken down: the tallies are what a recount finds."""

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from marketplace.domain.reviews.exchange import REVIEW_TIME, ReviewsClosed
from marketplace.domain.shared.ids import ListingId
from tests.builders.commerce import NOON, new_id
from tests.engines import Database
from tests.integration.reviews.town import ReviewTown, a_town

PEOPLE = 3
ORDERS = 6
STEP = st.tuples(
    st.sampled_from(["write", "write", "write", "ring", "take_down"]), st.integers(0, ORDERS - 1), st.booleans(),
    st.integers(1, 5), st.integers(1, 5),
)  # fmt: skip


@pytest.fixture
async def town(database: Database) -> AsyncIterator[ReviewTown]:
    async with a_town(database) as town:
        yield town


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=st.lists(STEP, min_size=8, max_size=20))
async def test_tallies_are_what_a_recount_finds(town: ReviewTown, steps: list[tuple[str, int, bool, int, int]]) -> None:
    people = [await town.person() for _ in range(PEOPLE)]
    listings = [ListingId(new_id()) for _ in range(PEOPLE)]
    parties = [(people[n % PEOPLE], people[(n + 1 + n // PEOPLE) % PEOPLE]) for n in range(ORDERS)]
    orders = [
        await town.ordered(*parties[n], [listings[n % PEOPLE], listings[(n + 1) % PEOPLE]]) for n in range(ORDERS)
    ]
    for step, n, by_buyer, stars, other_stars in steps:
        town.clock.at = NOON + timedelta(days=1)
        if step == "write":
            more: dict[str, Any] = {"listings": {listings[n % PEOPLE]: other_stars}} if by_buyer else {}
            try:
                await town.write(parties[n][0 if by_buyer else 1], orders[n], stars, **more)
            except ReviewsClosed:
                continue
        elif step == "ring":
            town.clock.at = NOON + REVIEW_TIME
            if await town.all("SELECT FROM reviews.exchanges WHERE order_id = $1", orders[n]):
                await town.ring(orders[n])
        else:
            side = "buyer" if by_buyer else "seller"
            for (review_id,) in await town.all(
                "SELECT id FROM reviews.reviews JOIN reviews.exchanges USING (order_id)"
                " WHERE (order_id, side, status) = ($1, $2, 'published') AND taken_down_at IS NULL",
                orders[n], side,
            ):  # fmt: skip
                await town.take_down(review_id)
    await town.is_true([*people, *listings])


async def test_a_wrong_tally_is_seen(town: ReviewTown) -> None:
    buyer, seller = await town.person(), await town.person()
    order = await town.ordered(buyer, seller)
    for who in (buyer, seller):
        await town.write(who, order, 3)
    await town.is_true([buyer, seller])
    async with town.pool.connection() as connection:
        await connection.execute("UPDATE reviews.ratings SET two = two + 1 WHERE rated_id = $1", buyer)
    with pytest.raises(AssertionError):
        await town.is_true([buyer, seller])
