"""Plans and subscriptions by HTTP, with the simulator's saved cards and the wallet."""

from typing import Any

import pytest

from marketplace.application.subscriptions.ports import Membership
from prove.people import Person
from tests.http.commerce.market import data, refusal
from tests.http.people.town import Town

pytestmark = pytest.mark.asyncio(loop_scope="module")

GOOD, BAD = "4242424242424242", "4000000000000002"
PLAN = {"name": "Front row", "price": 49, "currency": "AED", "interval": "month"}
PATH = "/subscriptions"


async def a_plan(town: Town, creator: Person, **changes: Any) -> Any:
    return data(await town.call("POST", f"{PATH}/plans", creator, {**PLAN, **changes}), 201)


async def a_card(town: Town, who: Person, number: str = GOOD) -> dict[str, str]:
    card = {"number": number, "exp_month": 12, "exp_year": 2030, "cvc": "123"}
    saved = data(await town.call("POST", "/payments/methods", who, {"provider": "simulator", "card": card}), 201)
    return {"payment_method": "credit_card", "method_id": saved["id"]}


async def filled(town: Town, who: Person, amount: int) -> None:
    card = {"number": GOOD, "exp_month": 12, "exp_year": 2030, "cvc": "123"}
    body = {"amount": amount, "currency": "AED", "card": card}
    assert data(await town.call("POST", "/wallet/top-ups", who, body), 201)["status"] == "completed"


async def subscribed(town: Town, plan: Any, who: Person, **means: Any) -> Any:
    body = {"plan_id": plan["id"], **(means or await a_card(town, who))}
    return data(await town.call("POST", PATH, who, body), 201)


async def act(town: Town, one: Any, verb: str, who: Person, body: Any = None) -> Any:
    method = "PUT" if verb == "payment-method" else "POST"
    return data(await town.call(method, f"{PATH}/{one['id']}/{verb}", who, body))


async def test_a_creator_offers_changes_and_archives_a_plan(town: Town) -> None:
    creator, other = await town.person("seller"), await town.person("seller")
    plan = await a_plan(town, creator, interval="year", interval_count=2, trial_days=7, description="All of it")
    assert (plan["price"], plan["interval"], plan["interval_count"], plan["trial_days"]) == ("49.00", "year", 2, 7)
    refusal(await town.call("PATCH", f"{PATH}/plans/{plan['id']}", other, {"name": "x"}), 404, "plan_not_found")
    changed = data(await town.call("PATCH", f"{PATH}/plans/{plan['id']}", creator, {"is_archived": True}))
    assert changed == {**plan, "is_archived": True}
    await a_plan(town, creator)
    seen = data(await town.call("GET", f"{PATH}/plans", creator_id=plan["creator_id"]))
    assert ([one["name"] for one in seen["items"]], seen["total"]) == (["Front row"], 1)
    assert data(await town.call("GET", f"{PATH}/plans", creator, creator_id=plan["creator_id"]))["total"] == 2
    refused = await town.call("POST", PATH, other, {"plan_id": plan["id"], "payment_method": "wallet"})
    refusal(refused, 409, "plan_archived")


async def test_a_buyer_offers_no_plan_and_a_price_is_never_changed(town: Town) -> None:
    refusal(await town.call("POST", f"{PATH}/plans", await town.person(), PLAN), 403, "missing_permission")
    creator = await town.person("seller")
    plan = await a_plan(town, creator)
    answer = await town.call("PATCH", f"{PATH}/plans/{plan['id']}", creator, {"price": 99})
    refusal(answer, 422, "invalid_request", "price")


