"""What each event is to the people it concerns: the event names and payloads of the socket contract."""

from collections.abc import Iterable, Mapping
from typing import Any

from marketplace.application.shared.user_events import Notice
from marketplace.application.trading.audience import Audience
from marketplace.domain.catalog.events import ListingReviewed, ListingTakenDown
from marketplace.domain.catalog.moderation import Decision
from marketplace.domain.catalog.saved_search import SearchMatched
from marketplace.domain.catalog.standing import ListingStatus
from marketplace.domain.ordering.events import OrderExpired, OrderPlaced
from marketplace.domain.payments.payment import PaymentCaptured, PaymentFailed
from marketplace.domain.reviews.exchange import ReviewsPublished, ReviewTakenDown
from marketplace.domain.shared.ids import UserId
from marketplace.domain.shared.subject import Subject, SubjectKind
from marketplace.domain.trading.offer import (
    OfferAccepted,
    OfferCountered,
    OfferDeclined,
    OfferEvent,
    OfferMade,
    OfferStatus,
    OfferWithdrawn,
    Side,
)
from marketplace.domain.trading.trade import TradeStatus


def is_sealed(event: OfferEvent) -> bool:
    """Whether it happened before the deadline of a sealed trade: then it is its maker's to know."""
    return event.sealed_until is not None and event.occurred_at < event.sealed_until


def parties(event: OfferEvent) -> tuple[UserId, UserId]:
    """Who made the offer, and to whom."""
    return (event.buyer, event.seller) if event.side is Side.BUYER else (event.seller, event.buyer)


def of_new_offer(event: OfferMade) -> list[Notice]:
    created = Notice(parties(event)[0], "offer:created", _new_offer(event))
    return [created] if is_sealed(event) else [created, of_offer_received(event)]


def of_offer_received(event: OfferMade) -> Notice:
    return Notice(parties(event)[1], "offer:new", _new_offer(event))


def of_answered_offer(event: OfferEvent, status: OfferStatus) -> list[Notice]:
    payload, (maker, other), by = _offer(event, status), parties(event), None
    match event:
        case OfferCountered():
            payload |= {"counterOfferId": event.counter_offer_id, "turn": event.side}
        case OfferAccepted():
            taken = {"amount": event.amount.decimal, "takenQuantity": event.taken.amount}
            payload |= {"transactionId": event.order_id, "byRule": event.by_rule, **taken}
            by = None if event.by_rule else other
        case OfferDeclined():
            payload["byRule"] = event.by_rule
            by = None if event.by_rule else other
        case OfferWithdrawn():
            by = maker
    told = [maker] if is_sealed(event) else [maker, other]
    return [Notice(one, "offer:updated", payload, quiet=one == by) for one in told]


def of_trade(
    audience: Audience, status: TradeStatus, to: Iterable[UserId], *, after_offer: bool = False
) -> list[Notice]:
    """Nothing in it tells of anybody's offer; who made or answered one hears of that by itself."""
    trade, need = audience.trade, audience.trade.need
    payload = {
        "tradeId": trade.id, "status": status, "side": trade.side, "commodity": need.commodity,
        "quantity": need.quantity.amount, "remainingQuantity": audience.left, "unit": need.quantity.unit,
        "visibility": trade.visibility, "validUntil": trade.valid_until,
    }  # fmt: skip
    published = status is TradeStatus.PUBLISHED
    return [
        Notice(one, "trade:updated", payload, quiet=after_offer or (published and one == trade.owner)) for one in to
    ]


def of_placed_order(event: OrderPlaced) -> list[Notice]:
    payload = {
        "order_id": event.order_id, **_goods(event.subject), "amount": event.amount.decimal,
        "currency": event.amount.currency, "payment_due_at": event.payment_due_at,
    }  # fmt: skip
    return [
        Notice(party, "order_created", payload, quiet=party == event.buyer) for party in (event.seller, event.buyer)
    ]


def of_expired_order(event: OrderExpired) -> list[Notice]:
    payload = {"order_id": event.order_id, "status": "expired"}
    return [Notice(party, "order_status_changed", payload) for party in (event.seller, event.buyer)]


def of_captured_payment(event: PaymentCaptured) -> list[Notice]:
    return [Notice(party, "payment_success", _payment(event)) for party in dict.fromkeys((event.payer, event.payee))]


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


def of_published_reviews(event: ReviewsPublished) -> list[Notice]:
    """The id is null where that side wrote none."""
    payload = {"orderId": event.order_id, "byBuyer": event.by_buyer, "bySeller": event.by_seller}
    return [Notice(party, "review:published", payload) for party in (event.buyer, event.seller)]


def of_review_taken_down(event: ReviewTakenDown) -> list[Notice]:
    return [Notice(event.author, "review:taken_down", {"reviewId": event.review_id, "reason": event.reason})]


def _goods(subject: Subject) -> dict[str, Any]:
    """`product_id` is the first of a package."""
    if subject.listings:
        return {"product_id": subject.listings[0]}
    return {"trade_id" if subject.kind is SubjectKind.TRADE else "lot_id": subject.id}


def _goods_in_humps(subject: Subject) -> dict[str, Any]:
    return {name.replace("_id", "Id"): value for name, value in _goods(subject).items()}


def _new_offer(event: OfferMade) -> dict[str, Any]:
    return {**_offer(event, OfferStatus.PENDING), "turn": event.side.other, "message": event.message}


def _offer(event: OfferEvent, status: OfferStatus) -> dict[str, Any]:
    """`id` is that of this very proposal; on the desk `negotiationId` is the offer's id in paths.

    `turn`: whose answer is awaited, null when it is over.
    """
    terms, subject = event.terms, event.subject
    payload: dict[str, Any] = {
        "id": event.offer_id, **_goods_in_humps(subject), "negotiationId": event.negotiation_id,
        "quantity": terms.quantity.amount, "unit": terms.quantity.unit, "currency": terms.price.currency,
        "status": status, "side": event.side, "turn": None, "expiresAt": event.expires_at,
    }  # fmt: skip
    if subject.kind is SubjectKind.PACKAGE:
        payload["productIds"] = subject.listings
    if subject.kind is not SubjectKind.TRADE:
        return payload | {
            "offeredPrice": terms.amount.decimal, "originalPrice": (event.asked or terms.amount).decimal,
        }  # fmt: skip
    return payload | {
        "price": terms.price.decimal, "priceUnit": terms.price_unit, "amount": terms.amount.decimal,
        "unitPriceNormalized": terms.unit_price, "deliveryDays": terms.delivery_days,
        "paymentTerms": terms.payment_terms, "lotId": terms.lot,
    }  # fmt: skip


def _payment(event: PaymentCaptured | PaymentFailed) -> Mapping[str, Any]:
    return {
        f"{event.cause.kind}_id": event.cause.id, "payment_id": event.payment_id, "amount": event.amount.decimal,
        "currency": event.amount.currency,
    }  # fmt: skip
