"""Matches, dashboard and price history over HTTP."""

from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

from marketplace.adapters.clock import SystemClock
from prove.people import Person
from tests.http.commerce.market import data, refusal
from tests.http.people.town import Town
from tests.http.trades.desk import TRADES, drafted, in_days, published

BOARD = "/trade-desk/dashboard"
LOT = """
INSERT INTO trading.tested_lots (id, owner_id, commodity, grade, quality, quantity, unit, price_minor, currency, price_unit,
    place, status, created_at)
VALUES ($1, $2, $3, 'Shankar-6', '{"Staple_Length": "30 mm"}', 170, 'tonne', 5700000, 'INR', 'candy', 'Guntur', $4, now())
"""  # noqa: E501
NEGOTIATION = """
WITH one AS (
    INSERT INTO trading.negotiations (id, subject_kind, subject_id, listing_ids, buyer_id, seller_id, opener, currency,
        closes_at, sealed_until, attempts, status)
    SELECT $1, 'trade', id, '{}', owner_id, $3, 'seller', currency, valid_until,
        CASE visibility WHEN 'sealed' THEN valid_until END, 0, 'open'
    FROM trading.trades WHERE id = $2
)
INSERT INTO trading.offers (id, negotiation_id, side, price_minor, price_unit, quantity, unit, status, created_at,
    expires_at)
VALUES ($4, $1, 'seller', 5700000, 'candy', 500, 'bale', 'pending', now(), now() + interval '9 days')
"""
ORDER = """
INSERT INTO ordering.orders (id, subject_kind, subject_id, buyer_id, seller_id, amount_minor, currency, fee_minor,
    status, payment_status, payment_due_at, created_at)
VALUES ($1, $2, gen_random_uuid(), $3, $4, 850000, $5, 0, $6, 'unpaid', now(), now())
"""
AGREEMENT = """
INSERT INTO trading.agreements (negotiation_id, order_id, subject_kind, subject_id, category, grade, price_minor,
    currency, quantity, unit, unit_price, agreed_at)
VALUES (gen_random_uuid(), gen_random_uuid(), $1, gen_random_uuid(), $2, $3, 100, 'INR', $4, $5, $6, $7)
"""


def new_id(ago: timedelta = timedelta()) -> UUID:
    """A UUIDv7 of that time."""
    at = int((SystemClock().now() - ago).timestamp() * 1_000)
    return UUID(int=(at << 80) | 0x7000_8000_0000_0000_0000 | (uuid4().int & 0x0FFF_3FFF_FFFF_FFFF_FFFF))


async def matches(town: Town, trade: Any, who: Person, **params: Any) -> list[Any]:
    found: list[Any] = data(await town.call("GET", f"{TRADES}/{trade['id']}/matches", who, **params))["items"]
    return found


