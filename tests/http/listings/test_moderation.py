"""Reports, the moderators' queue, decisions and takedowns over HTTP."""

from typing import Any
from uuid import uuid4

from prove.people import Person
from tests.http.commerce.market import data, refusal
from tests.http.people.town import PRODUCT, Town

WHY = "The pictures show another product."
REJECT = {"decision": "reject", "reason": WHY}


async def held(town: Town, seller: Person, **changes: Any) -> str:
    body = {**PRODUCT, "description": "Call +971 50 123 4567", **changes}
    return str(data(await town.call("POST", "/products", seller, body), 201)["id"])


async def every(town: Town, path: str, moderator: Person, **options: Any) -> list[dict[str, Any]]:
    """All pages, by cursor."""
    found: list[dict[str, Any]] = []
    while True:
        page = data(await town.call("GET", path, moderator, **options))
        found += page["items"]
        if not page["has_more"]:
            return found
        options["cursor"] = page["next_cursor"]


async def item_of(town: Town, path: str, moderator: Person, product: str) -> dict[str, Any]:
    return next(one for one in await every(town, path, moderator, per_page=100) if one["product"]["id"] == product)


async def heard(town: Town, person: Person) -> list[tuple[str, dict[str, Any]]]:
    """Without what the notification centre adds."""
    events = data(await town.call("GET", "/sync/events", person))["events"]
    for one in events:
        one["data"].pop("notification", None)
    return [(one["name"], one["data"]) for one in events]


async def test_what_the_rules_hold_waits_in_the_queue(town: Town) -> None:
    seller, moderator = await town.person("seller"), await town.person("moderator")
    products = [await held(town, seller, title=f"Camera {n}") for n in range(3)]
    for who in (None, moderator):
        refusal(await town.call("GET", f"/products/{products[0]}", who), 404, "listing_not_found")
    queue = await every(town, "/moderation/queue", moderator, per_page=2)
    mine = [one for one in queue if one["product"]["id"] in products]
    assert [one["product"]["id"] for one in mine] == products, "those that wait longest first"
    assert mine[0]["concerns"] == [{"field": "description", "rule": "contact_details", "found": "+971 50 123 4567"}]
    assert (mine[0]["product"]["status"], mine[0]["product"]["is_available"]) == ("pending_review", False)
    by_number = data(await town.call("GET", "/moderation/queue", moderator, per_page=2, page=1))
    assert by_number["items"] == queue[:2]
    assert by_number["total"] >= 3


async def test_an_approved_product_is_for_sale(town: Town) -> None:
    seller, moderator = await town.person("seller"), await town.person("moderator")
    product = await held(town, seller)
    item = (await item_of(town, "/moderation/queue", moderator, product))["id"]
    decided = data(await town.call("POST", f"/moderation/items/{item}/decide", moderator, {"decision": "approve"}))
    assert decided == {"id": item, "product_id": product, "decision": "approve", "reason": None, "status": "active"}
    assert data(await town.call("GET", f"/products/{product}"))["is_available"] is True
    again = await town.call("POST", f"/moderation/items/{item}/decide", moderator, REJECT)
    refusal(again, 404, "moderation_item_not_found")
    assert data(await town.call("GET", f"/products/{product}"))["is_available"] is True


async def test_a_rejected_product_is_gone_and_its_seller_told_why(fresh_town: Town) -> None:
    town = fresh_town
    seller, moderator, admin = await town.person("seller"), await town.person("moderator"), await town.person("admin")
    product = await held(town, seller)
    item = (await item_of(town, "/moderation/queue", moderator, product))["id"]
    path = f"/moderation/items/{item}/decide"
    refusal(await town.call("POST", path, moderator, {"decision": "reject"}), 422, "reason_required", "reason")
    assert data(await town.call("POST", path, moderator, REJECT))["status"] == "rejected"
    await town.work()
    told = {"productId": product, "decision": "reject", "status": "rejected", "reason": WHY}
    assert await heard(town, seller) == [("listing:reviewed", told)]
    last = data(await town.call("GET", f"/products/{product}/history", seller))["items"][0]
    assert (last["by"], last["actor_id"], last["status"], last["reason"]) == ("moderator", None, "rejected", WHY)
    seen = data(await town.call("GET", f"/products/{product}/history", admin))["items"][0]
    assert seen == last | {"actor_id": str(moderator.id)}
    (entry,) = data(await town.call("GET", "/audit-logs", admin, action="catalog.listing_reviewed"))["items"]
    assert (entry["actor"], entry["subject"]) == (str(moderator.id), product)
    assert entry["facts"] == {"seller": str(seller.id), "decision": "reject"}
    refusal(await town.call("POST", f"/products/{product}/publish", seller), 409, "listing_not_available")
    assert (await town.call("DELETE", f"/products/{product}", seller)).status_code == 204
    await what_a_suspended_seller_has_is_passed_over(town, seller, moderator, admin)


async def what_a_suspended_seller_has_is_passed_over(
    town: Town, seller: Person, moderator: Person, admin: Person
) -> None:
    product = await held(town, seller)
    item = (await item_of(town, "/moderation/queue", moderator, product))["id"]
    data(await town.call("POST", f"/users/{seller.id}/suspend", admin, {"reason": "Fraud."}))
    await town.work()
    assert data(await town.call("GET", "/moderation/queue", moderator))["total"] == 0
    answer = await town.call("POST", f"/moderation/items/{item}/decide", moderator, {"decision": "approve"})
    refusal(answer, 409, "listing_withheld")
    data(await town.call("POST", f"/users/{seller.id}/activate", admin))
    await town.work()
    assert data(await town.call("GET", "/moderation/queue", moderator))["total"] == 1
    data(await town.call("POST", f"/users/{seller.id}/suspend", admin, {"reason": "Fraud."}))
    answer = await town.call("POST", f"/admin/listings/{product}/takedown", admin, {"reason": WHY})
    assert data(answer)["status"] == "removed"


