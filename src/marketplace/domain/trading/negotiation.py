"""A negotiation: two parties exchange offers over a listing until they agree or it is dead."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, ClassVar, NewType
from uuid import UUID

from marketplace.domain.shared.aggregate import Aggregate, DomainEvent
from marketplace.domain.shared.errors import Conflict, Forbidden, Invalid, NotFound
from marketplace.domain.shared.ids import ListingId, NegotiationId, OrderId, UserId
from marketplace.domain.shared.money import Money
from marketplace.domain.shared.text import clean_text

OfferId = NewType("OfferId", UUID)

OFFER_LIFE = timedelta(hours=24)
MOST_OFFERS = 40
"""In one negotiation; who has not agreed by then starts afresh."""


class OfferNotFound(NotFound):
    code = "offer_not_found"


class OfferNotOpen(Conflict):
    code = "offer_not_open"


class NotYourTurn(Forbidden):
    code = "not_your_turn"


class NotYourOffer(Forbidden):
    code = "not_your_offer"


class OwnListing(Forbidden):
    code = "own_listing"


class Blocked(Forbidden):
    code = "blocked"

    def __init__(self) -> None:
        super().__init__("one of you has blocked the other: no offers can be made")


class OfferAbovePrice(Invalid):
    code = "offer_above_price"


class TooManyOffers(Conflict):
    code = "too_many_offers"


class NegotiationAlreadyOpen(Conflict):
    code = "negotiation_already_open"


class Side(StrEnum):
    BUYER = "buyer"
    SELLER = "seller"

    @property
    def other(self) -> "Side":
        return Side.SELLER if self is Side.BUYER else Side.BUYER


class NegotiationStatus(StrEnum):
    OPEN = "open"
    AGREED = "agreed"
    CLOSED = "closed"
    EXPIRED = "expired"
    CANCELLED = "cancelled"


class OfferStatus(StrEnum):
    PENDING = "pending"
    ACCEPTED = "accepted"
    DECLINED = "declined"
    COUNTERED = "countered"
    WITHDRAWN = "withdrawn"
    EXPIRED = "expired"
    SUPERSEDED = "superseded"


NEGOTIATION_MOVES: Mapping[NegotiationStatus, frozenset[NegotiationStatus]] = {
    NegotiationStatus.OPEN: frozenset(NegotiationStatus) - {NegotiationStatus.OPEN},
    NegotiationStatus.AGREED: frozenset(),
    NegotiationStatus.CLOSED: frozenset(),
    NegotiationStatus.EXPIRED: frozenset(),
    NegotiationStatus.CANCELLED: frozenset(),
}
OFFER_MOVES: Mapping[OfferStatus, frozenset[OfferStatus]] = {
    status: frozenset(OfferStatus) - {OfferStatus.PENDING} if status is OfferStatus.PENDING else frozenset()
    for status in OfferStatus
}


@dataclass(frozen=True, slots=True, kw_only=True)
class OfferEvent(DomainEvent):
    """What every event about an offer says; prices are per the whole quantity."""

    negotiation_id: NegotiationId
    offer_id: OfferId
    listing_id: ListingId
    buyer: UserId
    seller: UserId
    side: Side
    price: Money
    list_price: Money
    expires_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class OfferMade(OfferEvent):
    name: ClassVar[str] = "trading.offer_made.v1"
    message: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class OfferCountered(OfferEvent):
    name: ClassVar[str] = "trading.offer_countered.v1"
    counter_offer_id: OfferId


@dataclass(frozen=True, slots=True, kw_only=True)
class OfferAccepted(OfferEvent):
    name: ClassVar[str] = "trading.offer_accepted.v1"
    order_id: OrderId


@dataclass(frozen=True, slots=True, kw_only=True)
class OfferDeclined(OfferEvent):
    name: ClassVar[str] = "trading.offer_declined.v1"


@dataclass(frozen=True, slots=True, kw_only=True)
class OfferWithdrawn(OfferEvent):
    name: ClassVar[str] = "trading.offer_withdrawn.v1"


@dataclass(frozen=True, slots=True, kw_only=True)
class OfferExpired(OfferEvent):
    name: ClassVar[str] = "trading.offer_expired.v1"


@dataclass(frozen=True, slots=True, kw_only=True)
class OfferSuperseded(OfferEvent):
    name: ClassVar[str] = "trading.offer_superseded.v1"


@dataclass(slots=True, kw_only=True, eq=False)
class Offer:
    id: OfferId
    side: Side
    price: Money
    quantity: int
    message: str | None
    created_at: datetime
    expires_at: datetime
    status: OfferStatus = OfferStatus.PENDING


@dataclass(frozen=True, slots=True, kw_only=True)
class Agreement:
    """What the parties agreed on: the price is for the whole quantity."""

    negotiation_id: NegotiationId
    listing_id: ListingId
    buyer: UserId
    seller: UserId
    price: Money
    quantity: int


@dataclass(slots=True, kw_only=True, eq=False)
class Negotiation(Aggregate):
    """At most one offer is pending at any time; only the side that did not make it may answer it."""

    id: NegotiationId
    listing_id: ListingId
    buyer: UserId
    seller: UserId
    list_price: Money
    status: NegotiationStatus = NegotiationStatus.OPEN
    offers: list[Offer] = field(default_factory=list)
    """Oldest first."""

    def __post_init__(self) -> None:
        if self.buyer == self.seller:
            raise OwnListing("you cannot make an offer on your own listing")

    def offer(
        self, offer_id: OfferId, *, by: UserId, price: Money, quantity: int, message: str | None, now: datetime
    ) -> Offer:
        """Propose a price: the first offer, or the next after a counter. The caller's side must have the turn."""
        self._require_open()
        if self.pending is not None:
            raise NegotiationAlreadyOpen("an offer is pending already: answer or withdraw it")
        if len(self.offers) >= MOST_OFFERS:
            raise TooManyOffers(f"a negotiation has at most {MOST_OFFERS} offers")
        if price > self.list_price:
            field = "counter_price" if self.offers else "offered_price"
            raise OfferAbovePrice(f"the listing costs {self.list_price.decimal}", field=field)
        offer = Offer(
            id=offer_id, side=self.side_of(by), price=price, quantity=quantity, created_at=now,
            expires_at=now + OFFER_LIFE,
            message=None if message is None else clean_text(message, field="message", longest=1_000),
        )  # fmt: skip
        self.offers.append(offer)
        self._record(OfferMade(**self._facts(offer, now), message=offer.message))
        return offer

    def counter(
        self, offer_id: OfferId, new_id: OfferId, *, by: UserId, price: Money, message: str | None, now: datetime
    ) -> Offer:
        """Answer an offer with another; the first one is dead from then on."""
        countered = self._answerable(offer_id, by, now)
        countered.status = OfferStatus.COUNTERED
        self._record(OfferCountered(**self._facts(countered, now), counter_offer_id=new_id))
        return self.offer(new_id, by=by, price=price, quantity=countered.quantity, message=message, now=now)

    def accept(self, offer_id: OfferId, *, by: UserId, order_id: OrderId, now: datetime) -> Agreement:
        offer = self._answerable(offer_id, by, now)
        self._end(offer, OfferStatus.ACCEPTED, NegotiationStatus.AGREED)
        self._record(OfferAccepted(**self._facts(offer, now), order_id=order_id))
        return Agreement(
            negotiation_id=self.id, listing_id=self.listing_id, buyer=self.buyer, seller=self.seller,
            price=offer.price, quantity=offer.quantity,
        )  # fmt: skip

    def decline(self, offer_id: OfferId, *, by: UserId, now: datetime) -> None:
        offer = self._answerable(offer_id, by, now)
        self._end(offer, OfferStatus.DECLINED, NegotiationStatus.CLOSED)
        self._record(OfferDeclined(**self._facts(offer, now)))

    def withdraw(self, offer_id: OfferId, *, by: UserId, now: datetime) -> None:
        side = self.side_of(by)
        offer = self.find(offer_id)
        if offer.side is not side:
            raise NotYourOffer("only who made an offer may withdraw it", offer_id=offer_id)
        self._require_pending(offer, now)
        self._end(offer, OfferStatus.WITHDRAWN, NegotiationStatus.CLOSED)
        self._record(OfferWithdrawn(**self._facts(offer, now)))

    def expire(self, offer_id: OfferId, now: datetime) -> bool:
        """End a negotiation whose pending offer ran out; False when there is nothing to end (any more)."""
        offer = self.find(offer_id)
        if offer.status is not OfferStatus.PENDING or now < offer.expires_at:
            return False
        self._end(offer, OfferStatus.EXPIRED, NegotiationStatus.EXPIRED)
        self._record(OfferExpired(**self._facts(offer, now)))
        return True

    def supersede(self, now: datetime) -> Offer | None:
        """The listing went to somebody else, or a party has left; returns the offer that was pending."""
        self._require_open()
        offer = self.pending
        self.status = NegotiationStatus.CANCELLED
        if offer is not None:
            offer.status = OfferStatus.SUPERSEDED
            self._record(OfferSuperseded(**self._facts(offer, now)))
        return offer

    @property
    def pending(self) -> Offer | None:
        return next((offer for offer in reversed(self.offers) if offer.status is OfferStatus.PENDING), None)

    def find(self, offer_id: OfferId) -> Offer:
        for offer in self.offers:
            if offer.id == offer_id:
                return offer
        raise OfferNotFound("no such offer", offer_id=offer_id)

    def side_of(self, party: UserId) -> Side:
        """Raises OfferNotFound for strangers: what one may not see is not found."""
        if party == self.buyer:
            return Side.BUYER
        if party == self.seller:
            return Side.SELLER
        raise OfferNotFound("no such offer")

    def _answerable(self, offer_id: OfferId, by: UserId, now: datetime) -> Offer:
        side = self.side_of(by)
        offer = self.find(offer_id)
        if offer.side is side:
            raise NotYourTurn("the other side answers this offer", offer_id=offer_id)
        self._require_pending(offer, now)
        return offer

    def _require_pending(self, offer: Offer, now: datetime) -> None:
        if offer.status is not OfferStatus.PENDING:
            raise OfferNotOpen(f"this offer is {offer.status}", offer_id=offer.id, status=offer.status)
        if now >= offer.expires_at:
            raise OfferNotOpen("this offer has expired", offer_id=offer.id, status=OfferStatus.EXPIRED)

    def _require_open(self) -> None:
        if self.status is not NegotiationStatus.OPEN:
            raise OfferNotOpen(f"this negotiation is {self.status}", negotiation_id=self.id)

    def _end(self, offer: Offer, offer_status: OfferStatus, status: NegotiationStatus) -> None:
        self._require_open()
        offer.status, self.status = offer_status, status

    def _facts(self, offer: Offer, now: datetime) -> dict[str, Any]:
        return {
            "occurred_at": now, "negotiation_id": self.id, "offer_id": offer.id, "listing_id": self.listing_id,
            "buyer": self.buyer, "seller": self.seller, "side": offer.side, "price": offer.price,
            "list_price": self.list_price, "expires_at": offer.expires_at,
        }  # fmt: skip
