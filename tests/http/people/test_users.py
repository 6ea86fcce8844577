"""Accounts over HTTP: edited, left, suspended, and what that does to listings and negotiations."""

from typing import Any
from uuid import uuid4

import pytest

from prove.people import Person
from tests.http.commerce.market import data, refusal
from tests.http.people.town import Town

PROFILE = {"full_name": "Amina Karimova", "bio": "I restore film cameras.", "language": "uz"}
SECRETS = ("password", "hash", "secret", "token", "search_name", "email_key")


async def listing_status(town: Town, product: str) -> str:
    rows = await town.fetch("SELECT status FROM catalog.listing_states WHERE listing_id = $1", product)
    return str(rows[0][0])


async def suspended(town: Town, person: Person, admin: Person) -> dict[str, Any]:
    body = {"reason": "Sells counterfeit goods."}
    account: dict[str, Any] = data(await town.call("POST", f"/users/{person.id}/suspend", admin, body))
    return account


async def test_me_is_the_same_at_both_addresses(town: Town) -> None:
    me = await town.person()
    assert data(await town.call("GET", "/users/me", me)) == data(await town.call("GET", "/auth/me", me))


async def test_people_edit_what_they_name_and_nothing_else(town: Town) -> None:
    me = await town.person()
    before = data(await town.call("GET", "/users/me", me))
    after = data(await town.call("PATCH", "/users/me", me, {"bio": "I restore  film cameras.\u200b"}))
    assert after == before | {"bio": "I restore  film cameras."}
    assert data(await town.call("PUT", f"/users/{me.id}", me, PROFILE)) == before | PROFILE
    assert data(await town.call("GET", f"/users/{me.id}"))["full_name"] == "Amina Karimova"
    assert data(await town.call("GET", "/users/me", me)) == before | PROFILE


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"role": "admin"}, "role"), ({"is_verified": True}, "is_verified"), ({"email": "a@b.example"}, "email"),
        ({"full_name": ""}, "full_name"), ({"full_name": "x" * 101}, "full_name"), ({"bio": "x" * 1001}, "bio"),
        ({"language": "xx"}, "language"), ({"bio": 7}, "bio"),
    ],
)  # fmt: skip
async def test_edits_are_strict(town: Town, body: dict[str, Any], field: str) -> None:
    me = await town.person()
    refusal(await town.call("PATCH", "/users/me", me, body), 422, "invalid_request", field)
    refusal(await town.call("PUT", f"/users/{me.id}", me, PROFILE | body), 422, "invalid_request", field)


async def test_a_put_names_everything(town: Town) -> None:
    me = await town.person()
    answer = await town.call("PUT", f"/users/{me.id}", me, {"full_name": "A", "bio": ""})
    refusal(answer, 422, "invalid_request", "language")


async def test_only_administrators_touch_others(town: Town) -> None:
    victim, outsider, moderator = await town.person(), await town.person("seller"), await town.person("moderator")
    before = data(await town.call("GET", f"/users/{victim.id}"))
    deeds: list[tuple[str, str, Any]] = [
        ("PUT", f"/users/{victim.id}", PROFILE), ("DELETE", f"/users/{victim.id}", None),
        ("POST", f"/users/{victim.id}/suspend", {"reason": "no"}), ("POST", f"/users/{victim.id}/activate", None),
        ("PUT", f"/users/{victim.id}/role", {"role": "admin"}),
    ]  # fmt: skip
    for method, path, body in deeds:
        for who in (outsider, moderator):
            refusal(await town.call(method, path, who, body), 403, "missing_permission")
        refusal(await town.call(method, path, None, body), 401, "not_authenticated")
    assert data(await town.call("GET", f"/users/{victim.id}")) == before


async def test_administrators_learn_who_does_not_exist(town: Town) -> None:
    admin = await town.person("admin")
    for method, path, body in (
        ("PUT", "", PROFILE), ("DELETE", "", None), ("POST", "/suspend", {"reason": "no"}), ("POST", "/activate", None),
        ("PUT", "/role", {"role": "seller"}),
    ):  # fmt: skip
        refusal(await town.call(method, f"/users/{uuid4()}{path}", admin, body), 404, "user_not_found")


async def test_an_administrator_edits_a_profile(town: Town) -> None:
    admin, person = await town.person("admin"), await town.person()
    account = data(await town.call("PUT", f"/users/{person.id}", admin, PROFILE))
    assert (account["id"], account["full_name"]) == (str(person.id), "Amina Karimova")


