"""Listings, negotiations, orders and payments that are valid unless a test says otherwise."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from marketplace.adapters.ids import TimeOrderedIds
from marketplace.application.catalog.listings import Draft
from marketplace.application.payments.ports import Card, Charge
from marketplace.application.shared.actor import Actor, Permission
from marketplace.domain.catalog.listing import Audience, Channel, Listing
from marketplace.domain.catalog.media import Media
from marketplace.domain.catalog.terms import ProductTerms
from marketplace.domain.ordering.fees import fee_on
from marketplace.domain.ordering.order import PAYMENT_TIME, Order, OrderLine
from marketplace.domain.payments.payment import Cause, CauseKind, Outcome, Payment, PaymentMethod, Verdict
from marketplace.domain.payments.shares import Share
from marketplace.domain.shared.ids import ListingId, NegotiationId, OrderId, PaymentId, SessionId, UserId
from marketplace.domain.shared.money import Money
from marketplace.domain.shared.subject import Subject, SubjectKind
from marketplace.domain.trading.negotiation import Negotiation
from marketplace.domain.trading.offer import Asked, Offer, OfferId
from marketplace.domain.trading.terms import TermSheet
from marketplace.domain.trading.units import ONE

NOON = datetime(2030, 1, 1, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
PRICE = Decimal("850.00")
OFFERED = Decimal("750.00")
GOOD_CARD = Card("4242424242424242", 12, 2030, "123")
BAD_CARD = Card("4000000000000002", 12, 2030, "123")
SLOW_CARD = Card("4000000000000341", 12, 2030, "123")
APPROVED = Outcome(verdict=Verdict.CAPTURED, reference="reference-1", message="Approved")
DECLINED = Outcome(verdict=Verdict.FAILED, reference=None, message="Card declined")

new_id = TimeOrderedIds().new


def aed(amount: str | int) -> Money:
    return Money.price(Decimal(amount), "AED")


def a_user_id() -> UserId:
    return UserId(new_id())


def an_actor(user: UserId | None = None, *permissions: Permission) -> Actor:
    """With every permission unless some are named."""
    return Actor(user or a_user_id(), SessionId(new_id()), frozenset(permissions or Permission))


def an_actor_who_may_not(missing: Permission, user: UserId | None = None) -> Actor:
    return Actor(user or a_user_id(), SessionId(new_id()), frozenset(Permission) - {missing})


def a_draft(**changes: Any) -> Draft:
    given: dict[str, Any] = {
        "title": "Vintage film camera", "description": "Works perfectly.", "price": Money.price(PRICE, "AED"),
        "category": "electronics", "terms": ProductTerms(), "channel": Channel.COMMUNITY,
        "audience": Audience.EVERYONE, "media": Media(),
        "location": None, "neighborhood": None, "tags": (),
    }  # fmt: skip
    return Draft(**{**given, **changes})


def a_listing(**changes: Any) -> Listing:
    given: dict[str, Any] = {
        "id": ListingId(new_id()), "seller": a_user_id(), "title": "Vintage film camera", "description": "Works.",
        "price": Money.price(PRICE, "AED"), "category": "electronics",
        "channel": Channel.COMMUNITY, "created_at": NOON,
    }  # fmt: skip
    return Listing(**{**given, **changes})


def a_published_listing(**changes: Any) -> Listing:
    listing = a_listing(**changes)
    listing.publish(NOON)
    return listing


def a_negotiation(**changes: Any) -> Negotiation:
    """Nobody has made an offer yet."""
    given: dict[str, Any] = {
        "id": NegotiationId(new_id()), "subject": Subject.of_listings(ListingId(new_id())), "buyer": a_user_id(),
        "seller": a_user_id(), "currency": "AED", "asked": Asked(price=aed(str(PRICE))),
    }  # fmt: skip
    return Negotiation(**{**given, **changes})


def terms(amount: str | int | Decimal = OFFERED, **changes: Any) -> TermSheet:
    given: dict[str, Any] = {"price": Money.price(Decimal(amount), "AED"), "quantity": ONE}
    return TermSheet(**{**given, **changes})


def an_offer(on: Negotiation, *, by: UserId | None = None, now: datetime = NOON, message: str | None = None) -> Offer:
    return on.offer(OfferId(new_id()), terms(), by=by or on.buyer, message=message, now=now)


def an_order(**changes: Any) -> Order:
    """Not placed yet."""
    amount: Money = changes.pop("amount", Money.price(OFFERED, "AED"))
    subject = changes.get("subject", Subject.of_listings(ListingId(new_id())))
    given: dict[str, Any] = {
        "id": OrderId(new_id()), "subject": subject, "negotiation_id": NegotiationId(new_id()),
        "buyer": a_user_id(), "seller": a_user_id(), "lines": (a_line(subject.id, amount),),
        "payment_due_at": NOON + PAYMENT_TIME, "created_at": NOON,
    }  # fmt: skip
    return Order(**{**given, **changes})


def a_line(listing: UUID, amount: Money, *, channel: str = "community", quantity: str = "1") -> OrderLine:
    return OrderLine(
        kind=SubjectKind.LISTING, subject=listing, quantity=Decimal(quantity), unit="piece", amount=amount,
        fee=fee_on(channel, amount),
    )  # fmt: skip


def a_placed_order(**changes: Any) -> Order:
    order = an_order(**changes)
    order.place()
    return order


def a_payment(**changes: Any) -> Payment:
    """Of one line at a fee of 5 %, unless `shares` are given."""
    amount: Money = changes.pop("amount", Money.price(OFFERED, "AED"))
    nothing = Money(0, amount.currency)
    given: dict[str, Any] = {
        "id": PaymentId(new_id()), "cause": Cause(CauseKind.ORDER, new_id()), "payer": a_user_id(),
        "payee": a_user_id(), "shares": (Share.of(amount, amount.share(500)),), "method": PaymentMethod.CREDIT_CARD,
        "provider": "simulator", "withdrawn": nothing, "refunding": nothing, "refunded": nothing,
        "expires_at": NOON + PAYMENT_TIME,
        "created_at": NOON,
    }  # fmt: skip
    return Payment(**{**given, **changes})


def a_charge(payment: PaymentId, amount: Money, card: Card | None) -> Charge:
    return Charge(
        payment_id=payment, amount=amount, card=card, description="Order M-00000001", return_url="http://localhost"
    )
