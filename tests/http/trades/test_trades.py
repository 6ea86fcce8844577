"""Trades of the desk over HTTP: drafts, publishing, who sees them and how they end."""

from typing import Any
from uuid import uuid4

from tests.http.commerce.market import data, refusal
from tests.http.people.town import Town
from tests.http.trades.desk import TRADES, drafted, in_days, listed, published, wish

FULL = {
    "grade": "Shankar-6", "target_price": 57500.5, "quality": {"staple_length": "min 29 mm"},
    "delivery_place": "Guntur", "delivery_terms": "ex-works", "delivery_days": 15, "payment_terms": "on delivery",
}  # fmt: skip


async def test_a_draft_is_answered_as_it_was_written(town: Town) -> None:
    me = await town.person(username=f"amina{uuid4().hex[:8]}", full_name="Amina")
    asked = wish(**FULL)
    made = data(await town.call("POST", TRADES, me, asked), 201)
    username = (await town.fetch("SELECT username FROM identity.users WHERE id = $1", me.id))[0]["username"]
    assert made == asked | {
        "id": made["id"], "owner": {"id": str(me.id), "username": username}, "status": "draft", "unit": "bale",
        "target_price": "57500.50", "remaining_quantity": 500, "invited": [], "created_at": made["created_at"],
        "decided_by": asked["valid_until"],
    }  # fmt: skip
    assert data(await town.call("GET", f"{TRADES}/{made['id']}", me)) == made
    plain = await drafted(town, me, price_unit=..., unit="KG", quantity=0.5)
    assert (plain["price_unit"], plain["quantity"], plain["target_price"]) == ("kilogram", "0.5", None)


async def test_only_a_draft_is_revised(town: Town) -> None:
    me = await town.person()
    draft = await drafted(town, me, **FULL)
    path = f"{TRADES}/{draft['id']}"
    changes: dict[str, Any] = {"quantity": 20, "grade": None, "target_price": None, "quality": {}, "unit": "tonnes"}
    revised = data(await town.call("PATCH", path, me, changes))
    assert revised == draft | changes | {"unit": "tonne", "remaining_quantity": 20}
    assert data(await town.call("GET", path, me)) == revised
    refusal(await town.call("PATCH", path, me, {"price_unit": "litre"}), 422, "units_differ", "price_unit")
    refusal(await town.call("PATCH", path, me, {"visibility": "invited"}), 422, "invalid_terms", "invited")
    data(await town.call("POST", f"{path}/publish", me))
    refusal(await town.call("PATCH", path, me, {"quantity": 30}), 409, "illegal_trade_move")
    assert data(await town.call("GET", path, me))["quantity"] == 20


REFUSED: tuple[tuple[dict[str, Any], str, str], ...] = (
    ({"unit": "armfuls"}, "unknown_unit", "unit"), ({"price_unit": "armful"}, "unknown_unit", "price_unit"),
    ({"price_unit": "litre"}, "units_differ", "price_unit"),
    ({"valid_until": in_days(-1)}, "invalid_validity", "valid_until"),
    ({"valid_until": in_days(400)}, "invalid_validity", "valid_until"),
    ({"quantity": 0}, "invalid_quantity", "quantity"),
    ({"quantity": 0.0000001}, "invalid_quantity", "quantity"), ({"currency": "XXX"}, "unknown_currency", "currency"),
    ({"target_price": 0}, "invalid_amount", "target_price"),
    ({"target_price": 1.001}, "invalid_amount", "target_price"),
    ({"delivery_days": -1}, "invalid_request", "delivery_days"), ({"side": "swap"}, "invalid_request", "side"),
    ({"invited": [str(uuid4())]}, "invalid_terms", "invited"),
    ({"visibility": "sealed", "invited": [str(uuid4())]}, "unknown_trader", "invited"),
    ({"visibility": "invited"}, "invalid_terms", "invited"), ({"commodity": " "}, "invalid_text", "commodity"),
    ({"quality": {"": "29"}}, "invalid_text", "quality"), ({"more": 1}, "invalid_request", "more"),
    ({"valid_until": "2030-01-01T00:00:00"}, "invalid_request", "valid_until"),
    ({"unit": ...}, "invalid_request", "unit"),
)  # fmt: skip


async def test_what_is_no_trade_is_refused_by_its_field(town: Town) -> None:
    me = await town.person()
    for changes, code, field in REFUSED:
        refusal(await town.call("POST", TRADES, me, wish(**changes)), 422, code, field)
    itself = wish(visibility="invited", invited=[str(me.id)])
    refusal(await town.call("POST", TRADES, me, itself), 422, "invalid_terms", "invited")
    assert await listed(town, me, mine=True) == []


