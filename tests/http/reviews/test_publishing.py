"""The end of writing, who is told, what moderators do, and what a person's export has of it."""

from typing import Any

from prove.people import Person
from tests.http.commerce.market import data, refusal
from tests.http.reviews.deals import FIVE, Deals


async def heard(deals: Deals, who: Person) -> list[tuple[str, dict[str, Any]]]:
    """Without what the notification centre adds."""
    events = data(await deals.town.call("GET", "/sync/events", who))["events"]
    for one in events:
        one["data"].pop("notification", None)
    return [(one["name"], one["data"]) for one in events if one["name"].startswith("review:")]


async def test_after_fourteen_days_what_was_written_is_public_and_both_are_told(fresh_deals: Deals) -> None:
    deals, town = fresh_deals, fresh_deals.town
    order, both = await deals.order(), await deals.order()
    mine = await deals.write(deals.buyer, order, {"rating": 2})
    await town.work()
    assert (await heard(deals, deals.buyer), await heard(deals, deals.seller)) == ([], [])
    closes = await town.fetch(
        "SELECT run_at = closes_at AS is_exact FROM jobs.job JOIN reviews.exchanges ON key = order_id::text"
        " WHERE handler = 'reviews.publish' AND state = 'ready'"
    )
    assert [row["is_exact"] for row in closes] == [True]
    await town.fetch("UPDATE reviews.exchanges SET closes_at = now()")
    await town.fetch("UPDATE jobs.job SET run_at = now() WHERE handler = 'reviews.publish'")
    await town.work()
    seen = await deals.of_order(deals.buyer, order)
    assert (seen["mine"]["status"], seen["may_write"]) == ("published", False)
    assert [one["id"] for one in (await deals.of_seller())["items"]] == [mine["id"]]
    refusal(await town.call("POST", f"/orders/{order}/reviews", deals.seller, FIVE), 409, "reviews_closed")
    alone = ("review:published", {"orderId": order, "byBuyer": mine["id"], "bySeller": None})
    assert await heard(deals, deals.buyer) == await heard(deals, deals.seller) == [alone]
    ids = [(await deals.write(who, both))["id"] for who in (deals.buyer, deals.seller)]
    await town.work()
    together = ("review:published", {"orderId": both, "byBuyer": ids[0], "bySeller": ids[1]})
    assert await heard(deals, deals.buyer) == await heard(deals, deals.seller) == [alone, together]
    assert data(await town.call("GET", f"/users/{deals.seller.id}", deals.buyer))["rating"] == "3.5"
    await moderators_take_it_down(deals, mine["id"])


async def moderators_take_it_down(deals: Deals, review: str) -> None:
    town = deals.town
    moderator, admin, neighbour = [await town.person(role) for role in ("moderator", "admin", "buyer")]
    report = f"/reviews/{review}/report"
    first = data(await town.call("POST", report, neighbour, {"reason": "fake", "details": " He lies. "}), 201)
    assert (first["review_id"], first["reason"], first["details"]) == (review, "fake", "He lies.")
    assert data(await town.call("POST", report, neighbour, {"reason": "spam"}), 201) == first
    data(await town.call("POST", report, deals.seller, {"reason": "other"}), 201)
    page = data(await town.call("GET", "/reports/reviews", moderator))
    (item,) = page["items"]
    assert (item["reports"], item["about_id"], item["review"]["id"]) == (2, str(deals.seller.id), review)
    assert [one["reporter_id"] for one in item["newest"]] == [str(deals.seller.id), str(neighbour.id)]
    assert (page["total"], data(await town.call("GET", "/reports", moderator))["items"]) == (1, [])
    decide = f"/moderation/items/{item['id']}/decide"
    refusal(await town.call("POST", decide, moderator, {"decision": "reject"}), 422, "reason_required", "reason")
    decided = data(await town.call("POST", decide, moderator, {"decision": "reject", "reason": "Invented."}))
    assert decided == {
        "id": item["id"], "review_id": review, "decision": "reject", "reason": "Invented.", "status": "taken_down",
    }  # fmt: skip
    refusal(await town.call("POST", decide, moderator, {"decision": "approve"}), 404, "moderation_item_not_found")
    left = await deals.of_seller()
    assert (len(left["items"]), left["summary"]["count"], left["summary"]["average"]) == (1, 1, "5.0")
    assert data(await town.call("GET", f"/users/{deals.seller.id}", deals.buyer))["rating"] == "5.0"
    refusal(await town.call("POST", report, neighbour, {"reason": "spam"}), 404, "review_not_found")
    await town.work()
    assert (await heard(deals, deals.buyer))[-1] == ("review:taken_down", {"reviewId": review, "reason": "Invented."})
    assert len(await heard(deals, deals.seller)) == 2
    (entry,) = data(await town.call("GET", "/audit-logs", admin, action="reviews.review_taken_down"))["items"]
    assert (entry["actor"], entry["subject"]) == (str(moderator.id), review)
    assert entry["facts"] == {"author": str(deals.buyer.id), "about": str(deals.seller.id)}


