"""Refunds over HTTP: asked for and decided, sent and retried, listed, and what strangers see of them."""

from typing import Any

from marketplace.application.payments.refund_requests import ESCALATE_REFUND
from marketplace.domain.payments.refund import ANSWER_TIME
from prove.people import DECLINED, Person
from tests.http.commerce.market import data, refusal
from tests.http.orders.shop import Shop

UNKNOWN = "01970000-0000-7000-8000-000000000001"


async def paid(shop: Shop) -> tuple[str, str]:
    """An order of 750.00 and its payment."""
    order = await shop.paid()
    [mine] = [one for one in await listed(shop, "/payments", shop.buyer) if one["order_id"] == order]
    return order, mine["id"]


async def listed(shop: Shop, path: str, who: Person, **params: Any) -> list[Any]:
    items: list[Any] = data(await shop.call("GET", path, who, params=params))["items"]
    return items


async def ask(shop: Shop, payment: str, amount: float | None = 300) -> Any:
    wish = {"payment_id": payment, "amount": amount, "reason": "Arrived broken"}
    return data(await shop.call("POST", "/refund-requests", shop.buyer, wish), 201)


async def told(shop: Shop, who: Person, name: str) -> list[Any]:
    return [one for kind, one in await shop.events(who) if kind == name]


async def test_a_request_that_the_seller_approves_is_sent_and_told(shop: Shop) -> None:
    order, payment = await paid(shop)
    request = data(await shop.call("POST", "/refund-requests", shop.buyer, {
        "order_id": order, "amount": 300, "reason": "Arrived broken",
    }), 201)  # fmt: skip
    assert {name: request[name] for name in ("payment_id", "order_id", "amount", "status", "fee_returned")} == {
        "payment_id": payment, "order_id": order, "amount": "300.00", "status": "requested", "fee_returned": None,
    }  # fmt: skip
    again = {"payment_id": payment, "reason": "And again"}
    refusal(await shop.call("POST", "/refund-requests", shop.buyer, again), 409, "refund_request_open")

    decide = f"/refund-requests/{request['id']}/decide"
    refusal(await shop.call("POST", decide, shop.buyer, {"approve": True}), 404, "refund_not_found")
    refusal(await shop.call("POST", decide, shop.rival, {"approve": True}), 404, "refund_not_found")
    decided = data(await shop.call("POST", decide, shop.seller, {"approve": True, "amount": 200}))
    assert (decided["status"], decided["amount"], decided["fee_returned"]) == ("processing", "200.00", "10.00")
    refusal(await shop.call("POST", decide, shop.seller, {"approve": True}), 409, "illegal_refund_move")
    await shop.work()
    [done] = await listed(shop, f"/payments/{payment}/refunds", shop.seller)
    assert (done["id"], done["status"]) == (request["id"], "succeeded")
    read = data(await shop.call("GET", f"/payments/{payment}", shop.admin))
    assert (read["status"], read["refunded"]) == ("partially_refunded", "200.00")
    for who in (shop.buyer, shop.seller):
        assert [one["amount"] for one in await told(shop, who, "payment_refunded")] == ["200.00"]
        assert [one["id"] for one in await told(shop, who, "refund_requested")] == [request["id"]]


async def test_a_rejection_and_a_withdrawal_leave_the_money_where_it_is(shop: Shop) -> None:
    _, payment = await paid(shop)
    decide = f"/refund-requests/{(await ask(shop, payment))['id']}/decide"
    refusal(await shop.call("POST", decide, shop.seller, {"approve": False}), 422, "answer_missing", "answer")
    rejected = data(await shop.call("POST", decide, shop.seller, {"approve": False, "answer": "It was in order"}))
    assert (rejected["status"], rejected["answer"]) == ("rejected", "It was in order")
    cancel = f"/refund-requests/{(await ask(shop, payment, None))['id']}/cancel"
    refusal(await shop.call("POST", cancel, shop.seller), 404, "refund_not_found")
    assert data(await shop.call("POST", cancel, shop.buyer))["status"] == "cancelled"
    refusal(await shop.call("POST", cancel, shop.buyer), 409, "illegal_refund_move")
    assert data(await shop.call("GET", f"/payments/{payment}", shop.seller))["refunded"] == "0.00"
    await shop.work()
    assert len(await told(shop, shop.buyer, "refund_rejected")) == len(
        await told(shop, shop.seller, "refund_withdrawn")
    )


async def test_what_cannot_be_asked_for(shop: Shop) -> None:
    order, payment = await paid(shop)
    for who in (shop.rival, shop.seller):
        for about in ({"order_id": order}, {"payment_id": payment}, {"order_id": UNKNOWN}, {"payment_id": UNKNOWN}):
            wish = {**about, "reason": "Mine"}
            refusal(await shop.call("POST", "/refund-requests", who, wish), 404, "payment_not_found")
    for wrong in ({}, {"order_id": order, "payment_id": payment}):
        wish = {**wrong, "reason": "Which"}
        refusal(await shop.call("POST", "/refund-requests", shop.buyer, wish), 400, "name_order_or_payment", "order_id")
    much = {"payment_id": payment, "amount": 750.01, "reason": "More"}
    refusal(await shop.call("POST", "/refund-requests", shop.buyer, much), 422, "refund_too_large", "amount")
    declined = data(await shop.pay(await shop.order(), DECLINED), 201)["id"]
    wish = {"payment_id": declined, "reason": "Nothing came"}
    refusal(await shop.call("POST", "/refund-requests", shop.buyer, wish), 409, "payment_not_refundable")