async def test_a_trade_goes_its_way(town: Town) -> None:
    me = await town.person()
    draft = await drafted(town, me)
    path = f"{TRADES}/{draft['id']}"
    refusal(await town.call("POST", f"{path}/close", me), 409, "illegal_trade_move")
    trade = data(await town.call("POST", f"{path}/publish", me))
    assert trade == draft | {"status": "published"}
    refusal(await town.call("POST", f"{path}/publish", me), 409, "illegal_trade_move")
    refusal(await town.call("POST", f"{path}/close", me), 409, "illegal_trade_move")
    assert data(await town.call("POST", f"{path}/cancel", me)) == draft | {"status": "cancelled"}
    refusal(await town.call("POST", f"{path}/cancel", me), 409, "illegal_trade_move")
    awarded = await published(town, me)
    await town.fetch("UPDATE trading.trades SET status = 'awarded' WHERE id = $1", awarded["id"])
    await town.fetch(
        "INSERT INTO inventory.stocks (subject_id, total, held, sold) VALUES ($1, 500, 100, 150.5)", awarded["id"]
    )
    path = f"{TRADES}/{awarded['id']}"
    refusal(await town.call("POST", f"{path}/cancel", me), 409, "illegal_trade_move")
    closed = data(await town.call("POST", f"{path}/close", me))
    assert (closed["status"], closed["remaining_quantity"]) == ("closed", "249.5")
    assert data(await town.call("GET", path, me)) == closed


async def test_a_draft_is_its_owners_alone(town: Town) -> None:
    me, outsider = await town.person(), await town.person()
    draft = await drafted(town, me)
    for method, step in (
        ("GET", ""),
        ("PATCH", ""),
        *(("POST", f"/{one}") for one in ("publish", "cancel", "close")),
        ("GET", "/matches"),
    ):
        body = {"quantity": 1} if method == "PATCH" else None
        foreign = refusal(
            await town.call(method, f"{TRADES}/{draft['id']}{step}", outsider, body), 404, "trade_not_found"
        )
        absent = refusal(await town.call(method, f"{TRADES}/{uuid4()}{step}", outsider, body), 404, "trade_not_found")
        assert foreign["detail"] == absent["detail"]
        refusal(await town.call(method, f"{TRADES}/{draft['id']}{step}", None, body), 401, "not_authenticated")
    assert await listed(town, outsider, commodity=draft["commodity"]) == []
    assert data(await town.call("GET", f"{TRADES}/{draft['id']}", me)) == draft


async def test_only_its_owner_moves_a_trade(town: Town) -> None:
    me, outsider = await town.person(), await town.person()
    trade = await published(town, me)
    for method, step in (("PATCH", ""), *(("POST", f"/{one}") for one in ("publish", "cancel", "close"))):
        body = {"quantity": 1} if method == "PATCH" else None
        refusal(await town.call(method, f"{TRADES}/{trade['id']}{step}", outsider, body), 403, "not_your_trade")
    assert data(await town.call("GET", f"{TRADES}/{trade['id']}", outsider)) == trade | {"invited": None}


async def test_only_the_invited_find_what_invites_them(town: Town) -> None:
    me, guest, outsider = await town.person(), await town.person(), await town.person()
    for visibility in ("invited", "sealed"):
        trade = await published(town, me, visibility=visibility, invited=[str(guest.id)])
        path, name = f"{TRADES}/{trade['id']}", trade["commodity"]
        assert trade["invited"] == [str(guest.id)]
        assert data(await town.call("GET", path, guest)) == trade | {"invited": None}
        refusal(await town.call("GET", path, outsider), 404, "trade_not_found")
        refusal(await town.call("POST", f"{path}/cancel", outsider), 404, "trade_not_found")
        refusal(await town.call("POST", f"{path}/cancel", guest), 403, "not_your_trade")
        for who, found in ((me, [trade["id"]]), (guest, [trade["id"]]), (outsider, [])):
            assert await listed(town, who, commodity=name) == found
            assert await listed(town, who, q=name[:20], side="buy", status="published") == found
            assert (trade["id"] in await listed(town, who)) is bool(found)


async def test_who_may_not_trade_is_refused(town: Town) -> None:
    moderator, me = await town.person("moderator"), await town.person()
    trade = await published(town, me)
    for path in (TRADES, f"{TRADES}/{trade['id']}", f"{TRADES}/{trade['id']}/matches", "/trade-desk/dashboard"):
        refusal(await town.call("GET", path, moderator), 403, "missing_permission")
    refusal(await town.call("POST", TRADES, moderator, wish()), 403, "missing_permission")
    asked = {"commodity": "Cotton", "currency": "INR"}
    refusal(await town.call("GET", "/trade-desk/price-history", moderator, **asked), 403, "missing_permission")
