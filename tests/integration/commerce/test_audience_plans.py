"""Whom to tell of a trade is found by indexes, however many trades and negotiations there are."""

from collections.abc import AsyncIterator, Iterator

import pytest

from marketplace.adapters.sql.trading.audiences import AUDIENCE, OVER_TRADE
from tests.engines import Database, Engines
from tests.integration.plans import AN_ID, Planner, an_id, filled_database, planning

FILL = (
    AN_ID,
    """
INSERT INTO trading.trades (id, owner_id, side, commodity, quality, quantity, unit, currency, price_unit, visibility,
    invited, valid_until, status, created_at)
SELECT an_id(n), an_id(n % 1000), 'buy', 'cotton', '{}', 500, 'bale', 'INR', 'candy', 'open', '{}', now(),
    'negotiating', now()
FROM generate_series(1, 100000) n""",
    """
INSERT INTO trading.negotiations (id, subject_kind, subject_id, listing_ids, buyer_id, seller_id, opener, currency,
    attempts, status)
SELECT an_id(n), 'trade', an_id(1 + n % 25000), '{}', an_id((1 + n % 25000) % 1000), an_id(n + 1000000), 'seller',
    'INR', 0, 'open'
FROM generate_series(1, 100000) n""",
    """
INSERT INTO trading.offers (id, negotiation_id, side, price_minor, price_unit, quantity, unit, status, created_at,
    expires_at)
SELECT an_id(n), an_id(n), 'seller', 6200000, 'candy', 300, 'bale', 'pending', now(), now()
FROM generate_series(1, 100000) n""",
    "INSERT INTO inventory.stocks (subject_id, total, held) SELECT an_id(n), 500, 9 FROM generate_series(1, 100000) n",
    "VACUUM ANALYZE trading.trades",
    "VACUUM ANALYZE trading.negotiations",
    "VACUUM ANALYZE trading.offers",
    "VACUUM ANALYZE inventory.stocks",
)


@pytest.fixture(scope="module")
def big_database(engines: Engines, template: str) -> Iterator[Database]:
    with filled_database(engines, template, *FILL) as database:
        yield database


@pytest.fixture
async def planner(big_database: Database) -> AsyncIterator[Planner]:
    async with planning(big_database, {"trades", "negotiations", "offers", "stocks"}) as planner:
        yield planner


async def test_the_audience_of_a_trade(planner: Planner) -> None:
    (await planner.plan_of(AUDIENCE, an_id(777))).requires(rows=1, most_pages=40)


async def test_what_is_negotiated_over_a_trade(planner: Planner) -> None:
    (await planner.plan_of(OVER_TRADE, an_id(777))).requires(rows=4, most_pages=60)
