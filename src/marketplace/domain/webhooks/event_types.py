"""What developers are told of: the stable names of webhook events, and the notice that each of them is."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import NAMESPACE_OID, UUID, uuid5

from marketplace.domain.shared.errors import Invalid

MOST_PATTERNS = 50


class UnknownEventType(Invalid):
    code = "unknown_event_type"


@dataclass(frozen=True, slots=True)
class EventType:
    """`notice`: what sockets and /sync/events call it. `subject`: the field that names the aggregate, or several of
    which the first that is there does; events that have the same one reach an endpoint in order."""

    name: str
    notice: str
    subject: str
    description: str
    example: Mapping[str, object]


_ID, _OTHER = "01970000-0000-7000-8000-000000000001", "01970000-0000-7000-8000-000000000002"
_MOMENT = "2026-01-01T00:00:00Z"
_OFFER: dict[str, Any] = {
    "id": _ID, "product_id": _OTHER, "negotiation_id": _ID, "quantity": 1, "unit": "piece", "currency": "AED",
    "status": "pending", "side": "buyer", "turn": "seller", "expires_at": _MOMENT, "offered_price": 750.0,
    "original_price": 850.0,
}  # fmt: skip
_MONEY = {"order_id": _ID, "payment_id": _OTHER, "amount": 750.0, "currency": "AED"}
_REFUND = {"id": _ID, "payment_id": _OTHER, "order_id": _ID, "amount": 300.0, "currency": "AED"}
_PAID = "order_id payment_id"
_TALK = "conversation_id"
_MESSAGE: dict[str, Any] = {
    "message_id": _ID, "conversation_id": _OTHER, "number": 7, "user_id": _ID, "username": "amina",
    "content": "Hello", "message_type": "text", "timestamp": _MOMENT, "edited_at": None, "is_deleted": False,
}  # fmt: skip
_MOVED = {"order_id": _ID, "status": "accepted"}

EVENT_TYPES = (
    EventType("offer.created", "offer:created", "negotiation_id", "You made an offer.", _OFFER),
    EventType("offer.received", "offer:new", "negotiation_id", "Somebody made you an offer.", _OFFER),
    EventType(
        "offer.updated", "offer:updated", "negotiation_id",
        "An offer of yours or to you was countered, accepted, declined, withdrawn, superseded, or expired.",
        _OFFER | {"status": "accepted", "turn": None},
    ),
    EventType(
        "trade.updated", "trade:updated", "trade_id", "A trade that you own or take part in changed.",
        {
            "trade_id": _ID, "status": "published", "side": "buy", "commodity": "Cotton", "quantity": 500,
            "remaining_quantity": 300, "unit": "bale", "visibility": "open", "valid_until": _MOMENT,
        },
    ),
    EventType(
        "order.created", "order_created", "order_id", "You bought or sold something.",
        {"order_id": _ID, "product_id": _OTHER, "amount": 750.0, "currency": "AED", "payment_due_at": _MOMENT},
    ),
    EventType("order.status_changed", "order_status_changed", "order_id", "An order of yours moved on.", _MOVED),
    EventType(
        "order.assigned", "order_assigned", "order_id", "Somebody was given an order to carry out.",
        _MOVED | {"assignee_id": _OTHER},
    ),
    EventType(
        "payment.succeeded", "payment_success", _PAID, "A payment by you or to you was captured.", _MONEY
    ),
    EventType(
        "payment.failed", "payment_failed", _PAID, "A payment by you failed.",
        _MONEY | {"reason": "card_declined"},
    ),
    EventType(
        "payment.chargeback", "payment_chargeback", _PAID, "A bank took a payment to you back, or decided.",
        _MONEY | {"status": "needs_response"},
    ),
    EventType("refund.requested", "refund_requested", _PAID, "A refund was asked for.", _REFUND),
    EventType("refund.rejected", "refund_rejected", _PAID, "A request for a refund was rejected.", _REFUND),
    EventType("refund.withdrawn", "refund_withdrawn", _PAID, "A request for a refund was withdrawn.", _REFUND),
    EventType("refund.escalated", "refund_escalated", _PAID, "Nobody answered the request: we do.", _REFUND),
    EventType("refund.succeeded", "payment_refunded", _PAID, "Money of a payment went back.", _REFUND),
    EventType(
        "payout.updated", "payout:updated", "id", "A payout of yours moved on.",
        {"id": _ID, "status": "paid", "held_for": None, "amount": 500.0, "currency": "AED"},
    ),
    EventType(
        "payout_account.updated", "payout_account:updated", "id", "A payout account of yours was added or removed.",
        {"id": _ID, "status": "added", "kind": "bank", "masked": "•••• 1234"},
    ),
    EventType(
        "dispute.updated", "dispute:updated", "dispute_id", "A dispute of yours was opened, answered or decided.",
        {"dispute_id": _ID, "order_id": _OTHER, "status": "opened", "change": "opened", "changed_at": _MOMENT},
    ),
    EventType(
        "subscription.updated", "subscription:updated", "subscription_id",
        "A subscription of yours, or to a plan of yours, changed.",
        {"subscription_id": _ID, "change": "started", "status": "active", "next_at": _MOMENT},
    ),
    EventType(
        "listing.reviewed", "listing:reviewed", "product_id", "A product of yours was approved, rejected or removed.",
        {"product_id": _ID, "decision": "approve", "status": "active", "reason": None},
    ),
    EventType(
        "search.matched", "search:match", "product_id", "A new product matches a search that you saved.",
        {"saved_search_id": _ID, "product_id": _OTHER, "title": "Vintage film camera"},
    ),
    EventType(
        "review.published", "review:published", "order_id", "The reviews of an order became public.",
        {"order_id": _ID, "by_buyer": _ID, "by_seller": _OTHER},
    ),
    EventType(
        "review.taken_down", "review:taken_down", "review_id", "A review that you wrote was taken down.",
        {"review_id": _ID, "reason": "Names a third person."},
    ),
    EventType("message.created", "message:new", _TALK, "A message came into a conversation of yours.", _MESSAGE),
    EventType(
        "message.updated", "message:updated", _TALK, "A message was edited.", _MESSAGE | {"edited_at": _MOMENT}
    ),
    EventType(
        "message.deleted", "message:deleted", _TALK, "A message was deleted.",
        _MESSAGE | {"content": "", "is_deleted": True},
    ),
    EventType("call.missed", "call:missed", "call_id", "Nobody took a call, yours or to you.", {"call_id": _ID}),
    EventType("call.ended", "call:ended", "call_id", "A call of yours ended.", {"call_id": _ID}),
)  # fmt: skip
BY_NOTICE: Mapping[str, EventType] = {one.notice: one for one in EVENT_TYPES}
TEST = "webhook.test"
"""What the test button sends; nobody subscribes to it."""


def _group(name: str) -> str:
    """Of `order.created` it is `order.*`."""
    return f"{name.partition('.')[0]}.*"


_PATTERNS = frozenset({"*", *(one.name for one in EVENT_TYPES), *(_group(one.name) for one in EVENT_TYPES)})
_HUMP = re.compile(r"(?<=[a-z0-9])([A-Z])")


def known_patterns(patterns: Iterable[str]) -> tuple[str, ...]:
    """Each once, in order; raises UnknownEventType."""
    chosen = tuple(sorted(set(patterns)))
    if not 0 < len(chosen) <= MOST_PATTERNS:
        raise UnknownEventType(f"name 1 to {MOST_PATTERNS} event types, or * for all", field="event_types")
    for one in chosen:
        if one not in _PATTERNS:
            raise UnknownEventType(
                f"{one!r} is no event type: see GET /api/v1/webhooks/event-types", field="event_types"
            )
    return chosen


def matches(name: str, patterns: Iterable[str]) -> bool:
    return not {"*", name, _group(name)}.isdisjoint(patterns)


def in_snake_case(value: Any) -> Any:
    """The same data with every name in snake_case."""
    if isinstance(value, Mapping):
        return {_HUMP.sub(r"_\1", name).lower(): in_snake_case(item) for name, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [in_snake_case(item) for item in value]
    return value


def subject_of(kind: EventType, data: Mapping[str, object], event_id: UUID) -> UUID:
    """An event without the field stands for itself."""
    found = next((data[name] for name in kind.subject.split() if name in data), None)
    if found is None:
        return event_id
    return found if isinstance(found, UUID) else uuid5(NAMESPACE_OID, str(found))


def schema_of(example: object) -> dict[str, object]:
    """A JSON Schema of what looks like the example; more fields may come."""
    match example:
        case Mapping():
            return {"type": "object", "properties": {name: schema_of(item) for name, item in example.items()}}
        case bool():
            return {"type": "boolean"}
        case int() | float():
            return {"type": "number"}
        case None:
            return {}
        case str() if example == _MOMENT:
            return {"type": "string", "format": "date-time"}
        case str() if example in {_ID, _OTHER}:
            return {"type": "string", "format": "uuid"}
    return {"type": "string"}