async def test_reports_are_gathered_for_moderators(town: Town) -> None:
    seller, moderator = await town.person("seller"), await town.person("moderator")
    product = await town.product(seller)
    people = [await town.person() for _ in range(6)]
    for n, person in enumerate(people):
        body = {"reason": "fraud", "details": f"Number {n}."}
        answer = data(await town.call("POST", f"/products/{product}/report", person, body), 201)
        assert (answer["product_id"], answer["reason"], answer["details"]) == (product, "fraud", f"Number {n}.")
        again = await town.call("POST", f"/products/{product}/report", person, {"reason": "spam"})
        assert data(again, 201) == answer
    found = await item_of(town, "/reports", moderator, product)
    assert (found["reports"], len(found["newest"])) == (6, 5)
    newest = found["newest"][0]
    assert (newest["reporter_id"], newest["reason"], newest["details"]) == (str(people[5].id), "fraud", "Number 5.")
    decide = f"/moderation/items/{found['id']}/decide"
    assert data(await town.call("POST", decide, moderator, {"decision": "approve"}))["status"] == "active"
    assert product not in [one["product"]["id"] for one in await every(town, "/reports", moderator)]
    assert data(await town.call("GET", f"/products/{product}"))["is_available"] is True
    latecomer = await town.person()
    data(await town.call("POST", f"/products/{product}/report", latecomer, {"reason": "other"}), 201)
    reopened = await item_of(town, "/reports", moderator, product)
    assert (reopened["reports"], [one["reporter_id"] for one in reopened["newest"]]) == (1, [str(latecomer.id)])
    decide = f"/moderation/items/{reopened['id']}/decide"
    assert data(await town.call("POST", decide, moderator, REJECT))["status"] == "removed"
    refusal(await town.call("GET", f"/products/{product}", seller), 404, "listing_not_found")


async def test_an_administrator_takes_a_product_down_and_negotiations_end(fresh_town: Town) -> None:
    town = fresh_town
    seller, buyer, admin = await town.person("seller"), await town.person(), await town.person("admin")
    removed = await town.product(seller)
    (await town.offer(removed, buyer)).raise_for_status()
    assert (await town.call("DELETE", f"/products/{removed}", seller)).status_code == 204
    product = await town.product(seller)
    offer = (await town.offer(product, buyer)).json()["data"]["id"]
    await town.call("POST", f"/products/{product}/report", buyer, {"reason": "fraud"})
    path = f"/admin/listings/{product}/takedown"
    refusal(await town.call("POST", path, admin, {"reason": " "}), 422, "reason_required", "reason")
    down = data(await town.call("POST", path, admin, {"reason": WHY}))
    assert down == {"product_id": product, "reason": WHY, "status": "removed"}
    refusal(await town.call("GET", f"/products/{product}", seller), 404, "listing_not_found")
    assert data(await town.call("GET", "/reports", admin))["items"] == []
    refusal(await town.call("POST", path, admin, {"reason": WHY}), 409, "listing_not_available")
    await town.work()
    assert data(await town.call("GET", f"/offers/{offer}", buyer))["status"] == "superseded"
    told = {"productId": product, "decision": "take_down", "status": "removed", "reason": WHY}
    assert ("listing:reviewed", told) in await heard(town, seller)
    for who in (seller, buyer):
        answers = [payload for name, payload in await heard(town, who) if name == "offer:updated"]
        assert {(one["productId"], one["status"]) for one in answers} == {
            (removed, "superseded"), (product, "superseded"),
        }  # fmt: skip
    assert data(await town.call("GET", f"/products/{product}/history", admin))["items"][0]["reason"] == WHY
    (entry,) = data(await town.call("GET", "/audit-logs", admin, action="catalog.listing_taken_down"))["items"]
    assert (entry["actor"], entry["subject"], entry["facts"]) == (str(admin.id), product, {"seller": str(seller.id)})


async def test_who_may_do_what(town: Town) -> None:
    seller, buyer, moderator = await town.person("seller"), await town.person(), await town.person("moderator")
    product, waiting = await town.product(seller), await held(town, seller)
    item = (await item_of(town, "/moderation/queue", moderator, waiting))["id"]
    for path in ("/moderation/queue", "/reports"):
        refusal(await town.call("GET", path), 401, "not_authenticated")
        for who in (seller, buyer, await town.person("finance")):
            refusal(await town.call("GET", path, who), 403, "missing_permission")
    approve = {"decision": "approve"}
    for who in (seller, buyer):
        refusal(await town.call("POST", f"/moderation/items/{item}/decide", who, approve), 403, "missing_permission")
    for who in (seller, moderator):
        answer = await town.call("POST", f"/admin/listings/{product}/takedown", who, {"reason": WHY})
        refusal(answer, 403, "missing_permission")
    refusal(await town.call("POST", f"/products/{product}/report", seller, {"reason": "spam"}), 403, "own_product")
    refusal(await town.call("POST", f"/products/{waiting}/report", buyer, {"reason": "spam"}), 404, "listing_not_found")
    refusal(await town.call("POST", f"/products/{uuid4()}/report", buyer, {"reason": "spam"}), 404, "listing_not_found")
    answer = await town.call("POST", f"/products/{product}/report", buyer, {"reason": "ugly"})
    refusal(answer, 422, "invalid_request", "reason")
    refusal(
        await town.call("POST", f"/moderation/items/{uuid4()}/decide", moderator, approve), 404,
        "moderation_item_not_found",
    )  # fmt: skip
    assert data(await town.call("GET", f"/products/{waiting}", seller))["status"] == "pending_review"
