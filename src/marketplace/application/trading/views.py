from datetime import datetime
from decimal import Decimal
from typing import Annotated, Self

import msgspec
from msgspec import Meta

from marketplace.domain.shared.ids import ListingId, NegotiationId, OrderId
from marketplace.domain.trading.negotiation import Negotiation, Offer, OfferId, OfferStatus, Side


class OfferView(msgspec.Struct, frozen=True):
    """An offer as its two parties see it. Prices are for the whole quantity."""

    id: OfferId
    product_id: ListingId
    negotiation_id: NegotiationId
    offered_price: Annotated[Decimal, Meta(examples=[750.00])]
    original_price: Annotated[Decimal, Meta(examples=[850.00])]
    currency: Annotated[str, Meta(examples=["AED"])]
    quantity: int
    message: str | None
    status: OfferStatus
    side: Annotated[Side, Meta(description="Who made it; the other side answers it.")]
    expires_at: datetime
    created_at: datetime

    @classmethod
    def of(cls, negotiation: Negotiation, offer: Offer) -> Self:
        return cls(
            id=offer.id, product_id=negotiation.listing_id, negotiation_id=negotiation.id,
            offered_price=offer.price.decimal, original_price=negotiation.list_price.decimal,
            currency=offer.price.currency, quantity=offer.quantity, message=offer.message, status=offer.status,
            side=offer.side, expires_at=offer.expires_at, created_at=offer.created_at,
        )  # fmt: skip


class AcceptedView(msgspec.Struct, frozen=True):
    """`transaction_id` is the id of the order that the acceptance placed."""

    id: OfferId
    status: OfferStatus
    transaction_id: OrderId
    message: str