async def test_a_subscription_is_charged_at_once_and_the_creator_earns(town: Town) -> None:
    creator, fan, stranger = await town.person("seller"), await town.person(), await town.person()
    plan = await a_plan(town, creator)
    one = await subscribed(town, plan, fan)
    assert (one["status"], one["has_access"], one["period"]["status"]) == ("active", True, "paid")
    assert (one["period"]["amount"], one["period"]["number"], one["next_at"]) == ("49.00", 1, one["period"]["ends_at"])
    details = data(await town.call("GET", f"{PATH}/{one['id']}", fan))
    assert details == {"subscription": one, "periods": [one["period"]]}
    assert (await town.call("GET", f"{PATH}/{one['id']}", stranger)).status_code == 404
    theirs = data(await town.call("GET", f"{PATH}/{one['id']}", creator))["subscription"]
    assert theirs == {**one, "payment_method": None, "method_id": None}
    mine = data(await town.call("GET", PATH, fan, creator_id=str(creator.id)))
    assert (mine["items"], mine["total"]) == ([one], 1)
    assert data(await town.call("GET", PATH, fan, creator_id=str(stranger.id)))["items"] == []
    subscribers = data(await town.call("GET", PATH, creator, role="creator"))
    assert (subscribers["items"], subscribers["total"]) == ([theirs], 1)
    (payment,) = await town.fetch(
        "SELECT amount_minor, fee_minor, status FROM payments.payments WHERE payee_id = $1", creator.id
    )
    assert tuple(payment) == (4_900, 245, "captured")
    membership = await town.container.get(Membership)
    assert await membership.is_subscribed(fan.id, creator.id)
    assert not await membership.is_subscribed(stranger.id, creator.id)


async def test_one_subscription_for_each_creator_and_none_to_oneself(town: Town) -> None:
    creator, fan = await town.person("seller"), await town.person()
    plan = await a_plan(town, creator)
    means = await a_card(town, fan)
    await subscribed(town, plan, fan, **means)
    again = await town.call("POST", PATH, fan, {"plan_id": plan["id"], **means})
    refusal(again, 409, "already_subscribed")
    own = await town.call("POST", PATH, creator, {"plan_id": plan["id"], "payment_method": "wallet"})
    refusal(own, 403, "own_plan")
    foreign = await town.call("POST", PATH, await town.person(), {"plan_id": plan["id"], **means})
    refusal(foreign, 404, "saved_method_not_found")
    unsaved = await town.call("POST", PATH, fan, {"plan_id": plan["id"], "payment_method": "credit_card"})
    refusal(unsaved, 422, "payment_method_unavailable", "method_id")


async def test_a_refused_first_charge_leaves_it_unpaid_until_it_is_paid(town: Town) -> None:
    creator, fan = await town.person("seller"), await town.person()
    plan = await a_plan(town, creator)
    one = await subscribed(town, plan, fan, payment_method="wallet")
    assert (one["status"], one["has_access"], one["period"]["status"]) == ("unpaid", False, "failed")
    declined = await subscribed(town, plan, fan, **await a_card(town, fan, BAD))
    assert (declined["status"], declined["period"]["status"]) == ("unpaid", "failed")
    assert data(await town.call("GET", f"{PATH}/{one['id']}", fan))["subscription"]["status"] == "ended"
    await filled(town, fan, 49)
    paid = await act(town, declined, "payment-method", fan, {"payment_method": "wallet"})
    assert (paid["status"], paid["period"]["status"], paid["payment_method"]) == ("active", "paid", "wallet")
    assert data(await town.call("GET", "/wallet", fan)) == [{"currency": "AED", "balance": "0.00"}]


async def test_a_trial_is_had_once_and_cancelled_at_once(town: Town) -> None:
    creator, fan = await town.person("seller"), await town.person()
    plan = await a_plan(town, creator, trial_days=14)
    one = await subscribed(town, plan, fan)
    assert (one["status"], one["has_access"], one["period"]["amount"]) == ("trialing", True, "0.00")
    refusal(await town.call("POST", f"{PATH}/{one['id']}/pause", fan), 409, "illegal_subscription_move")
    ended = await act(town, one, "cancel", fan)
    assert (ended["status"], ended["next_at"]) == ("ended", None)
    assert (await subscribed(town, plan, fan))["status"] == "active"


