"""On a real database: no slot is booked twice, and lists of services read a bounded number of pages."""

from collections import Counter
from collections.abc import AsyncIterator, Iterator
from datetime import timedelta
from typing import Any

import asyncpg
import pytest

from marketplace.adapters.sql.catalog.bookings import DIARY, HOLDS, OF_SERVICE, SEATS
from marketplace.adapters.sql.catalog.services import GIGS, LAST, NEWEST, OF_CATEGORY, OF_SELLER, PRICED
from marketplace.application.catalog.bookings import ExpireHold, HoldSlot, ReleaseSlot, SetHours
from marketplace.application.catalog.listings import ListItem
from marketplace.application.catalog.service_views import BookingView
from marketplace.domain.catalog.availability import Hours
from marketplace.domain.catalog.booking import HOLD_TIME, SlotTaken
from marketplace.domain.catalog.listing import Channel
from marketplace.domain.catalog.terms import ServiceTerms
from marketplace.domain.shared.ids import ListingId
from tests.builders.commerce import NOON, a_draft, an_actor
from tests.builders.services import AT_NINE, NINE_TO_FIVE
from tests.engines import Database, Engines, copied_database, execute
from tests.integration.commerce.market import SqlMarket
from tests.integration.plans import AN_ID, Planner, an_id, planning
from tests.integration.races import outcomes

BUYERS = 64
PAGE = 20
MOST_PAGES = 450
BIG = {"listings", "listing_states", "storefront", "bookings", "schedules"}
FILL = (
    AN_ID,
    """
INSERT INTO identity.users
    (id, email, email_key, username, username_skeleton, full_name, password_hash, password_changed_at, role,
     email_verified, created_at, version)
SELECT an_id(n), n || '@marketplace.example', n || '@marketplace.example', 'seller' || n, 'seller' || n, 'S', '',
    now(), 'seller', true, now(), 0
FROM generate_series(0, 999) n""",
    "SET session_replication_role = replica",
    """
INSERT INTO catalog.listings
    (id, seller_id, title, description, price_minor, fee_minor, currency, category, channel, kind, audience, terms,
     image_urls, tags, created_at)
SELECT an_id(n), an_id(n % 1000), 'A tap', '', 100 + n % 1000, 5, 'AED',
    (ARRAY['plumbing', 'cleaning', 'tutoring', 'driving', 'painting'])[1 + n % 5], 'services', 'service', 'everyone',
    CASE WHEN n % 3 = 0 THEN '{"packages": [{"name": "Basic", "price_minor": 5}], "time_zone": "UTC"}'::jsonb
         ELSE '{"packages": [], "time_zone": "UTC"}' END, '{}', '{}', now()
FROM generate_series(1, 100000) n""",
    "INSERT INTO catalog.listing_states (listing_id, status) SELECT id, 'active' FROM catalog.listings",
    """
INSERT INTO catalog.storefront (listing_id, seller_id, kind, channel, category, audience, price_minor, currency,
    is_gig)
SELECT id, seller_id, kind, channel, category, audience, price_minor, currency, terms -> 'packages' <> '[]'
FROM catalog.listings""",
    """
INSERT INTO catalog.bookings (id, service_id, seller_id, booked_by, period, seat, status, created_at)
SELECT an_id(n), an_id(n % 100), an_id(n % 100), an_id(n % 1000 + 500000),
    tstzrange('2030-01-01'::timestamptz + n * interval '10 minutes',
              '2030-01-01'::timestamptz + (n + 5) * interval '10 minutes'), 1, 'confirmed', now()
FROM generate_series(1, 20000) n""",
    *(
        f"VACUUM ANALYZE {table}"
        for table in (
            "identity.users", "catalog.listings", "catalog.listing_states", "catalog.storefront", "catalog.bookings",
        )
    ),
)  # fmt: skip
ALL: dict[str, Any] = {
    "after": LAST, "skip": 0, "limit": PAGE + 1, "category": None, "seller": None, "currency": None, "least": None,
    "most": None,
}  # fmt: skip


async def opened(market: SqlMarket, hours: Hours = NINE_TO_FIVE) -> ListingId:
    draft = a_draft(channel=Channel.SERVICES, category="plumbing", terms=ServiceTerms())
    service: ListingId = (await market.run(ListItem, market.seller, draft)).id
    await market.run(SetHours, market.seller, service, hours)
    return service


async def booked_slot(market: SqlMarket) -> BookingView:
    booking: BookingView = await market.run(HoldSlot, market.buyer, await opened(market), AT_NINE)
    return booking


