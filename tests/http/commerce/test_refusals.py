"""Who is let in, what bodies are refused, and what every answer carries."""

import re
from collections.abc import AsyncIterator
from typing import Any
from uuid import uuid4

import httpx
import pytest

from prove.people import GOOD, payment
from tests.http.access.table import TABLE, decisions
from tests.http.commerce.market import ORIGIN, PRODUCT, Market, data, refusal
from tests.http.services.test_bookings import OPENING
from tests.http.services.test_services import GIG, SERVICE

OUTSIDE_THE_DOCUMENT = {
    "/dev/outbox GET", "/openapi.json GET", "/api/schema GET", "/docs GET", "/api/schema/swagger-ui GET",
    "/redoc GET", "/api/schema/redoc GET", "/docs/assets/{name} GET", "/media/{folder}/{name} GET",
    "/files/{document_id} GET", "/dispute-files/{evidence_id} GET",
    "/conversation-files/{attachment_id} GET", "/conversation-files/{attachment_id}/preview GET",
    "/account/verify-email GET", "/account/verify-email POST",
    "/account/reset-password GET", "/account/reset-password POST", "/account/page.css GET",
    *(f"/api/v1/payments/providers/payme {method}" for method in ("GET", "PUT", "PATCH", "DELETE")),
}  # fmt: skip
SIGNED_BY_ITS_SENDER = {"/api/v1/payments/providers/{provider}/webhook POST"}
PUBLIC = (
    OUTSIDE_THE_DOCUMENT
    | {
        " ".join(reversed(operation.split()))
        for operation, decided in decisions(TABLE.read_text()).items()
        if decided["anonymous"] == "allow"
    }
    | SIGNED_BY_ITS_SENDER
)
BODIES: dict[str, Any] = {
    "/api/v1/products": PRODUCT, "/api/v1/offers": {"product_id": str(uuid4()), "offered_price": 5},
    "/api/v1/services": SERVICE, "/api/v1/gigs": GIG, "/availability": OPENING,
    "/bookings": {"starts_at": "2030-01-01T09:00:00Z"}, "/counter": {"counter_price": 5}, "/pay": payment(GOOD),
}  # fmt: skip
PROBLEM_OF_401 = {"www-authenticate": "Bearer", "content-type": "application/problem+json"}


def private_routes(market: Market) -> list[tuple[str, str, Any]]:
    """(method, path with absent ids, an acceptable body) of every route that is not public."""
    found = []
    for route in market.app.routes:
        for method in sorted(getattr(route, "methods", set()) - {"OPTIONS", "HEAD"}):
            if f"{route.path_format} {method}" not in PUBLIC:
                path = re.sub(r"\{[^}]*\}", str(uuid4()), re.sub(r"\{[^}]*:int\}", "1", route.path))
                found.append((method, path, next((BODIES[end] for end in BODIES if path.endswith(end)), None)))
    return found


@pytest.mark.parametrize(("authorization", "codes"), [
    (None, {"not_authenticated"}), ("Basic YTpi", {"not_authenticated"}), ("Bearer", {"not_authenticated"}),
    ("Bearer nonsense", {"invalid_token"}), ("Bearer \xff", {"invalid_token"}),
])  # fmt: skip
async def test_every_route_but_the_public_ones_wants_a_live_token(
    market: Market, authorization: str | None, codes: set[str]
) -> None:
    routes = private_routes(market)
    assert len(routes) >= 16
    headers = [(b"authorization", authorization.encode("latin-1"))] if authorization else []
    for method, path, body in routes:
        answer = await market.client.request(method, path, headers=headers, json=body)
        assert answer.status_code == 401, (method, path, answer.text)
        assert answer.headers.items() >= PROBLEM_OF_401.items(), (method, path)
        assert answer.json()["code"] in codes, (method, path)


