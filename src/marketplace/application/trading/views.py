from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Self
from uuid import UUID

import msgspec
from msgspec import Meta

from marketplace.domain.shared.ids import ListingId, NegotiationId, OrderId, UserId
from marketplace.domain.trading.negotiation import Negotiation
from marketplace.domain.trading.offer import NegotiationStatus, Offer, OfferId, OfferStatus, Rule, Side
from marketplace.domain.trading.terms import TermSheet


class ChangeView(msgspec.Struct, frozen=True):
    """A line of the term sheet that is not as it was in the offer before."""

    field: Annotated[str, Meta(examples=["delivery_days"])]
    before: Annotated[str | None, Meta(examples=["15"])]
    after: Annotated[str | None, Meta(examples=["10"])]


class TermsView(msgspec.Struct, frozen=True):
    """The lines of a term sheet beside price and quantity; null: nothing was said."""

    delivery_terms: Annotated[str | None, Meta(examples=["ex-works"])]
    delivery_place: Annotated[str | None, Meta(examples=["Guntur"])]
    delivery_days: Annotated[int | None, Meta(examples=[15])]
    deliver_by: date | None
    payment_terms: Annotated[str | None, Meta(examples=["letter of credit, 30 days"])]
    quality: Annotated[dict[str, str], Meta(examples=[{"staple_length": "29 mm"}])]
    lot_id: UUID | None

    @classmethod
    def of(cls, terms: TermSheet) -> Self:
        return cls(
            terms.delivery_terms, terms.delivery_place, terms.delivery_days, terms.deliver_by, terms.payment_terms,
            dict(terms.quality), terms.lot,
        )  # fmt: skip


class OfferView(msgspec.Struct, frozen=True):
    """An offer as its two parties see it. Prices are for the whole quantity.

    `product_id` is the first of a package. `by_rule`: what answered it in the seller's name, if no person did.
    """

    id: OfferId
    product_id: ListingId
    product_ids: list[ListingId]
    negotiation_id: NegotiationId
    offered_price: Annotated[Decimal, Meta(examples=[750.00])]
    original_price: Annotated[Decimal, Meta(examples=[850.00])]
    currency: Annotated[str, Meta(examples=["AED"])]
    quantity: Annotated[Decimal, Meta(examples=[1])]
    unit: Annotated[str, Meta(examples=["piece"])]
    terms: TermsView
    changes: Annotated[list[ChangeView], Meta(description="Against the offer before it in the negotiation.")]
    message: str | None
    status: OfferStatus
    side: Annotated[Side, Meta(description="Who made it; the other side answers it.")]
    by_rule: Rule | None
    expires_at: datetime
    created_at: datetime

    @classmethod
    def of(cls, negotiation: Negotiation, offer: Offer) -> Self:
        place = negotiation.offers.index(offer)
        former = negotiation.offers[place - 1].terms if place else offer.terms
        changes = [ChangeView(one.field, one.before, one.after) for one in offer.terms.changes_since(former)]
        asked = negotiation.asked
        listings = list(negotiation.subject.listings)
        return cls(
            id=offer.id, product_id=listings[0], product_ids=listings, negotiation_id=negotiation.id,
            offered_price=offer.terms.amount.decimal,
            original_price=(asked.price_of(offer.terms.quantity) if asked else offer.terms.amount).decimal,
            currency=negotiation.currency, quantity=offer.terms.quantity.amount, unit=offer.terms.quantity.unit,
            terms=TermsView.of(offer.terms), changes=changes, message=offer.message, status=offer.status,
            side=offer.side, by_rule=offer.by_rule, expires_at=offer.expires_at, created_at=offer.created_at,
        )  # fmt: skip


class HistoryView(msgspec.Struct, frozen=True):
    """A negotiation from its first offer to where it stands. `turn`: whose answer is awaited; null when it is over."""

    negotiation_id: NegotiationId
    product_id: ListingId
    product_ids: list[ListingId]
    buyer_id: UserId
    seller_id: UserId
    status: NegotiationStatus
    turn: Side | None
    items: Annotated[list[OfferView], Meta(description="Every offer, oldest first.")]

    @classmethod
    def of(cls, negotiation: Negotiation) -> Self:
        listings = list(negotiation.subject.listings)
        return cls(
            negotiation_id=negotiation.id, product_id=listings[0], product_ids=listings, buyer_id=negotiation.buyer,
            seller_id=negotiation.seller, status=negotiation.status, turn=negotiation.turn,
            items=[OfferView.of(negotiation, offer) for offer in negotiation.offers],
        )  # fmt: skip


class BroadcastView(msgspec.Struct, frozen=True):
    """To how many an offer was made, and how many were left out: blocked, negotiating already, or asked today."""

    sent: int
    skipped: int


class AcceptedView(msgspec.Struct, frozen=True):
    """`transaction_id` is the id of the order that the acceptance placed."""

    id: OfferId
    status: OfferStatus
    transaction_id: OrderId
    message: str