async def test_nobody_answers_so_administrators_look_at_it(shop: Shop) -> None:
    _, payment = await paid(shop)
    request = await ask(shop, payment)
    open_ones = {"whose": "received", "status": "open"}
    assert [one["id"] for one in await listed(shop, "/refund-requests", shop.seller, **open_ones)] == [request["id"]]
    escalated = {"whose": "all", "status": "escalated"}
    assert await listed(shop, "/refund-requests", shop.admin, **escalated) == []
    due = "UPDATE jobs.job SET run_at = now() WHERE handler = $1 AND key = $2 RETURNING run_at"
    [timer] = await shop.fetch("SELECT run_at FROM jobs.job WHERE key = $1", request["id"])
    assert timer["run_at"] == shop.clock.now() + ANSWER_TIME
    await shop.fetch(due, ESCALATE_REFUND, request["id"])
    await shop.work()
    [found] = await listed(shop, "/refund-requests", shop.admin, **escalated)
    assert (found["id"], found["escalated_at"] is not None) == (request["id"], True)
    refusal(await shop.call("GET", "/refund-requests", shop.seller, params=escalated), 403, "missing_permission")


async def test_lists_are_of_the_one_who_asks(shop: Shop) -> None:
    payments = [(await paid(shop))[1] for _ in range(3)]
    await ask(shop, payments[0])
    first = data(await shop.call("GET", "/payments", shop.buyer, params={"per_page": 2}))
    assert [one["id"] for one in first["items"]] == payments[:0:-1]
    assert (first["total"], first["has_more"]) == (3, True)
    rest = await listed(shop, "/payments", shop.buyer, cursor=first["next_cursor"], per_page=2)
    assert [one["id"] for one in rest] == payments[:1]
    assert len(await listed(shop, "/payments", shop.seller, whose="received")) == 3
    all_of_them = {one["id"] for one in await listed(shop, "/payments", shop.admin, whose="all")}
    assert all_of_them >= set(payments)
    for path in ("/payments", "/refund-requests"):
        for whose in ("paid", "received"):
            assert await listed(shop, path, shop.rival, whose=whose) == []
        refusal(await shop.call("GET", path, shop.rival, params={"whose": "all"}), 403, "missing_permission")
    for path in ("/refunds/failed", "/chargebacks"):
        refusal(await shop.call("GET", path, shop.buyer), 403, "missing_permission")
        assert await listed(shop, path, shop.admin) == []
    hidden = await shop.call("GET", f"/payments/{payments[0]}/refunds", shop.rival)
    refusal(hidden, 404, "payment_not_found")


async def test_a_refused_refund_is_mended_and_sent_again(shop: Shop) -> None:
    _, payment = await paid(shop)
    await shop.fetch("UPDATE gateway_simulator.charges SET amount_minor = 1")
    body = {"reason": "Arrived broken", "amount": 300}
    refund = data(await shop.call("POST", f"/payments/{payment}/refund", shop.admin, body), 201)["refund"]
    assert refund["status"] == "failed"
    await shop.work()
    assert [one["id"] for one in await listed(shop, "/refunds/failed", shop.admin)] == [refund["id"]]
    await shop.fetch("UPDATE gateway_simulator.charges SET amount_minor = 75000")
    retry = f"/refunds/{refund['id']}/retry"
    refusal(await shop.call("POST", retry, shop.seller), 403, "missing_permission")
    refusal(await shop.call("POST", f"/refunds/{UNKNOWN}/retry", shop.admin), 404, "refund_not_found")
    assert data(await shop.call("POST", retry, shop.admin))["refund"]["status"] == "succeeded"
    refusal(await shop.call("POST", retry, shop.admin), 409, "illegal_refund_move")
    assert data(await shop.call("GET", f"/payments/{payment}", shop.buyer))["refunded"] == "300.00"


async def test_a_bank_takes_a_payment_back(shop: Shop) -> None:
    order, payment = await paid(shop)
    say = f"/api/v1/dev/payments/{payment}/chargeback"
    opened = data(await shop.client.post(say, json={"stage": "needs_response"}))
    assert (opened["stage"], opened["withdrawn"], opened["order_id"]) == ("needs_response", "750.00", order)
    wish = {"payment_id": payment, "reason": "Quick"}
    refusal(await shop.call("POST", "/refund-requests", shop.buyer, wish), 409, "payment_not_refundable")
    assert [one["id"] for one in await listed(shop, "/chargebacks", shop.admin, open="true")] == [payment]
    lost = data(await shop.client.post(say, json={"stage": "lost"}))
    assert (lost["stage"], lost["withdrawn"], lost["refunded"]) == ("lost", "0.00", "750.00")
    assert data(await shop.client.post(say, json={"stage": "under_review"})) == lost
    assert await listed(shop, "/chargebacks", shop.admin, open="true") == []
    assert [one["stage"] for one in await listed(shop, "/chargebacks", shop.admin)] == ["lost"]
    await shop.work()
    assert [one["status"] for one in await told(shop, shop.seller, "payment_chargeback")] == ["needs_response", "lost"]
    assert data(await shop.call("GET", "/ledger/trial-balance", shop.admin))["balanced"] is True


async def test_a_large_refund_needs_a_recent_proof(shop: Shop) -> None:
    product = await shop.product(price=1500)
    offer = await shop.offer(product, 1000)
    order = data(await shop.call("PATCH", f"/offers/{offer}/accept", shop.seller))["transaction_id"]
    payment = data(await shop.pay(order), 201)["id"]
    await shop.fetch("UPDATE identity.sessions SET proven_at = now() - interval '10 minutes'")
    refund, body = f"/payments/{payment}/refund", {"reason": "All of it"}
    refusal(await shop.call("POST", refund, shop.admin, body), 403, "step_up_required")
    small = data(await shop.call("POST", refund, shop.admin, {**body, "amount": 999.99}), 201)
    assert small["status"] == "partially_refunded"