@pytest.mark.parametrize(
    ("word", "role"),
    [("worker", "seller"), ("client", "buyer"), ("moderator", "moderator"), ("finance", "finance"), ("admin", "admin")],
)
async def test_a_new_role_counts_from_the_next_request(town: Town, word: str, role: str) -> None:
    admin, person = await town.person("admin"), await town.person("seller" if role == "buyer" else "buyer")
    assert data(await town.call("PUT", f"/users/{person.id}/role", admin, {"role": word}))["role"] == role
    assert data(await town.call("GET", "/users/me", person))["role"] == role
    refusal(await town.call("PUT", f"/users/{person.id}/role", admin, {"role": word}), 409, "already_in_state")


async def test_roles_are_given_after_a_recent_proof_and_never_to_oneself(town: Town) -> None:
    admin, person = await town.person("admin"), await town.person()
    refusal(await town.call("PUT", f"/users/{admin.id}/role", admin, {"role": "buyer"}), 409, "own_account")
    answer = await town.call("PUT", f"/users/{person.id}/role", admin, {"role": "owner"})
    refusal(answer, 422, "invalid_request", "role")
    await town.proven_long_ago(admin)
    refusal(await town.call("PUT", f"/users/{person.id}/role", admin, {"role": "admin"}), 403, "step_up_required")
    assert data(await town.call("GET", "/users/me", person))["role"] == "buyer"


async def test_a_suspension_ends_sessions_listings_and_negotiations_until_it_is_lifted(fresh_town: Town) -> None:
    town = fresh_town
    admin, seller, buyer = await town.person("admin"), await town.person("seller"), await town.person()
    paused, offered = await town.product(seller), await town.product(seller)
    offer = data(await town.offer(offered, buyer), 201)["id"]
    ordered, order = await town.order(seller, buyer)
    assert (await suspended(town, seller, admin))["is_active"] is False
    refusal(await town.call("GET", "/users/me", seller), 401, "session_ended")
    for product in (paused, offered, ordered):
        refusal(await town.call("GET", f"/products/{product}"), 404, "listing_not_found")
    await town.work()
    assert [await listing_status(town, one) for one in (paused, offered, ordered)] == ["paused", "paused", "reserved"]
    assert data(await town.call("GET", f"/offers/{offer}", buyer))["status"] == "superseded"
    refusal(await town.offer(paused, buyer), 409, "listing_not_available")
    assert data(await town.call("GET", "/products"))["items"] == []
    await town.fetch("UPDATE ordering.orders SET payment_due_at = now() - interval '1 minute' WHERE id = $1", order)
    await town.fetch("UPDATE jobs.job SET run_at = now() WHERE handler = 'ordering.expire_order'")
    await town.work()
    assert await listing_status(town, ordered) == "paused", "its seller is suspended: not back on the market"
    assert data(await town.call("POST", f"/users/{seller.id}/activate", admin))["is_active"] is True
    await town.work()
    assert {await listing_status(town, one) for one in (paused, offered, ordered)} == {"active"}
    assert data(await town.call("GET", f"/users/{seller.id}/products"))["total"] == 3
    refusal(await town.call("GET", "/users/me", seller), 401, "session_ended")


async def test_what_a_seller_paused_stays_paused_and_a_paid_order_is_sold(fresh_town: Town) -> None:
    town = fresh_town
    admin, seller, buyer = await town.person("admin"), await town.person("seller"), await town.person()
    own = await town.product(seller)
    await town.fetch("UPDATE catalog.listing_states SET status = 'paused' WHERE listing_id = $1", own)
    product, order = await town.order(seller, buyer)
    await suspended(town, seller, admin)
    await town.work()
    card = {"number": "4242424242424242", "exp_month": 12, "exp_year": 2030, "cvc": "123"}
    pay = {"payment_method": "credit_card", "card": card}
    assert data(await town.call("POST", f"/payments/order/{order}/pay", buyer, pay), 201)["status"] == "completed"
    await town.work()
    data(await town.call("POST", f"/users/{seller.id}/activate", admin))
    await town.work()
    assert [await listing_status(town, one) for one in (own, product)] == ["paused", "sold"]


async def test_suspensions_are_not_given_twice_nor_to_oneself(town: Town) -> None:
    admin, person = await town.person("admin"), await town.person()
    refusal(await town.call("POST", f"/users/{admin.id}/suspend", admin, {"reason": "x"}), 409, "own_account")
    refusal(await town.call("POST", f"/users/{person.id}/activate", admin), 409, "already_in_state")
    answer = await town.call("POST", f"/users/{person.id}/suspend", admin, {"reason": "\u200b"})
    refusal(answer, 422, "invalid_text", "reason")
    await suspended(town, person, admin)
    refusal(await town.call("POST", f"/users/{person.id}/suspend", admin, {"reason": "x"}), 409, "already_in_state")


