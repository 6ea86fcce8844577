"""The OpenAPI document: valid, complete, true to its own schemas, and the same as the committed copy."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from openapi_schema_validator import OAS31Validator
from openapi_spec_validator import validate

from marketplace.entrypoints.http.limits import is_limited
from marketplace.entrypoints.http.openapi import openapi_document

Json = dict[str, Any]

COMMITTED = Path(__file__).parents[3] / "docs" / "openapi.json"
DOCUMENT: Json = json.loads(openapi_document())
OPERATIONS: dict[str, Json] = {
    f"{method.upper()} {path}": operation
    for path, operations in DOCUMENT["paths"].items()
    for method, operation in operations.items()
}
BEARER_OR_TICKET: list[Json] = [{"bearer": []}, {"ticket": []}]
PROMISED = """
POST /api/v1/auth/register
POST /api/v1/auth/login
POST /api/v1/auth/login/oauth2
POST /api/v1/auth/refresh
POST /api/v1/auth/logout
GET /api/v1/auth/me
POST /api/v1/auth/send-otp
POST /api/v1/auth/verify-otp
POST /api/v1/auth/ws-ticket
GET /api/v1/auth/2fa
POST /api/v1/auth/2fa/setup
POST /api/v1/auth/2fa/verify
POST /api/v1/auth/2fa/disable
POST /api/v1/auth/2fa/recovery-codes
GET /api/v1/auth/passkeys
POST /api/v1/auth/passkeys
POST /api/v1/auth/passkeys/options
DELETE /api/v1/auth/passkeys/{passkey_id}
POST /api/v1/auth/passkeys/login
POST /api/v1/auth/passkeys/login/options
POST /api/v1/users/me/avatar
DELETE /api/v1/users/me/avatar
GET /api/v1/auth/api-keys
POST /api/v1/auth/api-keys
DELETE /api/v1/auth/api-keys/{api_key_id}
POST /api/v1/auth/oidc/start
POST /api/v1/auth/oidc/callback
POST /api/v1/auth/oidc/link
GET /api/v1/users
GET /api/v1/users/search
GET /api/v1/users/me
PATCH /api/v1/users/me
DELETE /api/v1/users/me
GET /api/v1/users/me/export
GET /api/v1/users/me/blocks
GET /api/v1/users/{user_id}
PUT /api/v1/users/{user_id}
DELETE /api/v1/users/{user_id}
POST /api/v1/users/{user_id}/follow
DELETE /api/v1/users/{user_id}/follow
GET /api/v1/users/{user_id}/followers
GET /api/v1/users/{user_id}/following
POST /api/v1/users/{user_id}/block
DELETE /api/v1/users/{user_id}/block
POST /api/v1/users/{user_id}/suspend
POST /api/v1/users/{user_id}/activate
PUT /api/v1/users/{user_id}/role
GET /api/v1/users/{user_id}/products
GET /api/v1/workers
GET /api/v1/workers/{worker_id}
PUT /api/v1/workers/me
POST /api/v1/products
GET /api/v1/products
GET /api/v1/products/{product_id}
GET /api/v1/services
POST /api/v1/services
GET /api/v1/services/{service_id}
PUT /api/v1/services/{service_id}
DELETE /api/v1/services/{service_id}
GET /api/v1/services/{service_id}/availability
PUT /api/v1/services/{service_id}/availability
GET /api/v1/services/{service_id}/bookings
POST /api/v1/services/{service_id}/bookings
DELETE /api/v1/services/{service_id}/bookings/{booking_id}
GET /api/v1/gigs
POST /api/v1/gigs
GET /api/v1/gigs/{gig_id}
PUT /api/v1/gigs/{gig_id}
GET /api/v1/categories
POST /api/v1/categories
GET /api/v1/categories/{slug}
PATCH /api/v1/categories/{slug}
DELETE /api/v1/categories/{slug}
GET /api/v1/services/categories
POST /api/v1/services/categories
POST /api/v1/products/{product_id}/favorite
DELETE /api/v1/products/{product_id}/favorite
GET /api/v1/users/me/favorites
GET /api/v1/users/me/recently-seen
DELETE /api/v1/users/me/recently-seen
GET /api/v1/search/saved
POST /api/v1/search/saved
DELETE /api/v1/search/saved/{search_id}
PATCH /api/v1/products/{product_id}
DELETE /api/v1/products/{product_id}
GET /api/v1/products/{product_id}/history
POST /api/v1/products/{product_id}/pause
POST /api/v1/products/{product_id}/publish
POST /api/v1/products/{product_id}/report
POST /api/v1/products/{product_id}/resume
GET /api/v1/users/me/products
GET /api/v1/moderation/queue
POST /api/v1/moderation/items/{item_id}/decide
GET /api/v1/reports
POST /api/v1/admin/listings/{listing_id}/takedown
POST /api/v1/products/{product_id}/media
DELETE /api/v1/products/{product_id}/media/{media_id}
POST /api/v1/documents
POST /api/v1/documents/{document_id}/links
POST /api/v1/uploads
PUT /api/v1/uploads/{upload_id}/parts/{part_number}
GET /api/v1/uploads/{upload_id}
POST /api/v1/uploads/{upload_id}/complete
POST /api/v1/offers
GET /api/v1/offers/{offer_id}
PATCH /api/v1/offers/{offer_id}/accept
PATCH /api/v1/offers/{offer_id}/decline
PATCH /api/v1/offers/{offer_id}/counter
PATCH /api/v1/offers/{offer_id}/withdraw
GET /api/v1/orders/{order_id}
GET /api/v1/orders
POST /api/v1/orders/{order_id}/accept
POST /api/v1/orders/{order_id}/assign
POST /api/v1/orders/{order_id}/cancel
POST /api/v1/orders/{order_id}/complete
POST /api/v1/orders/{order_id}/decline
POST /api/v1/orders/{order_id}/deliver
GET /api/v1/orders/{order_id}/fulfilments
POST /api/v1/orders/{order_id}/fulfilments
POST /api/v1/orders/{order_id}/request-changes
POST /api/v1/orders/{order_id}/status
GET /api/v1/orders/{order_id}/timeline
GET /api/v1/orders/{order_id}/fees
GET /api/v1/fee-schedules
POST /api/v1/fee-schedules
PATCH /api/v1/fee-schedules/{fee_schedule_id}
POST /api/v1/fees/preview
GET /api/v1/transactions/{order_id}
POST /api/v1/orders/{order_id}/reviews
GET /api/v1/orders/{order_id}/reviews
GET /api/v1/products/{product_id}/reviews
GET /api/v1/users/{user_id}/reviews
POST /api/v1/reviews/{review_id}/reply
POST /api/v1/reviews/{review_id}/report
GET /api/v1/reports/reviews
POST /api/v1/payments/order/{order_id}/pay
GET /api/v1/payments/{payment_id}
GET /api/v1/payments/methods
POST /api/v1/payments/methods
PUT /api/v1/payments/methods/{method_id}/default
DELETE /api/v1/payments/methods/{method_id}
POST /api/v1/payments/providers/{provider}/webhook
GET /api/v1/promo-codes
POST /api/v1/promo-codes
PATCH /api/v1/promo-codes/{code_id}
DELETE /api/v1/promo-codes/{code_id}
POST /api/v1/promo-codes/validate
GET /api/v1/sync/events
GET /api/v1/sync/stream
GET /api/v1/audit-logs
GET /api/v1/audit-logs/{entry_id}
GET /api/v1/audit-logs/export
GET /api/v1/audit-logs/verify
GET /health
GET /health/live
GET /health/ready
GET /metrics
GET /.well-known/jwks.json
GET /dev/outbox
""".strip().splitlines()

each_operation = pytest.mark.parametrize("name", OPERATIONS)


def test_an_independent_validator_accepts_it() -> None:
    validate(DOCUMENT)


def test_the_committed_copy_is_current() -> None:
    assert COMMITTED.read_bytes() == openapi_document(), "refresh it: marketplace openapi --output docs/openapi.json"


def test_every_promised_operation_is_in_it() -> None:
    assert set(PROMISED) <= OPERATIONS.keys()


def test_operation_ids_are_unique_and_plain() -> None:
    ids = [operation["operationId"] for operation in OPERATIONS.values()]
    assert len(set(ids)) == len(ids)
    assert [one for one in ids if not re.fullmatch(r"[a-z]+(_[a-z]+)+", one)] == []


def test_component_names_are_plain() -> None:
    assert [name for name in DOCUMENT["components"]["schemas"] if not re.fullmatch("[A-Z][A-Za-z0-9]+", name)] == []


def test_every_tag_is_described() -> None:
    described = {tag["name"] for tag in DOCUMENT["tags"] if tag["description"]}
    assert {tag for operation in OPERATIONS.values() for tag in operation["tags"]} == described


@each_operation
def test_an_operation_says_what_it_does_and_who_may_call_it(name: str) -> None:
    operation = OPERATIONS[name]
    assert operation["summary"]
    assert operation["description"]
    assert operation["security"] in ([], [{"bearer": []}], [{}, {"bearer": []}], BEARER_OR_TICKET)


@each_operation
def test_an_operation_tells_the_refusals_that_can_occur(name: str) -> None:
    operation = OPERATIONS[name]
    answers = operation["responses"].keys()
    assert "400" in answers
    assert "500" not in answers, "we never promise one"
    assert ("401" in answers) >= bool(operation["security"])
    assert ("403" in answers) == (operation["security"] in ([{"bearer": []}], BEARER_OR_TICKET))
    assert "404" in answers or "{" not in name
    assert {"409", "422"} <= answers or name.startswith("GET")
    assert ("429" in answers) == is_limited(name.partition(" ")[2])
    assert ({"413", "415"} <= answers) == ("requestBody" in operation)


@each_operation
def test_a_refusal_is_a_problem_with_its_own_status(name: str) -> None:
    for status, answer in OPERATIONS[name]["responses"].items():
        if "$ref" not in answer:
            continue
        media = _resolved(answer)["content"]["application/problem+json"]
        assert media["schema"] == {"$ref": "#/components/schemas/Problem"}
        assert media["example"]["status"] == int(status)
        assert media["example"]["code"]


@each_operation
def test_examples_are_accepted_by_the_schema_beside_them(name: str) -> None:
    shown = list(_media(OPERATIONS[name]))
    assert shown
    for media in shown:
        _validator(media["schema"]).validate(media["example"])
    for parameter in OPERATIONS[name].get("parameters", []):
        for example in parameter["schema"].get("examples", []):
            _validator(parameter["schema"]).validate(example)


@pytest.mark.parametrize("name", DOCUMENT["components"]["schemas"])
def test_examples_of_fields_are_accepted_by_the_fields(name: str) -> None:
    for field in DOCUMENT["components"]["schemas"][name].get("properties", {}).values():
        for example in field.get("examples", []):
            _validator(field).validate(example)


@each_operation
def test_every_answer_names_its_request(name: str) -> None:
    for answer in OPERATIONS[name]["responses"].values():
        assert "X-Request-ID" in _resolved(answer)["headers"]


@pytest.mark.parametrize("name", [name for name in OPERATIONS if is_limited(name.partition(" ")[2])])
def test_every_answer_of_the_api_tells_what_is_left(name: str) -> None:
    for answer in OPERATIONS[name]["responses"].values():
        told = {header for header in _resolved(answer)["headers"] if header.startswith("RateLimit-")}
        assert told == {f"RateLimit-{word}" for word in ("Limit", "Remaining", "Reset", "Policy")}


def test_signed_in_changes_take_an_idempotency_key_unless_about_signing_in_or_harmless_again() -> None:
    takers = {name for name, operation in OPERATIONS.items() if "Idempotency-Key" in _parameter_names(operation)}
    changes = {name for name, operation in OPERATIONS.items() if operation["security"] and not name.startswith("GET")}
    questions = {"POST /api/v1/fees/preview", "POST /api/v1/webhooks/endpoints/{endpoint_id}/test"}
    secrets = {"POST /api/v1/webhooks/endpoints", "POST /api/v1/webhooks/endpoints/{endpoint_id}/rotate-secret"}
    harmless = {name for name in changes if " /api/v1/auth/" in name or name.startswith("DELETE")} | questions | secrets
    assert changes - takers <= harmless
    assert takers <= changes


def test_public_reads_can_be_revalidated() -> None:
    public = {name for name, operation in OPERATIONS.items() if "304" in operation["responses"]}
    assert public == {
        "GET /.well-known/jwks.json",
        "GET /api/v1/categories", "GET /api/v1/categories/{slug}", "GET /api/v1/services/categories",
        "GET /api/v1/notifications/vapid-key",
        "GET /api/v1/feeds/community", "GET /api/v1/feeds/community/{product_id}/offers", "GET /api/v1/feeds/discover",
        "GET /api/v1/products", "GET /api/v1/products/{product_id}", "GET /api/v1/users/{user_id}",
        "GET /api/v1/search", "GET /api/v1/search/suggest",
        "GET /api/v1/users/{user_id}/followers", "GET /api/v1/users/{user_id}/following",
        "GET /api/v1/users/{user_id}/products", "GET /api/v1/users/{user_id}/reviews",
        "GET /api/v1/products/{product_id}/reviews",
        "GET /api/v1/services", "GET /api/v1/services/{service_id}", "GET /api/v1/gigs", "GET /api/v1/gigs/{gig_id}",
        "GET /api/v1/workers", "GET /api/v1/workers/{worker_id}",
    }  # fmt: skip
    for name in public:
        assert "If-None-Match" in _parameter_names(OPERATIONS[name])
        assert "ETag" in OPERATIONS[name]["responses"]["200"]["headers"]


@each_operation
def test_inputs_take_nothing_unknown(name: str) -> None:
    for media in OPERATIONS[name].get("requestBody", {}).get("content", {}).values():
        for schema in _reachable(media["schema"]):
            assert schema.get("additionalProperties") is False or "properties" not in schema


def test_money_is_a_number_and_a_price_is_positive() -> None:
    schemas = DOCUMENT["components"]["schemas"]
    assert schemas["ProductView"]["properties"]["price"]["type"] == "number"
    assert schemas["TrialBalanceView"]["properties"]["totals"]["additionalProperties"] == {"type": "number"}
    for price in (schemas["NewProduct"]["properties"]["price"], schemas["NewOffer"]["properties"]["offered_price"]):
        assert (price["type"], price["exclusiveMinimum"]) == ("number", 0)


def test_what_may_be_null_what_may_be_missing_and_what_is_always_there() -> None:
    schemas = DOCUMENT["components"]["schemas"]
    product, page = schemas["ProductView"], schemas["PageProductView"]
    assert set(product["required"]) == product["properties"].keys()
    assert product["properties"]["neighborhood"]["type"] == ["string", "null"]
    assert product["properties"]["created_at"]["format"] == "date-time"
    assert product["properties"]["id"]["format"] == "uuid"
    assert page["properties"].keys() - set(page["required"]) == {"total_is_estimate"}
    assert schemas["SuccessProductView"]["properties"]["success"]["const"] is True
    assert schemas["Problem"]["properties"]["success"]["const"] is False
    assert schemas["NewProduct"]["required"] == ["title", "price", "category", "feed_type"]


def _validator(schema: Json) -> OAS31Validator:
    whole = {**schema, "components": DOCUMENT["components"]}
    return OAS31Validator(whole, format_checker=OAS31Validator.FORMAT_CHECKER)


def _media(operation: Json) -> Iterator[Json]:
    yield from operation.get("requestBody", {}).get("content", {}).values()
    for answer in operation["responses"].values():
        yield from _resolved(answer).get("content", {}).values()


def _parameter_names(operation: Json) -> set[str]:
    return {parameter["name"] for parameter in operation.get("parameters", [])}


def _resolved(value: Json) -> Json:
    if "$ref" not in value:
        return value
    found: Json = DOCUMENT
    for part in value["$ref"].removeprefix("#/").split("/"):
        found = found[part]
    return found


def _reachable(schema: Any) -> Iterator[Json]:
    if isinstance(schema, list):
        for part in schema:
            yield from _reachable(part)
    elif isinstance(schema, dict):
        schema = _resolved(schema)
        yield schema
        for part in schema.values():
            yield from _reachable(part)