async def test_cancelling_and_pausing_wait_for_the_end_and_may_be_taken_back(town: Town) -> None:
    creator, fan = await town.person("seller"), await town.person()
    one = await subscribed(town, await a_plan(town, creator), fan)
    cancelling = await act(town, one, "cancel", fan)
    assert (cancelling["status"], cancelling["has_access"]) == ("cancelling", True)
    assert await act(town, one, "resume", fan) == one
    pausing = await act(town, one, "pause", fan)
    assert (pausing["status"], pausing["is_pausing"]) == ("active", True)
    assert await act(town, one, "resume", fan) == one
    refusal(await town.call("POST", f"{PATH}/{one['id']}/resume", fan), 409, "illegal_subscription_move")


async def test_a_dearer_plan_begins_now_and_a_cheaper_one_with_the_next_period(town: Town) -> None:
    creator, fan = await town.person("seller"), await town.person()
    small, large = await a_plan(town, creator, price=30), await a_plan(town, creator, name="Stage", price=100)
    one = await subscribed(town, small, fan)
    more = await act(town, one, "change", fan, {"plan_id": large["id"]})
    assert (more["plan_name"], more["period"]["number"], more["next_plan_id"]) == ("Stage", 2, None)
    assert 7_000 <= round(float(more["period"]["amount"]) * 100) <= 7_001
    assert float(more["period"]["amount"]) + float(more["period"]["credit"]) == 100
    later = await act(town, one, "change", fan, {"plan_id": small["id"]})
    assert (later["plan_name"], later["next_plan_id"]) == ("Stage", small["id"])
    foreign = await a_plan(town, await town.person("seller"))
    answer = await town.call("POST", f"{PATH}/{one['id']}/change", fan, {"plan_id": foreign["id"]})
    refusal(answer, 422, "plan_does_not_fit", "plan_id")


async def test_a_refused_upgrade_changes_nothing(town: Town) -> None:
    creator, fan = await town.person("seller"), await town.person()
    small, large = await a_plan(town, creator), await a_plan(town, creator, price=500)
    await filled(town, fan, 49)
    one = await subscribed(town, small, fan, payment_method="wallet")
    assert await act(town, one, "change", fan, {"plan_id": large["id"]}) == one
    await act(town, one, "payment-method", fan, await a_card(town, fan))
    more = await act(town, one, "change", fan, {"plan_id": large["id"]})
    assert (more["plan_id"], more["period"]["number"]) == (large["id"], 3)


async def test_nobody_else_does_anything_with_a_subscription(town: Town) -> None:
    creator, fan, stranger = await town.person("seller"), await town.person(), await town.person()
    plan = await a_plan(town, creator)
    one = await subscribed(town, plan, fan)
    for method, verb, body in (
        ("POST", "cancel", None), ("POST", "pause", None), ("POST", "resume", None),
        ("POST", "change", {"plan_id": plan["id"]}), ("PUT", "payment-method", {"payment_method": "wallet"}),
    ):  # fmt: skip
        for other in (creator, stranger):
            answer = await town.call(method, f"{PATH}/{one['id']}/{verb}", other, body)
            refusal(answer, 404, "subscription_not_found")
    assert data(await town.call("GET", f"{PATH}/{one['id']}", fan))["subscription"] == one


async def test_an_administrator_ends_a_subscription_at_once(town: Town) -> None:
    one = await subscribed(town, await a_plan(town, await town.person("seller")), await town.person())
    assert (await act(town, one, "cancel", await town.person("admin")))["status"] == "ended"


@pytest.mark.parametrize("method", ["credit_card", "wallet"])
async def test_a_repeated_request_is_answered_with_the_same_subscription(town: Town, method: str) -> None:
    """Not with the payment it made on the way."""
    creator, fan = await town.person("seller"), await town.person()
    plan = await a_plan(town, creator)
    await filled(town, fan, 100)
    means = await a_card(town, fan) if method == "credit_card" else {"payment_method": "wallet"}
    headers = {**fan.headers, "idempotency-key": f"once-{method}"}
    body = {"plan_id": plan["id"], **means}
    first, again = [await town.client.post(f"/api/v1{PATH}", json=body, headers=headers) for _ in range(2)]
    assert (first.status_code, again.status_code) == (201, 201), first.text
    assert first.content == again.content
    assert data(first, 201)["status"] == "active"
    assert (first.headers.get("idempotent-replayed"), again.headers["idempotent-replayed"]) == (None, "true")