async def test_counter_trades_and_tested_lots_match_with_reasons(town: Town) -> None:
    me, other, third = await town.person(), await town.person(), await town.person()
    name = f"Cotton {uuid4().hex}"
    wanted = await drafted(
        town, me, commodity=name, grade="Shankar-6", target_price=58_000, quality={"staple_length": "min 29 mm"}
    )  # fmt: skip
    selling: dict[str, Any] = {"side": "sell", "commodity": name.upper()}
    good = await published(
        town, other, **selling, grade="shankar-6", quantity=34, unit="tonnes", price_unit="kg", target_price=160,
        quality={"staple_length": "29.5 mm"},
    )  # fmt: skip
    open_price = await published(town, third, **selling, quality={"staple_length": "28 mm"})
    invited = await published(town, other, **selling, visibility="invited", invited=[str(me.id)], grade="V-797")
    unlike: list[dict[str, Any]] = [
        {**selling, "target_price": 58_001}, {**selling, "currency": "USD"}, {**selling, "commodity": f"{name}x"},
        {**selling, "unit": "bags", "price_unit": "bags"}, {"commodity": name},
        {**selling, "visibility": "invited", "invited": [str(third.id)]},
    ]  # fmt: skip
    for changes in unlike:
        await published(town, other, **changes)
    await drafted(town, other, **selling)
    await published(town, me, **selling)
    lot, gone = new_id(), new_id()
    for one, status in ((lot, "available"), (gone, "withdrawn")):
        await town.fetch(LOT, one, other.id, name, status)
    found = await matches(town, wanted, me)
    assert [(one["kind"], one["id"], one["score"]) for one in found] == [
        ("lot", str(lot), 100), ("trade", good["id"], 91), ("trade", open_price["id"], 59),
        ("trade", invited["id"], 52),
    ]  # fmt: skip
    assert found[1] | {"reasons": [one["points"] for one in found[1]["reasons"]]} == {
        "kind": "trade", "id": good["id"], "owner": good["owner"], "score": 91, "reasons": [30, 15, 25, 6, 15],
        "grade": "shankar-6", "quality": {"staple_length": "29.5 mm"}, "quantity": 34, "unit": "tonne",
        "price": "160.00", "currency": "INR", "price_unit": "kilogram", "place": None,
    }  # fmt: skip
    assert [one["detail"] for one in found[1]["reasons"]] == [
        "the same commodity", "the same grade", "1 of 1 parameters fit: staple_length", "40 % of the quantity",
        "the prices meet",
    ]  # fmt: skip
    assert await matches(town, wanted, me, limit=1) == found[:1]
    assert [one["id"] for one in await matches(town, good, other)] == []
    data(await town.call("POST", f"{TRADES}/{wanted['id']}/publish", me))
    assert wanted["id"] in [one["id"] for one in await matches(town, good, other)]
    assert {one["kind"] for one in await matches(town, good, other)} == {"trade"}


async def test_the_dashboard_counts_ones_own(town: Town) -> None:
    me, other = await town.person(), await town.person()
    nothing = {"trades": [], "offers": [], "awaiting_answer": 0, "agreed": [], "expiring": []}
    assert data(await town.call("GET", BOARD, me)) == nothing
    await drafted(town, me)
    soon = await published(town, me, valid_until=in_days(1))
    later = await published(town, me)
    sealed = await published(town, me, visibility="sealed", valid_until=in_days(3))
    for trade in (soon, later, sealed):
        await town.fetch(NEGOTIATION, new_id(), trade["id"], other.id, new_id())
    for ago, kind, currency, status, buyer in (
        (1, "trade", "INR", "placed", me), (2, "trade", "INR", "completed", me), (3, "trade", "INR", "placed", other),
        (1, "trade", "KWD", "placed", other), (1, "trade", "INR", "cancelled", me), (1, "listing", "INR", "placed", me),
        (31, "trade", "INR", "placed", me),
    ):  # fmt: skip
        seller = other if buyer is me else me
        await town.fetch(ORDER, new_id(timedelta(days=ago)), kind, buyer.id, seller.id, currency, status)
    assert data(await town.call("GET", BOARD, me)) == {
        "trades": [{"status": "draft", "count": 1}, {"status": "published", "count": 3}], "offers": [],
        "awaiting_answer": 2,
        "agreed": [{"currency": "INR", "bought": "17000.00", "sold": "8500.00"},
                   {"currency": "KWD", "bought": "0.000", "sold": "850.000"}],
        "expiring": [{"id": soon["id"], "commodity": soon["commodity"], "valid_until": soon["valid_until"]}],
    }  # fmt: skip
    theirs = data(await town.call("GET", BOARD, other))
    assert (theirs["offers"], theirs["awaiting_answer"]) == ([{"status": "pending", "count": 3}], 0)
    await town.fetch("UPDATE trading.negotiations SET sealed_until = now() WHERE subject_id = $1", sealed["id"])
    assert data(await town.call("GET", BOARD, me))["awaiting_answer"] == 3


def monday(weeks_ago: int) -> datetime:
    now = SystemClock().now()
    return now.replace(hour=9) - timedelta(days=now.weekday() + 7 * weeks_ago)


