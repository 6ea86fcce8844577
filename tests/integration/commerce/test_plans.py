"""With many rows every statement of the main paths goes by an index and reads a bounded number of pages."""

from collections.abc import AsyncIterator, Iterator
from datetime import timedelta
from math import sqrt

import pytest

from marketplace.adapters.sql.catalog.community import EVERYTHING, MOST_READ, cells_of, disc_of, ring_of
from marketplace.adapters.sql.catalog.community_statements import NEAREST, RING, TOTAL
from marketplace.adapters.sql.catalog.discover import PAGES as DISCOVER
from marketplace.adapters.sql.catalog.file_queries import OWN_PRODUCTS
from marketplace.adapters.sql.catalog.history import OF_LISTING
from marketplace.adapters.sql.catalog.listings import _OPEN, _SHARE
from marketplace.adapters.sql.catalog.media import (
    _COUNT_DOCUMENTS as COUNT_DOCUMENTS,
)
from marketplace.adapters.sql.catalog.media import _FORGET as FORGET
from marketplace.adapters.sql.catalog.media import _OPEN_UPLOADS as OPEN_UPLOADS
from marketplace.adapters.sql.catalog.media import DOCUMENT_FOR, UNUSED_DOCUMENTS, UNUSED_IMAGES
from marketplace.adapters.sql.catalog.moderation import PAGES as QUEUES
from marketplace.adapters.sql.catalog.own import PAGES as OWN
from marketplace.adapters.sql.catalog.queries import NEWEST, SHOWN_PRODUCTS
from marketplace.adapters.sql.inventory.stocks import _FIND as FIND
from marketplace.adapters.sql.inventory.stocks import _HELD_FOR as HELD_FOR
from marketplace.adapters.sql.inventory.stocks import _SETTLE as SETTLE
from marketplace.adapters.sql.jobs import WRITE as WRITE_JOBS
from marketplace.adapters.sql.ordering.orders import _LOCK as LOCK_ORDER
from marketplace.adapters.sql.payments.payments import _LOCK as LOCK_PAYMENT
from marketplace.adapters.sql.statement import Statement
from marketplace.adapters.sql.trading.negotiations import _LOCK_OPEN_OVER, BY_IDS, LOCK_RIVALS, OF_OFFER
from marketplace.application.catalog.feeds import Around, DiscoverSort
from marketplace.application.catalog.own import OwnStatus
from marketplace.domain.catalog.moderation import ItemKind
from marketplace.domain.shared.geo import Location, chord_of
from tests.builders.commerce import NOON
from tests.engines import Database, Engines
from tests.integration.commerce.life_rows import FILL_LIFE, MUCH_SOLD_BY
from tests.integration.plans import AN_ID, Planner, an_id, filled_database, planning