async def test_a_token_dies_with_its_session(market: Market) -> None:
    assert (await market.call("GET", "/auth/me", market.buyer)).status_code == 200
    statement = "UPDATE identity.sessions SET ended_at = now(), end_reason = 'logged_out' WHERE user_id = $1"
    await market.fetch(statement, market.rival.id)
    for method, path, body in private_routes(market):
        answer = await market.client.request(method, path, headers=market.rival.headers, json=body)
        assert answer.headers.items() >= PROBLEM_OF_401.items(), (method, path)
        refusal(answer, 401, "session_ended")


async def test_to_strangers_a_deal_is_as_absent_as_one_that_never_was(market: Market) -> None:
    offer = await market.offer(await market.product())
    order = await market.order()
    paid = data(await market.pay(order), 201)["id"]
    ids = {"offers": offer, "orders": order, "transactions": order, "payments": paid}
    tries: list[tuple[str, str, Any, str]] = [("GET", f"/{kind}/%s", None, one) for kind, one in ids.items()]
    tries += [("PATCH", f"/offers/%s/{word}", None, offer) for word in ("accept", "decline", "withdraw")]
    tries += [
        ("PATCH", "/offers/%s/counter", {"counter_price": 5}, offer),
        ("POST", "/payments/order/%s/pay", payment(GOOD), await market.order()),
    ]
    for method, path, body, one in tries:
        told = []
        for id_ in (one, str(uuid4())):
            answer = await market.call(method, path % id_, market.rival, body)
            assert answer.status_code == 404, (method, path, answer.text)
            told.append(answer.text.replace(id_, "ID").replace(answer.headers["x-request-id"], "REQUEST"))
        assert told[0] == told[1], (method, path)


NUMBERS = {
    b"-1": "invalid_amount", b"0": "invalid_amount", b"0.00": "invalid_amount", b"1.001": "invalid_amount",
    b"1e400": "invalid_amount", b"1e-400": "invalid_amount", b"1" + b"0" * 30: "invalid_amount",
    b"1e99999999999999999999": "invalid_request", b"1e-99999999999999999999": "invalid_request",
    b"NaN": "invalid_request", b"Infinity": "invalid_request", b"-Infinity": "invalid_request",
    b'"12"': "invalid_request", b"true": "invalid_request", b"null": "invalid_request", b"{}": "invalid_request",
    b"[1]": "invalid_request",
    '"\N{FULLWIDTH DIGIT ONE}\N{FULLWIDTH DIGIT TWO}"'.encode(): "invalid_request",
}  # fmt: skip


def hostile_bodies(name: str, whole: bytes) -> list[tuple[str, bytes, int, str, list[str]]]:
    """(what, body, status, code, fields) for a body whose amount `name` is written %s."""
    text = b"description" if name == "price" else b"message"
    cases = [(f"amount {number!r:.20}", whole % number, 422, code, [name]) for number, code in NUMBERS.items()]
    cases += [
        ("unknown field", whole[:-1] % b"5" + b', "is_admin": true}', 422, "invalid_request", ["is_admin"]),
        ("missing field", b"{%s" % whole.partition(b"%s, ")[2], 422, "invalid_request", [name]),
        ("empty", b"", 422, "invalid_request", ["body"]),
        ("list", b"[]", 422, "invalid_request", ["body"]),
        ("text", b'"x"', 422, "invalid_request", ["body"]),
        ("invalid UTF-8", whole[:-1] % b"5" + b', "%s": "\xff\xfe"}' % text, 400, "malformed_body", []),
        ("cut off", (whole % b"5")[:-1], 400, "malformed_body", []),
        ("full-width number", whole % "\N{FULLWIDTH DIGIT ONE}".encode(), 400, "malformed_body", []),
        ("deep", b"[" * 10_000 + b"]" * 10_000, 422, "invalid_request", ["body"]),
        ("deep amount", whole % (b"[" * 10_000 + b"]" * 10_000), 400, "malformed_body", []),
        ("deep, never closed", b'{"a":' * 10_000, 422, "invalid_request", ["a"]),
    ]
    return cases