async def test_prices_are_told_by_the_day_or_by_the_week_but_no_single_deal(town: Town) -> None:
    me, name = await town.person(), f"cotton {uuid4().hex}"
    a_day = timedelta(days=1)
    deals: list[tuple[str, str | None, int, str, str, datetime]] = [
        ("trade", None, 10, "kilogram", "160", monday(3)),
        ("trade", None, 10, "kilogram", "161", monday(3)),
        ("trade", None, 20, "kilogram", "164.5", monday(3)),
        ("trade", None, 1, "kilogram", "150", monday(3) + a_day),
        ("trade", None, 1, "kilogram", "151", monday(3) + 2 * a_day),
        ("trade", None, 2, "kilogram", "153", monday(3) + 6 * a_day),
        *(("trade", None, 1, "kilogram", "170", monday(2)) for _ in range(2)),
        *(("trade", None, 5, "kilogram", "172", SystemClock().now()) for _ in range(3)),
        *(("trade", "A", 1, "kilogram", "180", monday(2) + a_day) for _ in range(2)),
        *(("trade", None, 1, "piece", "9", monday(2) + a_day) for _ in range(3)),
        *(("listing", None, 1, "kilogram", "1", monday(2)) for _ in range(3)),
    ]  # fmt: skip
    for kind, grade, quantity, unit, price, at in deals:
        await town.fetch(AGREEMENT, kind, name, grade, quantity, unit, Decimal(price), at)
    asked = {"commodity": name.upper(), "currency": "INR", "days": 30}
    told = data(await town.call("GET", "/trade-desk/price-history", me, **asked))
    first: date = monday(3).date()

    def figure(begin: date, end: date, unit: str, agreements: int, *prices: str) -> dict[str, object]:
        low, high, average = prices
        return {
            "first_day": str(begin), "last_day": str(end), "unit": unit, "agreements": agreements, "low": low,
            "high": high, "average": average,
        }  # fmt: skip

    second = first + 8 * a_day
    assert told == {
        "commodity": name.upper(), "grade": None, "currency": "INR", "items": [
            figure(first, first, "kilogram", 3, "160.000000", "164.500000", "162.500000"),
            figure(first, first + 6 * a_day, "kilogram", 3, "150.000000", "153.000000", "151.750000"),
            figure(second, second, "piece", 3, "9.000000", "9.000000", "9.000000"),
        ],
    }  # fmt: skip
    for other in ({"grade": "A"}, {"currency": "USD"}, {"commodity": "cotton"}, {"days": 1}):
        assert data(await town.call("GET", "/trade-desk/price-history", me, **(asked | other)))["items"] == []
    await town.fetch(AGREEMENT, "trade", name, "a", 1, "kilogram", Decimal(177), monday(2) + a_day)
    (of_grade,) = data(await town.call("GET", "/trade-desk/price-history", me, **asked, grade="A"))["items"]
    assert (of_grade["agreements"], of_grade["low"], of_grade["average"]) == (3, "177.000000", "179.000000")
    for wrong, field in (({"days": 0}, "days"), ({"currency": "inr"}, "currency"), ({"commodity": ""}, "commodity")):
        refusal(
            await town.call("GET", "/trade-desk/price-history", me, **(asked | wrong)), 422, "invalid_request", field
        )


LARGEST_ORDERS = """
INSERT INTO ordering.orders (id, subject_kind, subject_id, buyer_id, seller_id, amount_minor, currency, fee_minor,
    status, payment_status, payment_due_at, created_at)
SELECT overlay($1::uuid::text PLACING lpad(n::text, 12, '0') FROM 25)::uuid, 'trade', gen_random_uuid(), $2, $3, 1e15,
    'INR', 0, 'paid', 'paid', now(), now()
FROM generate_series(1, 9300) n
"""


async def test_the_dashboard_sums_more_than_64_bits(town: Town) -> None:
    me, other = await town.person(), await town.person()
    await town.fetch(LARGEST_ORDERS, new_id(), me.id, other.id)
    (agreed,) = data(await town.call("GET", BOARD, me))["agreed"]
    assert agreed == {"currency": "INR", "bought": "93000000000000000.00", "sold": "0.00"}
