"""Saved methods of payment over HTTP, and that neither secrets nor card numbers get anywhere."""

import io
import logging
from typing import Any

import pytest
import structlog

from marketplace.application.payments.methods import RemoveSavedMethod
from marketplace.domain.shared.ids import UserId
from prove.people import GOOD, Person
from tests.http.commerce.market import data, refusal
from tests.http.stripe.conftest import KEY, NEXT_SECRET, SECRET, Shop

pytestmark = pytest.mark.asyncio(loop_scope="module")

METHODS = "/payments/methods"
CARD = {"number": GOOD, "exp_month": 12, "exp_year": 2034, "cvc": "987"}


async def saved(shop: Shop, who: Person | None = None, status: int = 201, **wish: Any) -> dict[str, Any]:
    answer = await shop.call("POST", METHODS, who or shop.buyer, {"provider": "stripe", **wish})
    found: dict[str, Any] = data(answer, status)
    return found


async def listed(shop: Shop, who: Person | None = None) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = data(await shop.call("GET", METHODS, who or shop.buyer))
    return found


async def test_a_card_of_stripes_page_is_saved_and_pays(shop: Shop) -> None:
    method = await saved(shop, token="pm_card_mastercard")
    assert method.items() >= {
        "provider": "stripe", "brand": "mastercard", "last4": "4444", "exp_month": 12, "exp_year": 2034,
        "is_default": True,
    }.items()  # fmt: skip
    assert set(method) == {
        "id", "provider", "brand", "last4", "exp_month", "exp_year", "is_default", "created_at"
    }  # fmt: skip
    assert await listed(shop) == [method]
    paid = await shop.pay(await shop.order(), method_id=method["id"])
    assert paid["status"] == "completed"
    intent = await shop.intent(paid["id"])
    (customer,) = shop.stripe.books.every("customer")
    assert intent["customer"] == customer["id"]
    assert customer["metadata"] == {"user_id": str(shop.buyer.id)}


async def test_the_simulator_keeps_test_cards_for_development(shop: Shop) -> None:
    method = await saved(shop, provider="simulator", card=CARD)
    assert (method["provider"], method["brand"], method["last4"]) == ("simulator", "visa", "4242")
    paid = await shop.pay(await shop.order(), payment_method="credit_card", method_id=method["id"])
    assert paid["status"] == "completed"
    bad = await saved(shop, provider="simulator", card={**CARD, "number": "4000000000000002"})
    declined = await shop.pay(await shop.order(), payment_method="credit_card", method_id=bad["id"])
    assert declined["status"] == "failed"


async def test_one_of_several_is_the_default(shop: Shop) -> None:
    first, second, third = [await saved(shop, token=token) for token in ("pm_card_visa", "pm_card_visa_debit",
                                                                        "pm_card_mastercard")]  # fmt: skip
    assert [one["is_default"] for one in await listed(shop)] == [True, False, False]
    moved = data(await shop.call("PUT", f"{METHODS}/{second['id']}/default", shop.buyer))
    assert moved == {**second, "is_default": True}
    assert [one["is_default"] for one in await listed(shop)] == [False, True, False]
    data(await shop.call("DELETE", f"{METHODS}/{second['id']}", shop.buyer))
    assert [(one["id"], one["is_default"]) for one in await listed(shop)] == [(first["id"], False), (third["id"], True)]
    fourth = await saved(shop, token="pm_card_visa", is_default=True)
    assert [one["id"] for one in await listed(shop) if one["is_default"]] == [fourth["id"]]


async def test_the_same_token_twice_is_one_method(shop: Shop) -> None:
    token = shop.stripe.books.card("4242424242424242")["id"]
    assert await saved(shop, token=token) == await saved(shop, token=token)
    assert len(await listed(shop)) == 1


async def test_a_deleted_method_is_detached_and_pays_nothing(shop: Shop) -> None:
    method = await saved(shop, token=shop.stripe.books.card("4242424242424242")["id"])
    (attached,) = shop.stripe.books.every("payment_method")
    assert attached["customer"]
    data(await shop.call("DELETE", f"{METHODS}/{method['id']}", shop.buyer))
    assert attached["customer"] is None
    assert await listed(shop) == []
    refusal(await shop.call("DELETE", f"{METHODS}/{method['id']}", shop.buyer), 404, "saved_method_not_found")
    body = {"payment_method": "stripe", "method_id": method["id"]}
    answer = await shop.call("POST", f"/payments/order/{await shop.order()}/pay", shop.buyer, body)
    refusal(answer, 404, "saved_method_not_found")


async def test_others_have_no_part_in_it(shop: Shop) -> None:
    method = await saved(shop, token="pm_card_visa")
    assert await listed(shop, shop.other) == []
    for verb, path in (("DELETE", f"{METHODS}/{method['id']}"), ("PUT", f"{METHODS}/{method['id']}/default")):
        refusal(await shop.call(verb, path, shop.other), 404, "saved_method_not_found")
        refusal(await shop.call(verb, path), 401, "not_authenticated")
    token = shop.stripe.books.every("payment_method")[0]["id"]
    theirs = await shop.call("POST", METHODS, shop.other, {"provider": "stripe", "token": token})
    refusal(theirs, 422, "saved_method_refused", "token")
    assert len(await listed(shop)) == 1