@pytest.mark.parametrize("capacity", [1, 3])
async def test_of_many_who_want_one_slot_as_many_get_it_as_it_has_seats(market: SqlMarket, capacity: int) -> None:
    service = await opened(market, Hours(week=NINE_TO_FIVE.week, capacity=capacity))
    buyers = [an_actor() for _ in range(BUYERS)]
    results = await outcomes(*(market.run(HoldSlot, buyer, service, AT_NINE) for buyer in buyers))
    assert Counter(map(type, results)) == {BookingView: capacity, SlotTaken: BUYERS - capacity}
    held = await market.all("SELECT seat, booked_by FROM catalog.bookings WHERE service_id = $1", service)
    assert sorted(row["seat"] for row in held) == list(range(1, capacity + 1))
    assert {row["booked_by"] for row in held} == {one.booked_by for one in results if isinstance(one, BookingView)}


async def test_whatever_races_a_seat_is_never_had_twice(market: SqlMarket) -> None:
    service = await opened(market)
    first: BookingView = await market.run(HoldSlot, market.buyer, service, AT_NINE)
    market.clock.advance(HOLD_TIME)
    others = [an_actor() for _ in range(16)]
    results = await outcomes(
        market.run(ExpireHold, first.id), market.run(ReleaseSlot, market.buyer, service, first.id),
        *(market.run(HoldSlot, other, service, AT_NINE) for other in others), market.run(ExpireHold, first.id),
    )  # fmt: skip
    kinds = Counter(type(one) for one in results if one is not None)
    assert kinds == {BookingView: 1, SlotTaken: len(others) - 1}
    states = await market.all("SELECT status FROM catalog.bookings WHERE service_id = $1 ORDER BY id", service)
    assert [row["status"] for row in states] == ["cancelled", "held"]


async def test_the_database_refuses_two_on_one_seat(market: SqlMarket) -> None:
    booking = await booked_slot(market)
    again = """
INSERT INTO catalog.bookings (id, service_id, seller_id, booked_by, period, seat, status, created_at)
SELECT gen_random_uuid(), service_id, seller_id, booked_by,
    tstzrange(lower(period) + $2::interval, upper(period) + $2::interval), seat, 'confirmed', created_at
FROM catalog.bookings WHERE id = $1"""
    for minutes in (59, -59, 0):
        with pytest.raises(asyncpg.ExclusionViolationError, match="ex_bookings_one_per_seat"):
            await market.all(again, booking.id, timedelta(minutes=minutes))
    await market.all(again, booking.id, timedelta(minutes=60))


@pytest.fixture(scope="module")
def big_database(engines: Engines, template: str) -> Iterator[Database]:
    with copied_database(engines, template) as database:
        execute(database.admin_dsn, *FILL)
        yield database


@pytest.fixture
async def planner(big_database: Database) -> AsyncIterator[Planner]:
    async with planning(big_database, BIG) as planner:
        yield planner


async def test_lists_of_services_read_few_pages_however_deep(planner: Planner) -> None:
    prices = {"currency": "AED", "least": 0, "most": 10**15}
    for name, statement, wanted in (
        ("newest", NEWEST, {}), ("gigs", GIGS, {}), ("below", OF_CATEGORY, {"category": "home_services"}),
        ("category", OF_CATEGORY, {"category": "tutoring"}), ("seller", OF_SELLER, {"seller": an_id(7)}),
        ("any price", PRICED, prices), ("many prices", PRICED, {**prices, "category": "home_services"}),
        ("few prices", PRICED, {**prices, "least": 110, "most": 120}),
        ("one price", PRICED, {**prices, "least": 1095, "most": 1095, "category": "plumbing"}),
    ):  # fmt: skip
        plans = {}
        for where in ({}, {"after": an_id(50_000)}, {"skip": 80}):
            plan = await planner.plan(statement, **{**ALL, **wanted, **where})
            assert plan.whole_tables_read == set(), (name, where)
            assert plan.rows == (20 if name in {"seller", "one price"} and where == {"skip": 80} else PAGE + 1), name
            plans[str(where)] = plan.pages
        assert max(plans.values()) <= MOST_PAGES, (name, plans)


async def test_bookings_are_read_by_their_service_and_time(planner: Planner) -> None:
    day = (NOON, NOON.replace(day=2))
    for name, sql, arguments, rows in (
        ("diary", DIARY, (an_id(7), None, *day, NOON), 1), ("seats", SEATS, (an_id(7), *day), 2),
        ("of a seller", OF_SERVICE, (an_id(7), an_id(7), LAST, 0, PAGE + 1), PAGE + 1),
        ("of a buyer", OF_SERVICE, (an_id(7), an_id(500_007), LAST, 0, PAGE + 1), 20),
        ("of nobody", OF_SERVICE, (an_id(7), an_id(9), LAST, 0, PAGE + 1), 0),
        ("holds", HOLDS, (an_id(500_007), NOON), 1),
    ):  # fmt: skip
        plan = await planner.plan_of(sql, *arguments)
        assert plan.whole_tables_read == set(), name
        assert not any(node["Node Type"] == "Seq Scan" and node["Relation Name"] == "bookings" for node in plan.nodes)
        assert (name, plan.rows) == (name, rows)
        assert plan.pages <= 300, (name, plan.pages)