LISTINGS = 100_000
DEALS = 20_000
"""As in FILL: negotiations, offers, orders, payments and jobs, one of each for each of the oldest listings."""
PAGE = 20
MOST_PAGES_OF_A_LIST = 400
MOST_PAGES_BY_ID = 60
BIG = {
    "own_listings",
    "listing_revisions",
    "moderation_items",
    "listing_reports",
    "listings",
    "listing_states",
    "storefront",
    "negotiations",
    "offers",
    "orders",
    "payments",
    "job",
    "documents",
    "uploads",
}
FILL = (
    AN_ID,
    """
INSERT INTO identity.users
    (id, email, email_key, username, username_skeleton, full_name, password_hash, password_changed_at, role,
     email_verified, created_at, version)
SELECT an_id(n), n || '@marketplace.example', n || '@marketplace.example', 'seller' || n, 'seller' || n, 'S', '',
    now(), 'seller', true, now(), 0
FROM generate_series(0, 99) n""",
    """
INSERT INTO catalog.listings
    (id, seller_id, title, description, price_minor, fee_minor, currency, category, condition, channel, kind,
     audience, image_urls, tags, created_at, latitude, longitude, images)
SELECT an_id(n), an_id(n % 100), 'Vintage film camera', repeat('words ', 30), 85000, 4250, 'AED',
    (ARRAY['electronics', 'books', 'home', 'toys'])[1 + n % 4], 'good', (ARRAY['community', 'discover'])[1 + n / 4 % 2],
    'product', 'everyone', '{}', '{}', now(), 25 + n * 7919 % 1009 * 0.0005, 55 + n * 6131 % 1013 * 0.0005,
    CASE WHEN n % 10 = 0 THEN jsonb_build_array(jsonb_build_object('id', an_id(n), 'width', 9, 'height', 9))
    ELSE '[]' END
FROM generate_series(1, 100000) n""",
    "ALTER TABLE catalog.storefront DISABLE TRIGGER words_of_storefront",
    """
INSERT INTO catalog.listing_states (listing_id, status)
SELECT id, 'active' FROM catalog.listings ORDER BY id""",
    """
INSERT INTO trading.negotiations (id, subject_kind, subject_id, listing_ids, buyer_id, seller_id, opener, currency,
    asked_minor, asked_quantity, asked_unit, asked_is_ceiling, attempts, status)
SELECT an_id(n), 'listing', an_id(n), ARRAY[an_id(n)], an_id(n + 1000000), an_id(n % 100), 'buyer', 'AED',
    85000, 1, 'piece', true, 0, 'open'
FROM generate_series(1, 20000) n""",
    """
INSERT INTO trading.offers
    (id, negotiation_id, side, price_minor, quantity, unit, status, created_at, expires_at)
SELECT an_id(n), an_id(n), 'buyer', 75000, 1, 'piece', 'pending', now(), now()
FROM generate_series(1, 20000) n""",
    """
INSERT INTO ordering.orders
    (id, subject_kind, subject_id, negotiation_id, buyer_id, seller_id, amount_minor, currency, fee_minor, status,
     payment_status, payment_due_at, created_at)
SELECT an_id(n), 'listing', an_id(n), an_id(n), an_id(n + 1000000), an_id(n % 100), 75000, 'AED', 3750,
    'awaiting_payment', 'unpaid', now(), now()
FROM generate_series(1, 20000) n""",
    """
INSERT INTO ordering.order_lines (order_id, line, kind, subject_id, quantity, unit, amount_minor, fee_rule,
    fee_basis_points, fee_base_minor, fee_minor, fee_schedule_id)
SELECT an_id(n), 1, 'listing', an_id(n), 1, 'piece', 75000, 'community_500bp', 500, 75000, 3750,
    '00000000-0000-7000-8000-000000000001'
FROM generate_series(1, 20000) n""",
    """
INSERT INTO inventory.stocks (subject_id, total, held) SELECT an_id(n), 1, 1 FROM generate_series(1, 20000) n""",
    """
INSERT INTO inventory.holds (id, kind, subject_id, quantity, reason, reference, until)
SELECT an_id(n), 'listing', an_id(n), 1, 'offer', an_id(n), now() FROM generate_series(1, 20000) n""",
    """
INSERT INTO payments.payments
    (id, cause_kind, cause_id, payer_id, payee_id, amount_minor, fee_minor, currency, shares, method, provider,
     status, asked, expires_at, created_at)
SELECT an_id(n), 'order', an_id(n), an_id(n + 1000000), an_id(n % 100), 75000, 3750, 'AED',
    '[[75000, 3750, 0, 0, 0, 0]]', 'credit_card', 'simulator', 'created', 0, now(), now()
FROM generate_series(1, 20000) n""",
    """
INSERT INTO catalog.documents (id, owner_id, listing_id, purpose, size, sha256, created_at)
SELECT an_id(n), an_id(n % 100), an_id(n), 'lab_report', 9, '', now() FROM generate_series(1, 20000) n""",
    """
INSERT INTO catalog.uploads (id, owner_id, purpose, listing_id, size, expires_at)
SELECT an_id(n), an_id(n % 1000), 'document', an_id(n), 9, now() + n * interval '1 s'
FROM generate_series(1, 20000) n""",
    """
INSERT INTO jobs.job (handler, payload, key)
SELECT 'trading.expire_offer', '{}', an_id(n)::text FROM generate_series(1, 20000) n""",
    *(
        f"VACUUM ANALYZE {table}"
        for table in (
            "identity.users", "catalog.listings", "catalog.listing_states", "catalog.storefront",
            "catalog.documents", "catalog.uploads", "trading.negotiations", "trading.offers",
            "ordering.orders", "ordering.order_lines", "inventory.stocks", "inventory.holds",
            "payments.payments", "jobs.job",
        )
    ),
)  # fmt: skip