async def test_what_a_provider_cannot_keep(shop: Shop) -> None:
    for code, field, wish in (
        ("saved_method_refused", "token", {"provider": "stripe", "card": CARD}),
        ("saved_method_refused", "token", {"provider": "stripe"}),
        ("saved_method_refused", "token", {"provider": "stripe", "token": "pm_of_nobody"}),
        ("saved_method_refused", "card", {"provider": "simulator"}),
        ("saved_method_refused", "card", {"provider": "simulator", "token": "pm_card_visa"}),
        ("invalid_request", "provider", {"provider": "payme", "token": "pm_1"}),
        ("invalid_request", "token", {"provider": "stripe", "token": GOOD}),
        ("invalid_request", "cvc", {"provider": "stripe", "token": "pm_1", "cvc": "123"}),
    ):
        answer = await shop.call("POST", METHODS, shop.buyer, wish)
        refusal(answer, 422, code, field)
        assert GOOD not in answer.text
    assert await listed(shop) == []


async def test_a_method_of_another_provider_does_not_pay(shop: Shop) -> None:
    method = await saved(shop, provider="simulator", card=CARD)
    body = {"payment_method": "stripe", "method_id": method["id"]}
    answer = await shop.call("POST", f"/payments/order/{await shop.order()}/pay", shop.buyer, body)
    refusal(answer, 422, "saved_method_refused", "method_id")


async def test_there_is_a_most(shop: Shop) -> None:
    for _ in range(20):
        await saved(shop, provider="simulator", card=CARD)
    wish = {"provider": "simulator", "card": CARD}
    refusal(await shop.call("POST", METHODS, shop.buyer, wish), 409, "too_many_saved_methods")


async def test_what_a_person_is_shown_of_themselves_and_what_goes_with_them(shop: Shop) -> None:
    method = await saved(shop, token="pm_card_visa")
    exported = await shop.call("GET", "/users/me/export", shop.buyer)
    assert exported.status_code == 200
    assert method["id"] in exported.text
    assert "sealed" not in exported.text
    async with shop.container() as request:
        await (await request.get(RemoveSavedMethod)).every(UserId(shop.buyer.id))
    assert await listed(shop) == []
    assert await shop.rows("SELECT * FROM payments.provider_customers WHERE user_id = $1", shop.buyer.id) == []
    assert all(one["customer"] is None for one in shop.stripe.books.every("payment_method"))


async def test_no_secret_token_or_card_number_gets_anywhere(shop: Shop) -> None:
    """Not into an answer, a log line, an event, or a row in clear. Of libraries the logs take warnings only."""
    lines = io.StringIO()
    handler = logging.StreamHandler(lines)
    handler.addFilter(lambda record: record.levelno >= logging.WARNING or record.name.startswith("stripe"))
    logging.getLogger().addHandler(handler)
    logging.getLogger().setLevel(logging.DEBUG)
    own = structlog.get_config()
    structlog.configure(logger_factory=structlog.PrintLoggerFactory(lines), cache_logger_on_first_use=False)
    try:
        token = shop.stripe.books.card("5555555555554444", brand="mastercard")["id"]
        texts = [(await shop.call("POST", METHODS, shop.buyer, {"provider": "stripe", "token": token})).text]
        wish = {"provider": "simulator", "card": CARD}
        texts.append((await shop.call("POST", METHODS, shop.buyer, wish)).text)
        texts.append((await shop.call("GET", METHODS, shop.buyer)).text)
        for method in await listed(shop):
            way = "stripe" if method["provider"] == "stripe" else "credit_card"
            body = {"payment_method": way, "method_id": method["id"]}
            order = await shop.order()
            texts.append((await shop.call("POST", f"/payments/order/{order}/pay", shop.buyer, body)).text)
        body = {"payment_method": "stripe", "token": "pm_secret_of_nobody"}
        texts.append((await shop.call("POST", f"/payments/order/{await shop.order()}/pay", shop.buyer, body)).text)
        await shop.stripe.outgoing.deliver()
        await shop.work()
    finally:
        structlog.configure(**own)
        logging.getLogger().removeHandler(handler)
        logging.getLogger().setLevel(logging.WARNING)
    texts.append(lines.getvalue())
    for table in await shop.rows(TABLES):
        rows = await shop.rows(f"SELECT row_to_json(one)::text AS text FROM {table['name']} one")  # noqa: S608 - ours
        texts += [row["text"] for row in rows]
    everything = "\n".join(texts)
    canaries = [token, "pm_secret_of_nobody", "tok_completes", GOOD, "5555555555554444", '"987"', KEY, SECRET,
                NEXT_SECRET]  # fmt: skip
    assert [one for one in canaries if one in everything] == []


TABLES = """
SELECT format('%I.%I', table_schema, table_name) AS name FROM information_schema.tables
WHERE table_schema IN ('payments', 'ordering', 'jobs', 'audit', 'notifications', 'edge') AND table_type = 'BASE TABLE'
"""
