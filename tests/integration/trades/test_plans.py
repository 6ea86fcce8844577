"""With 100,000 trades every list of the desk goes by an index and reads a bounded number of pages."""

from collections.abc import AsyncIterator, Iterator
from datetime import timedelta
from uuid import UUID

import pytest

from marketplace.adapters.bridges.identity_asks_for_records import RECORDS
from marketplace.adapters.sql.trading.dashboard import DASHBOARD
from marketplace.adapters.sql.trading.matches import COUNTER_TRADES
from marketplace.adapters.sql.trading.parses import FORGET, FORGET_UNCONFIRMED
from marketplace.adapters.sql.trading.prices import PRICES
from marketplace.adapters.sql.trading.trade_lists import BY_ID, Word, page
from marketplace.adapters.sql.trading.trades import _OPEN_OF
from tests.builders.commerce import NOON
from tests.engines import Database, Engines
from tests.integration.plans import AN_ID, Planner, an_id, filled_database, planning

TRADES = 100_000
PAGE = 20
SIDES = ["buy", "sell"]
STATUSES = [
    "draft", "pending_approval", "published", "negotiating", "awarded", "contracted", "closed", "cancelled", "expired",
]  # fmt: skip
BIG: set[str] = {"trades", "users", "stocks", "negotiations", "offers", "orders", "agreements", "parses"}
MOST_PAGES_OF_A_LIST = 800
"""At most 101 of each side and status are picked, 10,001 counted in an index, 21 looked up."""
RARE: dict[Word, list[str]] = {"commodity": ["SAFFRON"], "begins": ["saffrona"]}
SOMEBODY, BUSY, GUEST = an_id(1), an_id(2), an_id(3)
"""BUSY owns a tenth of the trades; GUEST is invited to a hundred."""
FILL = (
    AN_ID,
    """
INSERT INTO identity.users
    (id, email, email_key, username, username_skeleton, full_name, password_hash, password_changed_at, role,
     created_at, version)
SELECT an_id(n), n || '@marketplace.example', n || '@marketplace.example', 'user' || n, 'user' || n, '', '', now(),
    'buyer', now(), 0
FROM generate_series(1, 10000) n""",
    """
INSERT INTO trading.trades (id, owner_id, side, commodity, quality, quantity, unit, currency, price_unit, visibility,
    invited, valid_until, status, created_at)
SELECT an_id(n), CASE WHEN n % 10 = 0 THEN an_id(2) ELSE an_id(4 + n % 9000) END,
    CASE WHEN n % 3 = 0 THEN 'sell' ELSE 'buy' END,
    CASE WHEN n % 2 = 0 THEN 'Cotton' WHEN n = 77777 THEN 'Saffron' ELSE 'Grain ' || n % 500 END,
    '{}', 500, 'bale', 'INR', 'candy', CASE WHEN n % 1000 = 1 THEN 'invited' ELSE 'open' END,
    CASE WHEN n % 1000 = 1 THEN ARRAY[an_id(3)] ELSE '{}' END, now() + interval '9 days',
    CASE WHEN n % 1000 = 500 THEN 'negotiating' WHEN n % 20 = 19 THEN 'expired' WHEN n % 5 = 3 THEN 'awarded'
        ELSE 'published' END,
    now()
FROM generate_series(1, 100000) n""",
    """
INSERT INTO inventory.stocks (subject_id, total, held, sold)
SELECT an_id(n), 500, 100, 0 FROM generate_series(1, 100000) n""",
    """
INSERT INTO trading.negotiations (id, subject_kind, subject_id, listing_ids, buyer_id, seller_id, opener, currency,
    attempts, status)
SELECT an_id(n), CASE WHEN n % 2 = 0 THEN 'trade' ELSE 'listing' END, an_id(n), '{}',
    CASE WHEN n % 10 < 3 THEN an_id(2) ELSE an_id(4 + n % 9000) END, an_id(9500 + n % 100), 'seller', 'INR', 0,
    CASE WHEN n % 10 = 2 AND n > 15000 THEN 'open' ELSE 'closed' END
FROM generate_series(1, 20000) n""",
    """
INSERT INTO trading.offers (id, negotiation_id, side, price_minor, quantity, unit, status, created_at, expires_at)
SELECT an_id(n), an_id(n), 'seller', 5700000, 500, 'bale',
    CASE WHEN n % 10 = 2 AND n > 15000 THEN 'pending' ELSE 'declined' END, now(), now() + interval '9 days'
FROM generate_series(1, 20000) n""",
    """
INSERT INTO trading.agreements (negotiation_id, order_id, subject_kind, subject_id, category, grade, price_minor,
    currency, quantity, unit, unit_price, agreed_at)
SELECT an_id(n), an_id(n), 'trade', an_id(n), 'cotton', CASE WHEN n % 1000 = 0 THEN 'A' END, 100, 'INR', 1, 'kilogram',
    160, timestamptz '2030-01-01 12:00Z' - n * interval '5 minutes'
FROM generate_series(1, 20000) n""",
    """
INSERT INTO trading.parses (id, owner_id, text, fields, trade_id, created_at)
SELECT an_id(n), an_id(n % 100), '', '{}', CASE WHEN n % 2 = 0 THEN an_id(n) END,
    timestamptz '2030-01-01 12:00Z' - n * interval '1 minute'
FROM generate_series(1, 100000) n""",
    *(
        f"VACUUM ANALYZE {table}"
        for table in (
            "identity.users", "trading.trades", "inventory.stocks", "trading.negotiations", "trading.offers",
            "trading.agreements", "trading.parses",
        )
    ),
)  # fmt: skip