@pytest.fixture(scope="module")
def big_database(engines: Engines, template: str) -> Iterator[Database]:
    with filled_database(engines, template, *FILL, *FILL_LIFE) as database:
        yield database


@pytest.fixture
async def planner(big_database: Database) -> AsyncIterator[Planner]:
    async with planning(big_database, BIG) as planner:
        yield planner


async def test_products_by_id(planner: Planner) -> None:
    ids = [an_id(n) for n in (1, 50_000, LISTINGS)]
    (await planner.plan(SHOWN_PRODUCTS, ids=ids)).requires(rows=3, most_pages=MOST_PAGES_BY_ID)


@pytest.mark.parametrize("category", [None, "electronics"])
async def test_a_deep_page_costs_no_more_than_the_first(planner: Planner, category: str | None) -> None:
    by_category = category is not None
    wanted = {"category": category, "limit": PAGE + 1}
    by_number = await planner.plan(NEWEST[by_category, False], skip=0, **wanted)
    first = await planner.plan(NEWEST[by_category, True], after=an_id(LISTINGS), **wanted)
    deep = await planner.plan(NEWEST[by_category, True], after=an_id(500), **wanted)
    for plan in (by_number, first, deep):
        plan.requires(rows=PAGE + 1, most_pages=MOST_PAGES_OF_A_LIST)
    assert deep.pages <= 1.5 * first.pages


@pytest.mark.parametrize("category", [None, "electronics"])
@pytest.mark.parametrize("sort", ["recent", "top"])
async def test_a_deep_page_of_the_discover_feed(planner: Planner, sort: DiscoverSort, category: str | None) -> None:
    """Of somebody who follows ten sellers and likes a category."""
    (score, as_of) = await planner.connection.fetchrow(
        "SELECT hotness, settled + 1 FROM catalog.storefront WHERE listing_id = $1", an_id(20_004)
    )
    asked = {
        "category": category, "limit": PAGE + 1, "skip": 0, "hidden": [an_id(999)], "liked": ["books"],
        "sellers": [an_id(4 * n) for n in range(1, 11)], "total": 0,
    }  # fmt: skip
    place = {"is_live": False, "score": score, "id": an_id(20_004), "as_of": as_of}
    first = await planner.plan(DISCOVER[sort, category is not None, False], **asked)
    deep = await planner.plan(DISCOVER[sort, category is not None, True], **asked, **place)
    for plan in (first, deep):
        plan.requires(rows=PAGE + 1, most_pages=2 * MOST_PAGES_OF_A_LIST)
    assert deep.pages <= 1.5 * first.pages