async def test_what_is_taken_down_is_nobodys_to_read(deals: Deals) -> None:
    town, moderator = deals.town, await deals.town.person("moderator")
    order = await deals.order()
    review = (await deals.write(deals.buyer, order, {"rating": 1, "text": "His address is 5 Hill Road."}))["id"]
    await deals.write(deals.seller, order)
    data(await town.call("POST", f"/reviews/{review}/report", deals.seller, {"reason": "personal_data"}), 201)
    (row,) = await town.fetch("SELECT id FROM catalog.moderation_items WHERE review_id = $1", review)
    body = {"decision": "reject", "reason": "It gives an address away."}
    data(await town.call("POST", f"/moderation/items/{row['id']}/decide", moderator, body))
    assert (await deals.of_order(deals.seller, order))["theirs"] is None
    assert (await deals.of_order(deals.buyer, order))["mine"]["status"] == "taken_down"
    for path in (f"/products/{deals.product}", f"/users/{deals.seller.id}"):
        page = await deals.of(path)
        assert (page["items"], page["summary"]["count"]) == ([], 0)


async def test_who_may_report_and_decide(deals: Deals) -> None:
    town, moderator, admin = deals.town, await deals.town.person("moderator"), await deals.town.person("admin")
    review, _ = await deals.published()
    report = f"/reviews/{review}/report"
    refusal(await town.call("POST", report, None, {"reason": "fake"}), 401, "not_authenticated")
    refusal(await town.call("POST", report, deals.buyer, {"reason": "fake"}), 403, "own_review")
    refusal(await town.call("POST", report, deals.seller, {"reason": "ugly"}), 422, "invalid_request", "reason")
    data(await town.call("POST", report, moderator, {"reason": "spam"}), 201)
    for who in (deals.buyer, deals.seller, await town.person("finance")):
        refusal(await town.call("GET", "/reports/reviews", who), 403, "missing_permission")
    refusal(await town.call("GET", "/reports/reviews"), 401, "not_authenticated")
    (row,) = await town.fetch("SELECT id FROM catalog.moderation_items WHERE review_id = $1", review)
    decide = f"/moderation/items/{row['id']}/decide"
    for who in (deals.buyer, deals.seller):
        refusal(await town.call("POST", decide, who, {"decision": "approve"}), 403, "missing_permission")
    await town.fetch("UPDATE identity.users SET role = 'moderator' WHERE id = $1", deals.seller.id)
    refusal(await town.call("POST", decide, deals.seller, {"decision": "approve"}), 403, "own_review")
    assert data(await town.call("POST", decide, admin, {"decision": "approve"}))["status"] == "published"
    assert (await deals.of_seller())["summary"]["count"] == 1


async def test_reported_reviews_are_walked_the_oldest_first(deals: Deals) -> None:
    town, moderator = deals.town, await deals.town.person("moderator")
    reviews = [(await deals.published())[0] for _ in range(3)]
    for review in reviews:
        data(await town.call("POST", f"/reviews/{review}/report", deals.seller, {"reason": "spam"}), 201)
    found: list[str] = []
    options: dict[str, Any] = {"per_page": 2}
    while True:
        page = data(await town.call("GET", "/reports/reviews", moderator, **options))
        found += [one["review"]["id"] for one in page["items"]]
        if not page["has_more"]:
            break
        options["cursor"] = page["next_cursor"]
    assert [one for one in found if one in reviews] == reviews


async def test_an_export_has_what_a_person_wrote_and_nothing_of_the_other_side(deals: Deals) -> None:
    town, order = deals.town, await deals.order()
    hidden = await deals.write(deals.buyer, order, {"rating": 1, "text": "A secret."})
    review, answer = await deals.published({"rating": 4, "text": "Good."}, {"rating": 5, "text": "Polite."})
    data(await town.call("POST", f"/reviews/{review}/reply", deals.seller, {"text": "Thanks."}), 201)
    mine = data(await town.call("GET", "/users/me/export", deals.buyer))["records"]["reviews"]
    assert [(one["id"], one["kind"], one["text"]) for one in mine] == [
        (review, "review", "Good."), (hidden["id"], "review", "A secret."),
    ]  # fmt: skip
    exported = await town.call("GET", "/users/me/export", deals.seller)
    assert "A secret." not in exported.text
    assert [(one["id"], one["kind"], one["text"]) for one in data(exported)["records"]["reviews"]] == [
        (answer, "review", "Polite."), (review, "reply", "Thanks."),
    ]  # fmt: skip