@pytest.fixture(scope="module")
def big_database(engines: Engines, template: str) -> Iterator[Database]:
    with filled_database(engines, template, *FILL) as database:
        yield database


@pytest.fixture
async def planner(big_database: Database) -> AsyncIterator[Planner]:
    async with planning(big_database, BIG) as planner:
        yield planner


@pytest.mark.parametrize(
    ("word", "words", "most_pages"),
    [
        ("", [], 800), ("commodity", ["COTTON"], 800), ("begins", ["Cott"], 800),
        ("begins", ["g"], 4_000),
    ],
    ids=["all", "commodity", "a beginning", "twenty beginnings"],
)  # fmt: skip
async def test_a_deep_page_costs_no_more_than_the_first(
    planner: Planner, word: Word, words: list[str], most_pages: int
) -> None:
    rest = (PAGE + 1, SIDES, STATUSES, *words)
    first = await planner.plan_of(page(word, "first", mine=False), SOMEBODY, 0, *rest)
    deep = await planner.plan_of(page(word, "cursor", mine=False), SOMEBODY, an_id(5_000), *rest)
    for plan in (first, deep):
        plan.requires(rows=PAGE + 1, most_pages=most_pages)
    assert deep.pages <= 1.5 * first.pages
    rare = await planner.plan_of(
        page(word, "first", mine=False), SOMEBODY, 0, PAGE + 1, ["buy"], ["negotiating"], *words
    )
    assert (rare.whole_tables_read, rare.pages < MOST_PAGES_OF_A_LIST) == (set(), True)


@pytest.mark.parametrize("who", [SOMEBODY, BUSY, GUEST], ids=["somebody", "busy", "guest"])
@pytest.mark.parametrize("mine", [True, False], ids=["mine", "all"])
async def test_what_is_rare_is_found_by_an_index(planner: Planner, who: UUID, mine: bool) -> None:
    for word, words in RARE.items():
        plan = await planner.plan_of(page(word, "first", mine=mine), who, 0, PAGE + 1, SIDES, STATUSES, *words)
        found = 0 if mine or word == "begins" else 1
        plan.requires(rows=found, most_pages=MOST_PAGES_OF_A_LIST)


async def test_ones_own_and_the_farthest_page_by_number(planner: Planner) -> None:
    own = await planner.plan_of(page("", "first", mine=True), BUSY, 0, PAGE + 1, SIDES, STATUSES)
    own.requires(rows=PAGE + 1, most_pages=MOST_PAGES_OF_A_LIST)
    far = await planner.plan_of(page("", "far", mine=False), SOMEBODY, 9_900, PAGE + 1, SIDES, STATUSES)
    far.requires(rows=PAGE + 1, most_pages=2_000)
    (await planner.plan_of(BY_ID, SOMEBODY, an_id(7))).requires(rows=1, most_pages=20)
    (await planner.plan_of(_OPEN_OF, BUSY, 50)).requires(rows=50, most_pages=200)


async def test_candidates_are_a_bounded_number(planner: Planner) -> None:
    many = await planner.plan_of(COUNTER_TRADES, SOMEBODY, "cotton", "sell", "INR", BUSY)
    many.requires(rows=200, most_pages=5_000)
    few = await planner.plan_of(COUNTER_TRADES, GUEST, "saffron", "buy", "INR", BUSY)
    few.requires(rows=1, most_pages=MOST_PAGES_OF_A_LIST)


@pytest.mark.parametrize(("who", "most_pages"), [(SOMEBODY, 40), (BUSY, 5_000), (an_id(9_501), 5_000)])
async def test_the_dashboard_of_who_trades_much(planner: Planner, who: UUID, most_pages: int) -> None:
    plan = await planner.plan_of(DASHBOARD, who, NOON, NOON + timedelta(days=2), an_id(0))
    plan.requires(rows=1, most_pages=most_pages)


async def test_a_year_of_prices(planner: Planner) -> None:
    since = NOON - timedelta(days=365)
    common = await planner.plan_of(PRICES, "Cotton", None, "INR", since, NOON)
    common.requires(rows=36, most_pages=400)
    rare = await planner.plan_of(PRICES, "Cotton", "a", "INR", since, NOON)
    rare.requires(rows=20, most_pages=200)


async def test_parses_are_exported_and_forgotten_by_their_indexes(planner: Planner) -> None:
    (await planner.plan_of(f"{RECORDS['parses']} LIMIT $2", BUSY, 50)).requires(rows=50, most_pages=80)
    (await planner.plan_of(FORGET, BUSY, 50)).requires(rows=1, most_pages=500)
    (await planner.plan_of(FORGET_UNCONFIRMED, NOON - timedelta(days=30), 50)).requires(rows=1, most_pages=500)