@pytest.mark.parametrize("category", [None, "electronics"])
async def test_a_deep_page_of_the_community_feed(planner: Planner, category: str | None) -> None:
    """Page 1,000, or 250 of a category, at the cost of the first one, which counts as well."""
    rows = await planner.connection.fetch(
        "SELECT listing_id, point <-> catalog.on_earth(25.25, 55.25) AS chord, settled FROM catalog.storefront "
        "WHERE channel = 'community' AND ($1::text IS NULL OR category = $1) ORDER BY 2, 1 OFFSET $2 LIMIT 1",
        category, 4_980 if category else 19_980,
    )  # fmt: skip
    around = Around(Location(25.25, 55.25), 100, category)
    outer, seen = rows[0]["chord"], 5_000 if category else 20_000
    density = seen / outer**2
    ring = cells_of(ring_of(around, density, outer, sqrt(outer**2 + 3 * PAGE / density)))
    asked = {
        "latitude": 25.25, "longitude": 55.25, "outer": chord_of(100), "category": category, "hidden": [an_id(1)],
        "sellers": [an_id(2)], "skip": 0, "limit": PAGE + 1,
    }  # fmt: skip
    place = {"chord": outer, "id": rows[0]["listing_id"], "as_of": rows[0]["settled"] + 1, "most": MOST_READ}
    by_category = category is not None
    total = await planner.plan(TOTAL[by_category], **asked, **cells_of(disc_of(around)), most=EVERYTHING)
    first = await planner.plan(NEAREST[by_category], **asked)
    deep = await planner.plan(RING[by_category], **asked, **place, **ring)
    total.requires(rows=1, most_pages=MOST_PAGES_OF_A_LIST)
    for plan in (first, deep):
        plan.requires(rows=PAGE + 1, most_pages=2 * MOST_PAGES_OF_A_LIST)
    assert deep.pages <= 1.5 * (total.pages + first.pages)


async def test_a_negotiation_by_its_offer(planner: Planner) -> None:
    plan = await planner.plan_of(OF_OFFER, an_id(777))
    plan.requires(rows=1, most_pages=MOST_PAGES_BY_ID)


async def test_negotiations_by_id(planner: Planner) -> None:
    plan = await planner.plan_of(BY_IDS, [an_id(n) for n in (1, 777, DEALS)])
    plan.requires(rows=3, most_pages=MOST_PAGES_BY_ID)


async def test_rivals_are_locked_by_listing(planner: Planner) -> None:
    plan = await planner.plan_of(LOCK_RIVALS, [an_id(777)], [an_id(777)], an_id(1))
    plan.requires(rows=1, most_pages=MOST_PAGES_BY_ID)
    assert plan.locks


async def test_a_listing_is_locked_for_share_by_id(planner: Planner) -> None:
    plan = await planner.plan(_SHARE, id=an_id(777))
    plan.requires(rows=1, most_pages=MOST_PAGES_BY_ID)
    assert plan.locks


async def test_stocks_and_holds_by_their_keys(planner: Planner) -> None:
    for plan in (await planner.plan_of(HELD_FOR, an_id(777)), await planner.plan_of(FIND, an_id(777))):
        plan.requires(rows=1, most_pages=MOST_PAGES_BY_ID)
    settled = await planner.plan_of(SETTLE, an_id(777), an_id(777), "released")
    assert settled.whole_tables_read == set()


async def test_an_order_and_a_payment_are_locked_by_id(planner: Planner) -> None:
    for plan in (
        await planner.plan_of(LOCK_ORDER, an_id(777)),
        await planner.plan(LOCK_PAYMENT, payment_id=an_id(777)),
    ):
        plan.requires(rows=1, most_pages=MOST_PAGES_BY_ID)
        assert plan.locks


async def test_documents_and_uploads_by_their_keys(planner: Planner) -> None:
    await planner.plan(DOCUMENT_FOR, viewer=an_id(5), id=an_id(776))  # whose function the connection then knows
    for plan in (
        await planner.plan(DOCUMENT_FOR, viewer=an_id(5), id=an_id(777)),
        await planner.plan(COUNT_DOCUMENTS, listing_id=an_id(777)),
        await planner.plan(OPEN_UPLOADS, owner=an_id(777), now=NOON),
        await planner.plan_of(FORGET, NOON - timedelta(days=9_999), 100),
    ):
        assert plan.whole_tables_read == set()
        assert plan.pages <= MOST_PAGES_BY_ID


@pytest.mark.parametrize(("statement", "unused"), [(UNUSED_IMAGES, 450), (UNUSED_DOCUMENTS, 0)])
async def test_the_sweep_looks_names_up_one_by_one(planner: Planner, statement: str, unused: int) -> None:
    plan = await planner.plan_of(statement, [an_id(n) for n in range(501, 1_001)])
    plan.requires(rows=unused, most_pages=500 * 12)


