"""What each event is to the people it concerns: the event names and payloads of the socket contract."""

from collections.abc import Mapping
from typing import Any

from marketplace.domain.catalog.events import ListingReviewed, ListingTakenDown
from marketplace.domain.catalog.moderation import Decision
from marketplace.domain.catalog.saved_search import SearchMatched
from marketplace.domain.catalog.standing import ListingStatus
from marketplace.domain.notifications.notice import Notice
from marketplace.domain.ordering.order import OrderExpired, OrderPlaced
from marketplace.domain.payments.payment import PaymentCaptured, PaymentFailed
from marketplace.domain.shared.subject import Subject, SubjectKind
from marketplace.domain.trading.offer import OfferAccepted, OfferCountered, OfferEvent, OfferMade, OfferStatus, Side


def of_new_offer(event: OfferMade) -> list[Notice]:
    maker, other = (event.buyer, event.seller) if event.side is Side.BUYER else (event.seller, event.buyer)
    payload = {**_offer(event, OfferStatus.PENDING), "message": event.message}
    return [Notice(maker, "offer:created", payload), Notice(other, "offer:new", payload)]


def of_answered_offer(event: OfferEvent, status: OfferStatus) -> list[Notice]:
    payload: dict[str, Any] = _offer(event, status)
    if isinstance(event, OfferCountered):
        payload["counterOfferId"] = event.counter_offer_id
    if isinstance(event, OfferAccepted):
        payload["transactionId"] = event.order_id
    return [Notice(party, "offer:updated", payload) for party in (event.buyer, event.seller)]


def of_placed_order(event: OrderPlaced) -> list[Notice]:
    payload = {
        "order_id": event.order_id, **_goods(event.subject), "amount": event.amount.decimal,
        "currency": event.amount.currency, "payment_due_at": event.payment_due_at,
    }  # fmt: skip
    return [Notice(party, "order_created", payload) for party in (event.seller, event.buyer)]


def of_expired_order(event: OrderExpired) -> list[Notice]:
    payload = {"order_id": event.order_id, "status": "expired"}
    return [Notice(party, "order_status_changed", payload) for party in (event.seller, event.buyer)]


def of_captured_payment(event: PaymentCaptured) -> list[Notice]:
    return [Notice(party, "payment_success", _payment(event)) for party in (event.payer, event.payee)]


def of_failed_payment(event: PaymentFailed) -> list[Notice]:
    """Only the payer: a declined card is nobody else's business."""
    return [Notice(event.payer, "payment_failed", {**_payment(event), "reason": event.reason})]


def of_reviewed_listing(event: ListingReviewed) -> list[Notice]:
    status = ListingStatus.ACTIVE if event.decision is Decision.APPROVE else ListingStatus.REJECTED
    return [_review(event, event.decision, status)]


def of_listing_taken_down(event: ListingTakenDown) -> list[Notice]:
    return [_review(event, "take_down", ListingStatus.REMOVED)]


def _review(event: ListingReviewed | ListingTakenDown, decision: str, status: ListingStatus) -> Notice:
    payload = {"productId": event.listing_id, "decision": decision, "status": status, "reason": event.reason}
    return Notice(event.seller, "listing:reviewed", payload)


def of_search_match(event: SearchMatched) -> list[Notice]:
    return [
        Notice(user, "search:match", {"savedSearchId": search, "productId": event.listing_id, "title": event.title})
        for user, search in event.found
    ]


def _goods(subject: Subject) -> dict[str, Any]:
    """`product_id` is the first of a package."""
    if subject.listings:
        return {"product_id": subject.listings[0]}
    return {"trade_id" if subject.kind is SubjectKind.TRADE else "lot_id": subject.id}


def _goods_in_humps(subject: Subject) -> dict[str, Any]:
    return {name.replace("_id", "Id"): value for name, value in _goods(subject).items()}


def _offer(event: OfferEvent, status: OfferStatus) -> dict[str, Any]:
    price = event.terms.amount
    return {
        "id": event.offer_id, **_goods_in_humps(event.subject),
        "negotiationId": event.negotiation_id, "offeredPrice": price.decimal,
        "originalPrice": (event.asked or price).decimal, "currency": price.currency,
        "status": status, "side": event.side, "expiresAt": event.expires_at,
    }  # fmt: skip


def _payment(event: PaymentCaptured | PaymentFailed) -> Mapping[str, Any]:
    return {
        "order_id": event.order_id, "payment_id": event.payment_id, "amount": event.amount.decimal,
        "currency": event.amount.currency,
    }  # fmt: skip
