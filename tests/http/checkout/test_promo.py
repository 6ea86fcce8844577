"""Promo codes at the checkout, on an order at once and at its payment: who bears them, and the fee after them."""

from typing import Any

import pytest

from prove.people import payment
from tests.http.checkout.shopping import buy, check_out, coded, listed, pay, put
from tests.http.commerce.market import data, refusal
from tests.http.people.town import Town

pytestmark = pytest.mark.asyncio(loop_scope="module")
DECLINED = "4000000000000002"


async def uses(town: Town, code: str) -> int:
    [row] = await town.fetch("SELECT used FROM promotions.promo_codes WHERE code = $1", code)
    return int(row["used"])


def sums(order: Any) -> tuple[str, str, str, str]:
    return order["gross"], order["amount"], order["platform_fee"], order["seller_payout"]


async def test_what_the_seller_bears_lowers_the_fee_and_what_the_platform_bears_does_not(town: Town) -> None:
    buyer, seller, admin = await town.person(), await town.person("seller"), await town.person("admin")
    sellers, ours = await coded(town, seller, basis_points=1000), await coded(town, admin, basis_points=1000)
    order = data(await buy(town, buyer, await listed(town, seller), promo_code=sellers), 201)
    assert sums(order) == ("850.00", "765.00", "38.25", "726.75")
    assert order["discount"] == {"amount": "85.00", "bearer": "seller"}
    order = data(await buy(town, buyer, await listed(town, seller), promo_code=ours), 201)
    assert sums(order) == ("850.00", "765.00", "42.50", "807.50")
    paid = data(await pay(town, buyer, order["id"]), 201)
    assert (paid["status"], paid["amount"]) == ("completed", "765.00")
    entries = await town.fetch(
        """SELECT a.kind, sum(e.minor)::bigint AS minor FROM payments.ledger_transactions t
        JOIN payments.ledger_entries e ON e.transaction_id = t.id JOIN payments.ledger_accounts a ON a.id = e.account_id
        WHERE t.about_id = $1 GROUP BY a.kind""",
        paid["id"],
    )
    booked = {row["kind"]: row["minor"] for row in entries}
    assert (booked["promo_cost"], booked["platform_fees"], booked["seller_pending"]) == (8_500, -4_250, -80_750)


async def test_a_large_discount_of_the_platform_leaves_the_whole_fee(town: Town) -> None:
    buyer, seller, admin = await town.person(), await town.person("seller"), await town.person("admin")
    code = await coded(town, admin, basis_points=9_700)
    camera = await listed(town, seller, feed_type="discover", video_url="https://cdn.example/one.m3u8")  # fmt: skip
    order = data(await buy(town, buyer, camera, promo_code=code), 201)
    assert sums(order) == ("850.00", "25.50", "127.50", "722.50")
    assert data(await pay(town, buyer, order["id"]), 201)["status"] == "completed"


async def test_a_code_is_spread_over_the_orders_of_a_checkout_and_used_once(town: Town) -> None:
    buyer, one, other, admin = [await town.person(role) for role in ("buyer", "seller", "seller", "admin")]
    code = await coded(town, admin, amount=100, currency="AED")
    for seller, price in ((one, 300), (one, 100), (other, 600)):
        await put(town, buyer, await listed(town, seller, price=price))
    placed = data(await check_out(town, buyer, promo_code=code, **payment("4242424242424242")), 201)
    assert [order["amount"] for order in placed["orders"]] == ["360.00", "540.00"]
    assert [sorted(line["discount"] for line in order["lines"]) for order in placed["orders"]] == [
        ["10.00", "30.00"], ["60.00"],
    ]  # fmt: skip
    assert [one["status"] for one in placed["payments"]] == ["completed", "completed"]
    assert await uses(town, code) == 1
    refusal(await buy(town, buyer, await listed(town, one), promo_code=code), 422, "promo_code_used_up")


async def test_a_sellers_code_takes_off_that_sellers_order_only(town: Town) -> None:
    buyer, one, other = await town.person(), await town.person("seller"), await town.person("seller")
    code, more = await coded(town, one, basis_points=5_000), await coded(town, other, basis_points=5_000)
    for seller in (one, other):
        await put(town, buyer, await listed(town, seller))
    first, second = data(await check_out(town, buyer, promo_code=code), 201)["orders"]
    assert (first["amount"], second["amount"], second["discount"]) == ("425.00", "850.00", None)
    for text in (code, more):
        refusal(await pay(town, buyer, second["id"], promo_code=text), 409, "promo_code_applied")
    assert await uses(town, more) == 0


async def test_a_code_at_the_payment_lowers_the_order_before_it(town: Town) -> None:
    buyer, stranger, seller = await town.person(), await town.person(), await town.person("seller")
    code, second = await coded(town, seller, basis_points=2_000), await coded(town, seller, basis_points=1_000)
    order = data(await buy(town, buyer, await listed(town, seller)), 201)
    refusal(await pay(town, stranger, order["id"], promo_code=code), 404, "order_not_found")
    refusal(await pay(town, buyer, order["id"], promo_code="NO-SUCH"), 422, "promo_code_unknown")
    assert data(await pay(town, buyer, order["id"], DECLINED, promo_code=code), 201)["status"] == "failed"
    lowered = data(await town.call("GET", f"/orders/{order['id']}", buyer))
    assert sums(lowered) == ("850.00", "680.00", "34.00", "646.00")
    assert lowered["lines"][0]["fee"] == {
        "rule": "community_500bp", "basis_points": 500, "base": "680.00", "amount": "34.00",
    }  # fmt: skip
    refusal(await pay(town, buyer, order["id"], promo_code=second), 409, "promo_code_applied")
    paid = data(await pay(town, buyer, order["id"], promo_code=code), 201)
    assert (paid["status"], paid["amount"]) == ("completed", "680.00")
    refusal(await pay(town, buyer, order["id"], promo_code=code), 409, "order_not_payable")
    assert (await uses(town, code), await uses(town, second)) == (1, 0)


async def test_a_code_that_leaves_nothing_to_pay_is_refused_and_not_used(town: Town) -> None:
    buyer, seller = await town.person(), await town.person("seller")
    camera = await listed(town, seller)
    code = await coded(town, seller, basis_points=10_000)
    refusal(await buy(town, buyer, camera, promo_code=code), 422, "nothing_to_pay", "promo_code")
    order = data(await buy(town, buyer, camera), 201)
    refusal(await pay(town, buyer, order["id"], promo_code=code), 422, "nothing_to_pay", "promo_code")
    assert await uses(town, code) == 0
