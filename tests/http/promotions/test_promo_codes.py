"""Promo codes by HTTP: made, listed, changed and tried; and what the worker makes of those on orders."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest

from marketplace.application.ordering.ports import Orders
from marketplace.application.promotions.discounts import ReserveDiscount
from marketplace.application.shared.ports import Clock, Transaction
from marketplace.domain.ordering.moves import SYSTEM
from marketplace.domain.ordering.order import Order
from marketplace.domain.shared.ids import UserId
from prove.people import Person
from tests.builders.commerce import a_placed_order
from tests.builders.promotions import a_code_text, a_line
from tests.http.commerce.market import data, refusal
from tests.http.people.town import Town

pytestmark = pytest.mark.asyncio(loop_scope="module")

CODES = "/promo-codes"
FULL: dict[str, Any] = {
    "basis_points": 1500, "maximum_discount": 200, "minimum_amount": 100, "currency": "AED", "first_order_only": True,
    "channels": ["community"], "categories": ["electronics"], "cap": 100, "per_customer": 2,
    "starts_at": "2026-01-01T00:00:00Z", "ends_at": "2126-01-01T00:00:00Z",
}  # fmt: skip


async def code(town: Town, who: Person, **changes: Any) -> Any:
    wish = {"code": a_code_text(), "basis_points": 1500, **changes}
    return data(await town.call("POST", CODES, who, wish), 201)


async def tried(town: Town, who: Person, text: str, **purchase: Any) -> Any:
    return await town.call("POST", f"{CODES}/validate", who, {"code": text, **purchase})


async def test_a_seller_makes_reads_changes_and_ends_a_code(town: Town) -> None:
    seller = await town.person("seller")
    product = str(uuid4())
    made = await code(town, seller, **FULL, product_ids=[product])
    assert {name: made[name] for name in ("bearer", "kind", "maximum_discount", "minimum_amount", "amount")} == {
        "bearer": "seller", "kind": "percentage", "maximum_discount": "200.00", "minimum_amount": "100.00",
        "amount": None,
    }  # fmt: skip
    assert (made["owner_id"], made["product_ids"], made["used"], made["remaining"]) == (
        str(seller.id), [product], 0, 100,
    )  # fmt: skip
    change: dict[str, Any] = {
        "cap": None, "product_ids": [], "basis_points": None, "maximum_discount": None, "amount": 50, "currency": "AED",
    }  # fmt: skip
    changed = data(await town.call("PATCH", f"{CODES}/{made['id']}", seller, change))
    assert changed == {
        **made, "cap": None, "remaining": None, "product_ids": [], "kind": "amount", "basis_points": None,
        "maximum_discount": None, "amount": "50.00",
    }  # fmt: skip
    for _ in range(2):
        assert (await town.call("DELETE", f"{CODES}/{made['id']}", seller)).status_code == 204
    assert data(await town.call("GET", CODES, seller))["items"] == [{**changed, "is_active": False}]
    trail = await town.fetch("SELECT action FROM audit.entries WHERE actor = $1 ORDER BY id", seller.id)
    assert [row["action"] for row in trail] == [
        "promotions.promo_code_created", "promotions.promo_code_changed", "promotions.promo_code_changed",
    ]  # fmt: skip


async def test_an_administrator_makes_codes_for_everybody_and_sees_all(town: Town) -> None:
    admin, seller = await town.person("admin"), await town.person("seller")
    sellers = await code(town, seller)
    ours = await code(town, admin)
    paid_by_sellers = await code(town, admin, bearer="seller")
    assert (ours["owner_id"], ours["bearer"]) == (None, "platform")
    assert (paid_by_sellers["owner_id"], paid_by_sellers["bearer"]) == (None, "seller")
    seen = data(await town.call("GET", CODES, admin, per_page=100))["items"]
    assert {one["id"] for one in seen} >= {sellers["id"], ours["id"], paid_by_sellers["id"]}
    ended = data(await town.call("PATCH", f"{CODES}/{sellers['id']}", admin, {"is_active": False}))
    assert not ended["is_active"]


async def test_a_list_is_walked_by_cursor(town: Town) -> None:
    seller = await town.person("seller")
    made = [(await code(town, seller))["id"] for _ in range(3)]
    first = data(await town.call("GET", CODES, seller, per_page=2))
    assert ([one["id"] for one in first["items"]], first["total"], first["has_more"]) == (made[:0:-1], 3, True)
    await code(town, seller)
    rest = data(await town.call("GET", CODES, seller, per_page=2, cursor=first["next_cursor"]))
    assert ([one["id"] for one in rest["items"]], rest["has_more"]) == (made[:1], False)


@pytest.mark.parametrize(
    ("changes", "error", "field"),
    [
        ({"code": "A B"}, "invalid_request", "code"),
        ({"code": "AB"}, "invalid_request", "code"),
        ({"basis_points": 10_001}, "invalid_request", "basis_points"),
        ({"cap": 0}, "invalid_request", "cap"),
        ({"channels": ["radio"]}, "invalid_request", "channels[0]"),
        ({"discount": 5}, "invalid_request", "discount"),
        ({"amount": 5}, "invalid_promo_code", "currency"),
        ({"amount": 5, "currency": "AED"}, "invalid_promo_code", "amount"),
        ({"minimum_amount": 0, "currency": "AED"}, "invalid_amount", "minimum_amount"),
        ({"minimum_amount": 5, "currency": "XXX"}, "unknown_currency", "currency"),
        ({"bearer": "platform"}, "invalid_promo_code", "bearer"),
        ({"starts_at": "2027-01-01T00:00:00Z", "ends_at": "2026-01-01T00:00:00Z"}, "invalid_promo_code", "ends_at"),
    ],
)
async def test_a_code_that_makes_no_sense_is_refused(
    town: Town, changes: dict[str, Any], error: str, field: str
) -> None:
    seller = await town.person("seller")
    wish = {"code": a_code_text(), "basis_points": 1500, **changes}
    refusal(await town.call("POST", CODES, seller, wish), 422, error, field)
    assert data(await town.call("GET", CODES, seller))["total"] == 0


async def test_others_find_no_code_to_change_and_buyers_make_none(town: Town) -> None:
    seller, other, buyer = await town.person("seller"), await town.person("seller"), await town.person()
    made = await code(town, seller)
    for who, status, error in ((other, 404, "promo_code_not_found"), (buyer, 403, "missing_permission")):
        refusal(await town.call("PATCH", f"{CODES}/{made['id']}", who, {"cap": 1}), status, error)
        refusal(await town.call("DELETE", f"{CODES}/{made['id']}", who), status, error)
    refusal(await town.call("PATCH", f"{CODES}/{uuid4()}", other, {"cap": 1}), 404, "promo_code_not_found")
    refusal(await town.call("POST", CODES, buyer, {"code": "MINE", "basis_points": 1}), 403, "missing_permission")
    refusal(await town.call("GET", CODES, buyer), 403, "missing_permission")
    refusal(await town.call("POST", CODES, other, {"code": made["code"].lower(), "amount": 5, "currency": "AED"}),
            409, "promo_code_taken")  # fmt: skip
    assert data(await town.call("GET", CODES, other))["items"] == []
    assert data(await town.call("GET", CODES, seller))["items"] == [made]


async def test_a_code_is_tried_on_products_or_a_sum(town: Town) -> None:
    seller, buyer = await town.person("seller"), await town.person()
    camera, other = await town.product(seller), await town.product(seller)
    made = await code(town, seller, product_ids=[camera], categories=["electronics"])
    told = data(await tried(town, buyer, made["code"].lower(), product_ids=[other, camera]))
    assert told == {
        "valid": True, "code": made["code"], "amount": "1700.00", "discount": "127.50", "total": "1572.50",
        "currency": "AED",
        "lines": [{"product_id": other, "discount": "0.00"}, {"product_id": camera, "discount": "127.50"}],
    }  # fmt: skip
    simple = await code(town, seller)
    purchase: dict[str, Any] = {"amount": 100, "currency": "AED", "seller_id": str(seller.id)}
    told = data(await tried(town, buyer, simple["code"], **purchase))
    assert (told["discount"], told["lines"]) == ("15.00", [])
    assert data(await town.call("GET", CODES, seller))["items"][0]["used"] == 0
    wrongs: list[dict[str, Any]] = [
        {}, {**purchase, "product_ids": [camera]}, {"product_ids": []}, {"product_ids": [camera, camera]},
    ]  # fmt: skip
    for wrong in wrongs:
        refusal(await tried(town, buyer, simple["code"], **wrong), 422, "invalid_promo_code", "product_ids")
    refusal(await tried(town, buyer, simple["code"], product_ids=[str(uuid4())]), 404, "listing_not_found")


async def test_a_trial_says_why_not_and_never_whose_code_there_is(town: Town) -> None:
    seller, other, buyer = await town.person("seller"), await town.person("seller"), await town.person()
    now = (await town.container.get(Clock)).now()
    purchase = {"amount": 100, "currency": "AED", "seller_id": str(seller.id)}
    soon, past = (now + timedelta(days=1)).isoformat(), (now - timedelta(days=1)).isoformat()
    ended = await code(town, seller)
    await town.call("DELETE", f"{CODES}/{ended['id']}", seller)
    secret = [ended, await code(town, other), await code(town, seller, starts_at=soon), {"code": a_code_text()}]
    answers = [refusal(await tried(town, buyer, one["code"], **purchase), 422, "promo_code_unknown") for one in secret]
    assert len({one["detail"] for one in answers}) == 1
    for changes, reason in (
        ({"starts_at": past, "ends_at": now.isoformat()}, "promo_code_expired"),
        ({"minimum_amount": 101, "currency": "AED"}, "promo_code_minimum"),
        ({"minimum_amount": 5, "currency": "USD"}, "promo_code_not_for_this"),
        ({"channels": ["discover"]}, "promo_code_not_for_this"),
    ):
        made = await code(town, seller, **changes)
        refusal(await tried(town, buyer, made["code"], **purchase), 422, reason)
    refusal(await town.call("POST", f"{CODES}/validate", None, {"code": "ABC"}), 401, "not_authenticated")


async def test_a_use_is_redeemed_with_its_order_and_comes_back_with_one_that_ends(fresh_town: Town) -> None:
    town = fresh_town
    admin, buyer, seller = await town.person("admin"), await town.person(), await town.person("seller")
    made = await code(town, admin, cap=3, per_customer=3)
    now = (await town.container.get(Clock)).now()

    async def placed() -> Order:
        order = a_placed_order(
            buyer=UserId(buyer.id), seller=UserId(seller.id), payment_due_at=now + timedelta(hours=1)
        )
        async with town.container() as scope:
            reserve, orders = await scope.get(ReserveDiscount), await scope.get(Orders)
            async with await scope.get(Transaction):
                await orders.add(order)
                await reserve(made["code"], order.buyer, [a_line(850)], [order.id])
        return order

    async def then(order: Order, move: Callable[[Order], object]) -> None:
        async with town.container() as scope:
            orders = await scope.get(Orders)
            async with await scope.get(Transaction):
                stored = await orders.lock(order.id)
                move(stored)
                await orders.save(stored)
        await town.work()

    paid, expired, cancelled = [await placed() for _ in range(3)]
    refusal(
        await tried(town, buyer, made["code"], amount=5, currency="AED", seller_id=str(uuid4())), 422,
        "promo_code_used_up",
    )  # fmt: skip
    await then(paid, lambda order: order.pay(now))
    await then(expired, lambda order: order.expire(now + timedelta(hours=1)))
    await then(cancelled, lambda order: order.cancel(SYSTEM, now, None))
    (seen,) = data(await town.call("GET", CODES, admin))["items"]
    assert (seen["used"], seen["remaining"]) == (1, 2)
    refusal(await town.call("PATCH", f"{CODES}/{made['id']}", admin, {"basis_points": 1}), 409, "promo_code_in_use")
    rows = await town.fetch("SELECT status FROM promotions.redemptions ORDER BY id")
    assert [row["status"] for row in rows] == ["redeemed", "released", "released"]