@pytest.mark.parametrize("key", [{}, {"idempotency-key": "hostile"}], ids=["plain", "with key"])
@pytest.mark.parametrize("path", ["/products", "/offers"])
async def test_hostile_bodies_are_refused_by_name(market: Market, path: str, key: dict[str, str]) -> None:
    name = "price" if path == "/products" else "offered_price"
    product = await market.product()
    whole = {
        "/products": b'{"price": %s, "title": "Vintage", "category": "electronics", "feed_type": "community"}',
        "/offers": b'{"offered_price": %s, "product_id": "' + product.encode() + b'"}',
    }[path]
    who = market.seller if path == "/products" else market.buyer
    headers = {"content-type": "application/json", **key}
    for what, body, status, code, fields in hostile_bodies(name, whole):
        answer = await market.call("POST", path, who, content=body, headers=headers)
        assert answer.headers["content-type"] == "application/problem+json", what
        problem = answer.json()
        assert (answer.status_code, problem["code"]) == (status, code), (what, problem)
        named = [one["field"] for one in problem.get("errors", [])]
        assert named == fields, (what, problem)
        assert "Traceback" not in answer.text


@pytest.mark.parametrize(("changes", "field"), [
    ({"title": "Vint\0age"}, "title"), ({"title": 5}, "title"), ({"title": "ab"}, "title"),
    ({"title": "   "}, "title"), ({"title": None}, "title"), ({"description": "\0"}, "description"),
    ({"tags": ["a", "b\0"]}, "tags[1]"), ({"tags": "camera"}, "tags"), ({"location": {"latitude": 91}}, None),
    ({"location": {"latitude": 91, "longitude": 0}}, "location.latitude"),
    ({"condition": "chewed"}, "condition"), ({"feed_type": ""}, "feed_type"), ({"currency": "aed"}, "currency"),
    ({"image_urls": ["https://a.example"] * 11}, "image_urls"),
])  # fmt: skip
async def test_a_product_of_the_wrong_shape_names_its_field(
    market: Market, changes: dict[str, Any], field: str | None
) -> None:
    answer = await market.call("POST", "/products", market.seller, {**PRODUCT, **changes})
    assert answer.status_code == 422, answer.text
    named = [one["field"] for one in answer.json()["errors"]]
    assert len(named) == 1
    assert named[0] == (field or named[0])


@pytest.mark.parametrize("type_", ["text/plain", "application/xml", "multipart/form-data; boundary=x", ""])
async def test_a_body_of_another_type(market: Market, type_: str) -> None:
    answer = await market.call("POST", "/products", market.seller, content=b"{}", headers={"content-type": type_})
    refusal(answer, 415, "unsupported_media_type")


@pytest.mark.parametrize("key", [{}, {"idempotency-key": "large"}], ids=["plain", "with key"])
async def test_a_body_larger_than_a_mebibyte(market: Market, key: dict[str, str]) -> None:
    async def chunks() -> AsyncIterator[bytes]:
        for _ in range(17):
            yield b" " * 65_536

    headers = {"content-type": "application/json", **key}
    for content in (b" " * 1_048_577, chunks()):
        answer = await market.call("POST", "/products", market.seller, content=content, headers=headers)
        refusal(answer, 413, "body_too_large")
    lying = await market.call("POST", "/products", market.seller, content=b"{}", headers={"content-length": "a"})
    refusal(lying, 400, "bad_request")


@pytest.mark.parametrize("given", ["abc-1.2_Z", "a" * 64])
async def test_a_given_request_id_is_kept(market: Market, given: str) -> None:
    answer = await market.call("GET", f"/products/{uuid4()}", headers={"x-request-id": given})
    assert (answer.headers["x-request-id"], answer.json()["request_id"]) == (given, given)


