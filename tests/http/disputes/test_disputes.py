"""Disputes over HTTP: opened, answered, argued, agreed on, withdrawn, decided, and who may know of them."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest

from tests.http.commerce.market import data, refusal
from tests.http.disputes.court import EMPTY_BOX, Court

SPLIT = {"outcome": "split", "amount": 250.5}


async def refunds_of(court: Court, order: str) -> list[tuple[int, str]]:
    rows = await court.shop.fetch("SELECT amount_minor, status FROM payments.refunds WHERE cause_id = $1", order)
    return [(row["amount_minor"], row["status"]) for row in rows]


async def test_a_dispute_from_opening_to_the_ruling(court: Court) -> None:
    shop = court.shop
    order = await court.delivered()
    dispute = await court.opened(order)
    facts = {"order_id": order, "buyer_id": str(shop.buyer.id), "seller_id": str(shop.seller.id), "opened_by": "buyer",
             "reason": "not_as_described", "status": "awaiting_response", "amount": "750.00", "currency": "AED",
             "messages": 1, "evidence": 0, "escalated_at": None, "ended_at": None, "resolution": None}  # fmt: skip
    assert {name: dispute[name] for name in facts} == facts
    assert dispute["proposals"] == {"buyer": {"number": 1, "outcome": "buyer", "amount": None}, "seller": None}
    assert (await court.order(order))["status"] == "disputed"
    refusal(await shop.move(order, "complete", shop.buyer), 409, "illegal_order_move")
    path, seller = dispute["id"], shop.seller
    answered = await court.said(path, "respond", seller, {"description": "It was full.", "proposal": SPLIT})
    assert (answered["status"], answered["messages"]) == ("under_review", 2)
    assert answered["proposals"]["seller"] == {"number": 2, "outcome": "split", "amount": "250.50"}
    said = await court.said(path, "messages", court.moderator, {"text": " Show the \u200bbox. "})
    assert (said["number"], said["voice"], said["text"]) == (3, "moderator", "Show the box.")
    page = data(await court.ask("GET", f"/disputes/{path}/messages", shop.buyer, params={"per_page": 2}))
    assert ([one["number"] for one in page["items"]], page["total"], page["has_more"]) == ([1, 2], 3, True)
    rest = data(await court.ask("GET", f"/disputes/{path}/messages", seller, params={"after": 2}))
    assert (rest["items"], rest["has_more"]) == ([said], False)
    assert (await court.said(path, "escalate", seller))["status"] == "escalated"
    refusal(await court.ask("POST", f"/disputes/{path}/escalate", shop.buyer), 409, "illegal_dispute_move")
    refusal(await court.ask("POST", f"/disputes/{path}/withdraw", shop.buyer), 409, "illegal_dispute_move")
    ruling = {**SPLIT, "reason": "Half of it was there."}
    decided = await court.said(path, "resolve", court.moderator, ruling)
    assert decided["status"] == "resolved_split"
    assert decided["resolution"] == {
        "outcome": "split", "amount": "250.50", "by": str(court.moderator.id), "reason": "Half of it was there.",
    }  # fmt: skip
    assert data(await court.ask("GET", f"/disputes/{path}", shop.buyer)) == decided
    await shop.work()
    assert await refunds_of(court, order) == [(25_050, "succeeded")]
    read = await court.order(order)
    assert (read["status"], read["payment_status"]) == ("completed", "partially_refunded")
    refusal(await court.ask("POST", f"/disputes/{path}/resolve", court.moderator, ruling), 409, "illegal_dispute_move")
    both = [("opened", "awaiting_response"), ("message", "awaiting_response"), ("moved", "under_review"),
            ("message", "under_review"), ("moved", "escalated"), ("resolved", "resolved_split")]  # fmt: skip
    assert await court.heard(shop.buyer) == await court.heard(seller) == both
    assert await court.heard(court.moderator) == [("moved", "under_review"), ("moved", "escalated")]
    trail = data(await court.ask("GET", "/audit-logs", shop.admin, params={"action": "disputes.dispute_resolved"}))
    (entry,) = [one for one in trail["items"] if one["subject"] == path]
    assert entry["actor"] == str(court.moderator.id)
    assert entry["facts"] == {
        "order_id": order, "outcome": "split", "amount_minor": 25_050, "currency": "AED", "agreed": False,
    }  # fmt: skip


@pytest.mark.parametrize("outcome", ["buyer", "seller"])
@pytest.mark.parametrize("is_delivered", [True, False])
async def test_who_wins_gets_the_money(court: Court, outcome: str, is_delivered: bool) -> None:
    order = await (court.delivered() if is_delivered else court.shop.paid())
    dispute = (await court.opened(order, court.shop.seller, {**EMPTY_BOX, "wanted": {"outcome": "seller"}}))["id"]
    early = {"outcome": outcome, "reason": "Clear."}
    refusal(
        await court.ask("POST", f"/disputes/{dispute}/resolve", court.moderator, early), 409, "illegal_dispute_move"
    )
    exact = await court.shop.fetch(
        "SELECT run_at = response_due_at AND run_at = opened_at + interval '72 hours' AS it"
        " FROM jobs.job JOIN disputes.disputes d ON key = d.id::text WHERE d.id = $1",
        dispute,
    )
    assert [row["it"] for row in exact] == [True]
    await court.shop.work()
    assert data(await court.ask("GET", f"/disputes/{dispute}", court.shop.seller))["status"] == "awaiting_response"
    await court.shop.fetch("UPDATE disputes.disputes SET response_due_at = opened_at WHERE id = $1", dispute)
    late = await court.ask("POST", f"/disputes/{dispute}/respond", court.shop.buyer, {"description": "Empty!"})
    refusal(late, 409, "illegal_dispute_move")
    await court.shop.fetch("UPDATE jobs.job SET run_at = now() WHERE handler = 'disputes.response_due'")
    await court.shop.work()
    assert (await court.said(dispute, "resolve", court.moderator, early))["status"] == f"resolved_{outcome}"
    await court.shop.work()
    read = await court.order(order)
    if outcome == "buyer":
        assert await refunds_of(court, order) == [(75_000, "succeeded")]
        assert (read["status"], read["payment_status"]) == ("completed" if is_delivered else "cancelled", "refunded")
    else:
        assert await refunds_of(court, order) == []
        assert (read["status"], read["payment_status"]) == ("completed", "paid")


async def test_both_sides_agree_at_any_time(court: Court) -> None:
    shop = court.shop
    order, other = await court.delivered(), await court.delivered()
    wanted = {**EMPTY_BOX, "wanted": SPLIT}
    dispute = (await court.opened(order, None, wanted))["id"]
    body: dict[str, Any] = {"description": "All right.", "accepts": 2}
    refusal(await court.ask("POST", f"/disputes/{dispute}/respond", shop.seller, body), 409, "proposal_changed")
    agreed = await court.said(dispute, "respond", shop.seller, {**body, "accepts": 1})
    assert (agreed["status"], agreed["messages"]) == ("resolved_split", 2)
    assert agreed["resolution"] == {"outcome": "split", "amount": "250.50", "by": None, "reason": None}
    dispute = (await court.opened(other, None, wanted))["id"]
    proposal = await court.said(dispute, "messages", shop.seller, {"text": "Half?", "proposal": {**SPLIT, "amount": 5}})
    assert proposal["proposal"] == {"number": 2, "outcome": "split", "amount": "5.00"}
    for who in (shop.seller, shop.rival, court.moderator):
        code = {shop.seller: (409, "proposal_changed"), shop.rival: (404, "dispute_not_found")}.get(
            who, (403, "missing_permission")
        )
        refusal(await court.ask("POST", f"/disputes/{dispute}/accept", who, {"number": 2}), *code)
    await court.said(dispute, "messages", shop.seller, {"text": "A bit more.", "proposal": {**SPLIT, "amount": 6}})
    refusal(await court.ask("POST", f"/disputes/{dispute}/accept", shop.buyer, {"number": 2}), 409, "proposal_changed")
    assert (await court.said(dispute, "accept", shop.buyer, {"number": 3}))["status"] == "resolved_split"
    await shop.work()
    assert (await refunds_of(court, order), await refunds_of(court, other)) == (
        [(25_050, "succeeded")], [(600, "succeeded")],
    )  # fmt: skip


async def test_withdrawn_it_goes_on_where_it_was(court: Court) -> None:
    shop = court.shop
    order = await court.delivered()
    dispute = (await court.opened(order))["id"]
    refusal(await court.ask("POST", f"/disputes/{dispute}/withdraw", shop.seller), 403, "not_your_dispute")
    assert (await court.said(dispute, "withdraw", shop.buyer))["status"] == "withdrawn"
    read = await court.order(order)
    assert (read["status"], read["completes_at"] is not None) == ("delivered", True)
    again = await court.opened(order)
    assert (again["status"], again["id"] != dispute) == ("awaiting_response", True)


async def test_what_cannot_be_disputed(court: Court) -> None:
    shop = court.shop
    unpaid = await shop.order()
    open_ = f"/orders/{unpaid}/disputes"
    refusal(await court.ask("POST", open_, shop.buyer, EMPTY_BOX), 409, "order_not_disputable")
    refusal(await court.ask("POST", open_, shop.rival, EMPTY_BOX), 404, "order_not_found")
    refusal(await court.ask("POST", open_, None, EMPTY_BOX), 401, "not_authenticated")
    refusal(await court.ask("POST", open_, shop.buyer, {**EMPTY_BOX, "mood": "bad"}), 422, "invalid_request", "mood")
    order = await court.delivered()
    open_ = f"/orders/{order}/disputes"
    for wanted, code in (
        ({"outcome": "split"}, "invalid_remedy"), ({"outcome": "buyer", "amount": 5}, "invalid_remedy"),
        ({"outcome": "split", "amount": 750}, "invalid_remedy"),
        ({"outcome": "split", "amount": 0.001}, "invalid_amount"),
    ):  # fmt: skip
        refusal(await court.ask("POST", open_, shop.buyer, {**EMPTY_BOX, "wanted": wanted}), 422, code, "amount")
    assert (await court.order(order))["status"] == "delivered"
    data(await shop.move(order, "complete", shop.buyer))
    late = "UPDATE ordering.orders SET completed_at = completed_at - interval '14 days 1 minute' WHERE id = $1"
    await shop.fetch(late, order)
    shop.clock.advance(timedelta(minutes=1))
    refusal(await court.ask("POST", open_, shop.buyer, EMPTY_BOX), 409, "dispute_window_closed")


async def test_outsiders_know_nothing_and_moderators_see_all(court: Court) -> None:
    shop = court.shop
    _, dispute = await court.under_review()
    reads = ("", "/messages", "/evidence")
    for who, status, code in ((shop.rival, 404, "dispute_not_found"), (None, 401, "not_authenticated")):
        for read in reads:
            refusal(await court.ask("GET", f"/disputes/{dispute}{read}", who), status, code)
    for what, body in (
        ("respond", {"description": "Me too."}), ("messages", {"text": "Me too."}), ("accept", {"number": 1}),
        ("escalate", None), ("withdraw", None),
    ):  # fmt: skip
        refusal(await court.ask("POST", f"/disputes/{dispute}/{what}", shop.rival, body), 404, "dispute_not_found")
    ruling = {"outcome": "seller", "reason": "Clear."}
    refusal(await court.ask("POST", f"/disputes/{dispute}/resolve", shop.buyer, ruling), 403, "missing_permission")
    missing = await court.ask("POST", f"/disputes/{uuid4()}/resolve", court.moderator, ruling)
    refusal(missing, 404, "dispute_not_found")
    for read in reads:
        data(await court.ask("GET", f"/disputes/{dispute}{read}", court.moderator))
    proposing = {"text": "Half.", "proposal": SPLIT}
    refusal(
        await court.ask("POST", f"/disputes/{dispute}/messages", court.moderator, proposing), 403, "not_your_dispute"
    )
    await shop.fetch("UPDATE identity.users SET role = 'moderator' WHERE id = $1", shop.seller.id)
    refusal(await court.ask("POST", f"/disputes/{dispute}/resolve", shop.seller, ruling), 403, "not_your_dispute")


async def test_own_disputes_and_the_queue(court: Court) -> None:
    shop = court.shop
    opened = []
    for _ in range(3):
        shop.clock.advance(timedelta(minutes=1))
        opened.append((await court.opened(await shop.paid()))["id"])
    assert data(await court.ask("GET", "/disputes", shop.rival))["items"] == []
    await court.said(opened[1], "respond", shop.seller, {"description": "No."})

    async def walked(who: Any, **filters: Any) -> list[str]:
        found: list[str] = []
        options: dict[str, Any] = {**filters, "per_page": 2}
        while True:
            page = data(await court.ask("GET", "/disputes", who, params=options))
            found += [one["id"] for one in page["items"]]
            if not page["has_more"]:
                return found
            options["cursor"] = page["next_cursor"]

    assert await walked(shop.buyer) == await walked(shop.seller) == opened[::-1]
    assert await walked(shop.seller, status="under_review") == [opened[1]]
    second = data(await court.ask("GET", f"/disputes/{opened[1]}", shop.buyer))["opened_at"]
    assert await walked(shop.buyer, opened_before=second) == [opened[0]]
    queue = await walked(court.moderator, queue=True)
    assert [one for one in queue if one in opened] == opened
    assert opened[1] in await walked(court.moderator, queue=True, status="under_review")
    assert opened[0] not in await walked(court.moderator, queue=True, status="under_review")
    older = await walked(court.moderator, queue=True, opened_before=second)
    assert [one for one in older if one in opened] == opened[:1]
    refusal(await court.ask("GET", "/disputes", shop.buyer, params={"queue": True}), 403, "missing_permission")
    refusal(await court.ask("GET", "/disputes"), 401, "not_authenticated")


async def test_an_export_has_ones_own_words_only(court: Court) -> None:
    _, dispute = await court.under_review()
    mine = data(await court.ask("GET", "/users/me/export", court.shop.buyer))["records"]["disputes"]
    assert [(one["id"], one["my_side"], [said["text"] for said in one["messages"]]) for one in mine] == [
        (dispute, "buyer", ["The box came empty."]),
    ]  # fmt: skip
