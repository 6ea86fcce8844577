"""The list of trades over HTTP: whose, which and in what order."""

from uuid import uuid4

from tests.http.commerce.market import data, refusal
from tests.http.people.town import Town
from tests.http.trades.desk import TRADES, drafted, in_days, listed, published


async def test_everybodys_open_trades_and_ones_own_in_every_state(town: Town) -> None:
    me, other = await town.person(), await town.person()
    name = f"Cotton {uuid4().hex}"
    draft = await drafted(town, me, commodity=name)
    cancelled = await published(town, me, commodity=name)
    data(await town.call("POST", f"{TRADES}/{cancelled['id']}/cancel", me))
    selling = await published(town, me, commodity=name.upper(), side="sell")
    buying = await published(town, other, commodity=name)
    negotiating = await published(town, other, commodity=name)
    await town.fetch("UPDATE trading.trades SET status = 'negotiating' WHERE id = $1", negotiating["id"])
    over = await published(town, other, commodity=name, visibility="sealed")
    await town.fetch("UPDATE trading.trades SET valid_until = now() WHERE id = $1", over["id"])
    ids = {
        "draft": draft,
        "cancelled": cancelled,
        "selling": selling,
        "buying": buying,
        "negotiating": negotiating,
        "over": over,
    }
    words = {one["id"]: word for word, one in ids.items()}

    async def seen(who: object, **params: object) -> list[str]:
        return [words[one] for one in await listed(town, who, commodity=name.lower(), **params)]  # type: ignore[arg-type]

    assert await seen(me) == ["negotiating", "buying", "selling", "cancelled", "draft"]
    assert await seen(other) == ["over", "negotiating", "buying", "selling"]
    assert await seen(me, mine=True) == ["selling", "cancelled", "draft"]
    assert await seen(me, side="sell") == ["selling"]
    assert await seen(me, status="published") == ["buying", "selling"]
    assert await seen(me, status="cancelled") == ["cancelled"]
    assert await seen(other, status="cancelled") == []
    assert await seen(me, side="buy", status="draft", mine=True) == ["draft"]


async def test_the_beginning_of_a_name(town: Town) -> None:
    me, other = await town.person(), await town.person()
    stem = uuid4().hex
    trades = [await published(town, other, commodity=f"{stem.upper()} {kind}") for kind in ("long", "short", "long")]
    ids = [one["id"] for one in reversed(trades)]
    assert await listed(town, me, q=stem[:20]) == ids
    assert await listed(town, me, q=f"{stem} l") == [ids[0], ids[2]]
    assert await listed(town, me, q=f"{stem}%") == []
    assert await listed(town, other, q=stem, mine=True) == ids
    refusal(await town.call("GET", TRADES, me, q="c", commodity="c"), 422, "ambiguous_name", "q")


async def test_pages_by_number_and_by_cursor_meet(town: Town) -> None:
    me, other = await town.person(), await town.person()
    name = f"Cotton {uuid4().hex}"
    ids = [(await published(town, who, commodity=name))["id"] for who in (me, other, me, other, me)][::-1]
    first = data(await town.call("GET", TRADES, me, commodity=name, per_page=2))
    assert [one["id"] for one in first["items"]] == ids[:2]
    assert (first["total"], first["has_more"]) == (5, True)
    second = data(await town.call("GET", TRADES, me, commodity=name, per_page=2, page=2))
    by_cursor = data(await town.call("GET", TRADES, me, commodity=name, per_page=2, cursor=first["next_cursor"]))
    assert second["items"] == by_cursor["items"]
    assert [one["id"] for one in second["items"]] == ids[2:4]
    deep = data(await town.call("GET", TRADES, me, commodity=name, per_page=1, page=5))
    assert [one["id"] for one in deep["items"]] == ids[4:]
    assert data(await town.call("GET", TRADES, me, commodity=name, per_page=100, page=100))["items"] == []
    refusal(await town.call("GET", TRADES, me, cursor="made-up"), 400, "invalid_cursor", "cursor")


async def test_nothing_tells_that_a_sealed_trade_has_offers(town: Town) -> None:
    me, other = await town.person(), await town.person()
    quiet, asked = [await published(town, me, visibility="sealed", valid_until=in_days(2)) for _ in range(2)]
    await town.fetch(
        """
WITH one AS (
    INSERT INTO trading.negotiations (id, subject_kind, subject_id, listing_ids, buyer_id, seller_id, opener, currency,
        closes_at, sealed_until, attempts, status)
    SELECT gen_random_uuid(), 'trade', id, '{}', owner_id, $2, 'seller', currency, valid_until + interval '7 days',
        valid_until, 0, 'open' FROM trading.trades WHERE id = $1 RETURNING id
)
INSERT INTO trading.offers (id, negotiation_id, side, price_minor, price_unit, quantity, unit, status, created_at,
    expires_at)
SELECT gen_random_uuid(), id, 'seller', 5700000, 'candy', 500, 'bale', 'pending', now(), now() + interval '9 days'
FROM one""",
        asked["id"], other.id,
    )  # fmt: skip
    own = {"id", "commodity", "created_at", "valid_until", "decided_by"}

    async def told(trade: dict[str, object], *path: str) -> object:
        answer = await town.call("GET", "/".join((TRADES, str(trade["id"]), *path)), me)
        return {name: value for name, value in data(answer).items() if name not in own}

    assert await told(asked) == await told(quiet)
    assert await told(asked, "matches") == await told(quiet, "matches")
    board = data(await town.call("GET", "/trade-desk/dashboard", me))
    assert board["awaiting_answer"] == 0
    assert board["offers"] == []
    assert data(await town.call("GET", "/trade-desk/dashboard", other))["offers"] == [{"status": "pending", "count": 1}]
    for trade in (quiet, asked):
        refusal(await town.call("POST", f"{TRADES}/{trade['id']}/close", me), 409, "illegal_trade_move")
    cancelled = [data(await town.call("POST", f"{TRADES}/{one['id']}/cancel", me)) for one in (quiet, asked)]
    assert {name: value for name, value in cancelled[0].items() if name not in own} == {
        name: value for name, value in cancelled[1].items() if name not in own
    }
    await town.work()
    (row,) = await town.fetch("SELECT status FROM trading.negotiations WHERE subject_id = $1", asked["id"])
    assert row["status"] == "cancelled"