@pytest.mark.parametrize("given", ["", "a" * 65, "with space", "a,b"])
async def test_a_request_id_is_made_where_none_fits(market: Market, given: str) -> None:
    made = {
        (await market.call("GET", "/products", headers={"x-request-id": given})).headers["x-request-id"] for _ in "ab"
    }
    assert len(made) == 2
    assert given not in made


async def test_old_addresses_answer_the_same(market: Market) -> None:
    product = await market.product()
    answers = [
        await market.client.get(path % product)
        for path in ("/api/v1/products/%s", "/api/v1/products/%s/", "/api/products/%s", "/api/products/%s///")
    ]
    assert {one.status_code for one in answers} == {200}
    assert len({one.content for one in answers}) == 1
    made = await market.client.post("/api/products/", json=PRODUCT, headers=market.seller.headers)
    assert data(made, 201)["title"] == PRODUCT["title"]


async def test_unknown_addresses_and_methods(market: Market) -> None:
    for path in ("/api/v1/nowhere", "/nowhere", "/", "/api/v1/products/x/y", "/api/v2/products"):
        problem = refusal(await market.client.get(path), 404, "not_found")
        assert problem["detail"] == "not found"
    for method, path in (("DELETE", "/products"), ("PUT", f"/offers/{uuid4()}"), ("POST", f"/offers/{uuid4()}/accept")):
        answer = await market.call(method, path, market.seller)
        refusal(answer, 405, "method_not_allowed")
        assert answer.headers["allow"]
    refusal(await market.client.get("/api/v1/products?category=%00"), 400, "bad_request")
    refusal(await market.client.get("/api/v1/products/%00"), 400, "bad_request")


async def test_every_answer_has_the_security_headers(market: Market) -> None:
    async def answers() -> list[httpx.Response]:
        return [
            await market.call("GET", "/products"), await market.call("GET", "/nowhere"),
            await market.call("POST", "/products"), await market.call("POST", "/products", market.seller, PRODUCT),
            await market.call("HEAD", "/products"), await market.client.get("/%00"),
        ]  # fmt: skip

    for answer in await answers():
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["x-frame-options"] == "DENY"
        assert answer.headers["referrer-policy"] == "no-referrer"
        assert answer.headers["content-security-policy"] == "default-src 'none'; frame-ancestors 'none'"
        assert answer.headers["strict-transport-security"].startswith("max-age=")
        assert answer.headers["x-request-id"]
        assert "server" not in answer.headers


async def test_other_origins_are_told_whether_they_may(market: Market) -> None:
    asks = {"access-control-request-method": "POST", "access-control-request-headers": "authorization,idempotency-key"}
    answer = await market.call("OPTIONS", "/offers", headers={"origin": ORIGIN, **asks})
    assert answer.status_code == 204
    assert answer.headers["access-control-allow-origin"] == ORIGIN
    assert "POST" in answer.headers["access-control-allow-methods"]
    assert "idempotency-key" in answer.headers["access-control-allow-headers"].lower()
    stranger = await market.call("OPTIONS", "/offers", headers={"origin": "https://evil.example", **asks})
    assert "access-control-allow-origin" not in stranger.headers
    for path in ("/products", "/nowhere", "/auth/me"):
        seen = await market.call("GET", path, headers={"origin": ORIGIN})
        assert seen.headers["access-control-allow-origin"] == ORIGIN, path
        assert "x-request-id" in seen.headers["access-control-expose-headers"].lower()
        unseen = await market.call("GET", path, headers={"origin": "https://evil.example"})
        assert "access-control-allow-origin" not in unseen.headers, path


async def test_a_stranger_is_refused_before_the_body_is_read(market: Market) -> None:
    for body in ({}, {"price": -1, "unknown": True}):
        answer = await market.client.post("/api/v1/products", json=body)
        refusal(answer, 401, "not_authenticated")