async def test_jobs_are_written_without_reading_the_queue(planner: Planner) -> None:
    """Two timers cleared, one set, one event."""
    plan = await planner.plan_of(
        WRITE_JOBS, ["trading.expire_offer"] * 2, [str(an_id(n)) for n in (777, 778)],
        ["ordering.expire_order", "notifications.offer_accepted"], ["{}", "{}"], [None, "notifications:1"],
        [str(an_id(777)), None], [NOON, None],
    )  # fmt: skip
    plan.requires(rows=1, most_pages=MOST_PAGES_BY_ID)


@pytest.mark.parametrize("status", [None, "sold"])
async def test_a_deep_page_of_ones_own_products_costs_no_more_than_the_first(
    planner: Planner, status: OwnStatus | None
) -> None:
    """But for counting them."""
    seller = an_id(MUCH_SOLD_BY)
    first = await planner.plan_of(OWN[status][True], seller, an_id(300_000), PAGE + 1)
    deep = await planner.plan_of(OWN[status][True], seller, an_id(201_000), PAGE + 1)
    for plan in (first, deep):
        assert (plan.rows, plan.whole_tables_read) == (PAGE + 1, set())
    assert deep.pages <= 1.1 * first.pages


async def test_what_is_open_is_found_among_much_that_is_sold(planner: Planner) -> None:
    seller = an_id(MUCH_SOLD_BY)
    drafts = await planner.plan_of(OWN["draft"][False], seller, 0, PAGE + 1)
    drafts.requires(rows=3, most_pages=MOST_PAGES_BY_ID)
    assert await planner.connection.fetchval(_OPEN, seller, 50) == 3
    assert (await planner.plan_of(_OPEN, seller, 50)).pages <= MOST_PAGES_BY_ID, "planned before"


async def test_the_history_of_one_listing(planner: Planner) -> None:
    """100 of 100,000 rows."""
    plan = await planner.plan_of(OF_LISTING[False], an_id(777), 0, PAGE + 1)
    plan.requires(rows=PAGE + 1, most_pages=MOST_PAGES_OF_A_LIST)
    negotiations = await planner.plan_of(_LOCK_OPEN_OVER, an_id(777), 20)
    negotiations.requires(rows=1, most_pages=MOST_PAGES_BY_ID)


@pytest.mark.parametrize(("kind", "start"), [(ItemKind.REVIEW, 0), (ItemKind.REPORTS, 100_000)])
async def test_a_deep_page_for_moderators_costs_no_more_than_the_first(
    planner: Planner, kind: ItemKind, start: int
) -> None:
    """But for counting what waits, up to the limit of a total."""
    first = await planner.plan_of(QUEUES[kind][True], an_id(start), PAGE + 1)
    deep = await planner.plan_of(QUEUES[kind][True], an_id(start + 19_000), PAGE + 1)
    for plan in (first, deep):
        assert (plan.rows, plan.whole_tables_read) == (PAGE + 1, set())
    assert deep.pages <= 1.1 * first.pages


async def test_a_sellers_own_products_to_be_exported(planner: Planner) -> None:
    page = await planner.plan_of(OWN_PRODUCTS, an_id(7), an_id(50_000))
    page.requires(rows=100, most_pages=8 * 100)


@pytest.mark.parametrize(
    ("statement", "clause"),
    [
        (_SHARE, "FOR SHARE OF listing_states"), (LOCK_RIVALS, "FOR UPDATE"), (LOCK_ORDER, "FOR UPDATE"),
        (LOCK_PAYMENT, "FOR UPDATE"),
    ],
    ids=["listing", "rivals", "order", "payment"],
)  # fmt: skip
def test_what_must_lock_locks(statement: Statement | str, clause: str) -> None:
    assert str(getattr(statement, "sql", statement)).rstrip().endswith(clause)