async def test_who_leaves_leaves_nothing_personal_and_the_books_whole(fresh_town: Town) -> None:
    town = fresh_town
    seller, buyer, fan = await town.person("seller"), await town.person(), await town.person()
    name = data(await town.call("GET", "/users/me", seller))["username"]
    product, order = await town.order(seller, buyer)
    unsold = await town.product(seller)
    data(await town.call("PUT", "/workers/me", seller, {"headline": "Repairs cameras", "skills": ["repair"]}))
    data(await town.call("POST", f"/users/{seller.id}/follow", fan), 201)
    data(await town.call("POST", f"/users/{buyer.id}/block", seller), 201)
    data(await town.call("POST", "/trade-desk/parse", seller, {"text": "Need 500 bales of cotton"}), 201)
    await town.fetch("UPDATE identity.sessions SET device = 'phone', address = '192.0.2.7'")
    await town.fetch("UPDATE ordering.orders SET payment_due_at = now() - interval '1 minute' WHERE id = $1", order)
    await town.fetch("UPDATE jobs.job SET run_at = now() WHERE handler = 'ordering.expire_order'")
    await town.work()
    assert (await town.call("DELETE", "/users/me", seller)).status_code == 204
    refusal(await town.call("GET", "/users/me", seller), 401, "session_ended")
    await town.work()
    (row,) = await town.fetch("SELECT to_jsonb(u)::text FROM identity.users u WHERE id = $1", seller.id)
    assert name not in row[0]
    traces = await town.fetch("SELECT device, address FROM identity.sessions WHERE user_id = $1", seller.id)
    assert {tuple(trace) for trace in traces} == {("", "")}
    assert await town.fetch("SELECT FROM identity.worker_profiles WHERE user_id = $1", seller.id) == []
    assert await town.fetch("SELECT FROM social.follows UNION ALL SELECT FROM social.blocks") == []
    assert await town.fetch("SELECT FROM trading.parses") == []
    assert data(await town.call("GET", f"/users/{fan.id}"))["following_count"] == 0
    assert {await listing_status(town, one) for one in (product, unsold)} == {"removed"}
    refusal(await town.call("GET", f"/users/{seller.id}"), 404, "user_not_found")
    assert data(await town.call("GET", f"/orders/{order}", buyer))["seller_id"] == str(seller.id)


async def test_nobody_leaves_while_there_is_business(town: Town) -> None:
    seller, buyer, admin = await town.person("seller"), await town.person(), await town.person("admin")
    product = await town.product(seller)
    data(await town.offer(product, buyer), 201)
    for person in (seller, buyer):
        body = refusal(await town.call("DELETE", "/users/me", person), 409, "account_has_business")
        assert body["facts"]["business"] == ["open_negotiations"]
    refusal(await town.call("DELETE", f"/users/{buyer.id}", admin), 409, "account_has_business")
    await town.order(seller, await town.person())
    body = refusal(await town.call("DELETE", "/users/me", seller), 409, "account_has_business")
    assert body["facts"]["business"] == ["open_negotiations", "running_orders"]
    assert data(await town.call("GET", "/users/me", seller))["is_active"] is True


async def test_nobody_leaves_money_behind(fresh_town: Town) -> None:
    town = fresh_town
    seller = await town.person("seller")
    await town.fetch(
        "INSERT INTO payments.ledger_accounts (id, kind, owner_id, currency, balance_minor)"
        " VALUES (gen_random_uuid(), 'seller_pending', $1, 'AED', -100)",
        seller.id,
    )
    body = refusal(await town.call("DELETE", "/users/me", seller), 409, "account_has_business")
    assert body["facts"]["business"] == ["money"]


async def test_deletions_take_a_recent_proof(town: Town) -> None:
    admin, person = await town.person("admin"), await town.person()
    for who in (admin, person):
        await town.proven_long_ago(who)
    refusal(await town.call("DELETE", "/users/me", person), 403, "step_up_required")
    refusal(await town.call("DELETE", f"/users/{person.id}", admin), 403, "step_up_required")
    assert data(await town.call("GET", "/users/me", person))["is_active"] is True


async def test_an_administrator_deletes_once_and_for_all(town: Town) -> None:
    admin, person = await town.person("admin"), await town.person()
    assert (await town.call("DELETE", f"/users/{person.id}", admin)).status_code == 204
    refusal(await town.call("DELETE", f"/users/{person.id}", admin), 409, "already_in_state")
    refusal(await town.call("POST", f"/users/{person.id}/activate", admin), 409, "already_in_state")
    refusal(await town.call("PUT", f"/users/{person.id}", admin, PROFILE), 404, "user_not_found")


async def test_people_take_their_data_with_them_and_nobody_elses(fresh_town: Town) -> None:
    town = fresh_town
    seller, buyer = await town.person("seller"), await town.person("buyer", "thebuyer", "Boris Buyer")
    await town.order(seller, buyer)
    product = await town.product(seller)
    body = {"product_id": product, "offered_price": 750, "message": "Words of the buyer"}
    offer = data(await town.call("POST", "/offers", buyer, body), 201)["id"]
    counter = {"counter_price": 800, "message": "Words of the seller"}
    data(await town.call("PATCH", f"/offers/{offer}/counter", seller, counter))
    data(await town.call("PUT", "/workers/me", seller, {"headline": "Repairs cameras", "skills": ["repair"]}))
    data(await town.call("PUT", f"/products/{product}/offer-rules", seller, {"auto_accept_at": 840}))
    data(await town.call("PUT", "/offers/rules", seller, {"auto_decline_below_percent": 50}))
    data(await town.call("POST", "/trade-desk/parse", seller, {"text": "Need 500 bales of cotton"}), 201)
    lot = {"commodity": "cotton", "quantity": 20, "unit": "tonne"}
    data(await town.call("POST", "/trade-desk/tested-lots", seller, lot), 201)
    schedule = {"seller_id": str(seller.id), "basis_points": 300}
    data(await town.call("POST", "/fee-schedules", await town.person("admin"), schedule), 201)
    data(await town.call("POST", "/promo-codes", seller, {"code": "SUMMER-15", "basis_points": 1500}), 201)
    stranger = await town.person()
    data(await town.call("POST", f"/users/{buyer.id}/follow", seller), 201)
    data(await town.call("POST", f"/users/{stranger.id}/block", seller), 201)
    talk = {"other_user_id": str(seller.id), "initial_message": "Words of the buyer"}
    begun = data(await town.call("POST", "/conversations", buyer, talk), 201)
    said = {"content": "Words of the sellr"}
    answered = data(await town.call("POST", f"/conversations/{begun['id']}/messages", seller, said), 201)
    data(await town.call("PATCH", f"/messages/{answered['id']}", seller, {"content": "Words of the seller"}))
    await town.work()
    answer = await town.call("GET", "/users/me/export", seller)
    assert answer.headers["cache-control"] == "no-store"
    document = data(answer)
    records = document["records"]
    assert document["account"] == data(await town.call("GET", "/users/me", seller))
    assert document["incomplete"] == []
    assert {kind: len(rows) for kind, rows in records.items()} == {
        "sessions": 1, "devices": 1, "worker_profiles": 1, "listings": 2, "negotiations": 2, "orders": 1,
        "offer_rules": 1, "offer_rules_for_all": 1, "payments": 0, "bookings": 0, "follows": 1, "blocks": 1,
        "favorites": 0, "recently_seen": 0, "saved_searches": 0, "search_matches": 0, "push_devices": 0, "trades": 0,
        "tested_lots": 1, "parses": 1, "fee_schedules": 1, "promo_codes": 1, "promo_code_uses": 0, "refunds": 0,
        "reviews": 0, "invoices": 0, "cart": 0, "order_moves": 0, "fulfilments": 0,
        "disputes": 0, "payout_accounts": 0, "payouts": 0, "payout_schedules": 0, "statements": 0,
        "wallet_top_ups": 0, "payment_methods": 0, "subscription_plans": 0, "subscriptions": 0,
        "notifications": len(records["notifications"]), "notification_preferences": 0,
        "notification_centre": 3, "webhook_endpoints": 0, "calls": 0, "conversations": 3, "messages": 3,
        "attachments": 0,
    }  # fmt: skip
    assert len(records["notifications"]) >= 4
    assert [one["text"] for one in records["parses"]] == ["Need 500 bales of cotton"]
    assert [one["commodity"] for one in records["tested_lots"]] == ["cotton"]
    (talk,) = [one for one in records["negotiations"] if len(one["offers"]) == 2]
    assert [one["message"] for one in talk["offers"]] == [None, "Words of the seller"]
    (message,) = [one for one in records["messages"] if one["id"] == answered["id"]]
    assert (message["content"], [one["content"] for one in message["former"]]) == (
        "Words of the seller", ["Words of the sellr"],
    )  # fmt: skip
    (conversation,) = [one for one in records["conversations"] if one["id"] == begun["id"]]
    assert (conversation["my_side"], conversation["unread"]) == ("seller", 1)
    for foreign in ("Words of the buyer", "thebuyer", "Boris"):
        assert foreign not in answer.text
    assert not [word for word in SECRETS if word in answer.text]


async def test_an_export_takes_a_recent_proof(town: Town) -> None:
    me = await town.person()
    refusal(await town.call("GET", "/users/me/export"), 401, "not_authenticated")
    await town.proven_long_ago(me)
    refusal(await town.call("GET", "/users/me/export", me), 403, "step_up_required")
