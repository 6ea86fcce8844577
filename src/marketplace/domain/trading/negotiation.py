"""A negotiation: two parties exchange term sheets over a subject until they agree or it is dead."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from marketplace.domain.shared.aggregate import Aggregate
from marketplace.domain.shared.ids import NegotiationId, OrderId, UserId
from marketplace.domain.shared.money import CurrencyMismatch, Money
from marketplace.domain.shared.subject import Subject, SubjectKind
from marketplace.domain.shared.text import clean_text
from marketplace.domain.trading.offer import (
    OFFER_LIFE,
    Agreement,
    Asked,
    NegotiationAlreadyOpen,
    NegotiationStatus,
    NoAttemptsLeft,
    NotYourOffer,
    NotYourTurn,
    Offer,
    OfferAbovePrice,
    OfferAccepted,
    OfferBelowStep,
    OfferCountered,
    OfferDeclined,
    OfferExpired,
    OfferId,
    OfferMade,
    OfferNotFound,
    OfferNotOpen,
    OfferStatus,
    OfferSuperseded,
    OfferWithdrawn,
    OwnListing,
    Rule,
    Side,
    TooManyOffers,
)
from marketplace.domain.trading.terms import InvalidTermSheet, TermSheet
from marketplace.domain.trading.units import Quantity

A_DAY = timedelta(days=1)
"""Until it is over everywhere."""
MOST_OFFERS = 40
"""In one negotiation; who has not agreed by then starts afresh."""
MOST_ATTEMPTS = 10
"""Offers of one buyer on one listing, over all their negotiations."""


@dataclass(slots=True, kw_only=True, eq=False)
class Negotiation(Aggregate):
    """At most one offer is pending at any time; only the side that did not make it may answer it.

    `opener` made the first offer. `closes_at`: when every offer of it ends, whenever it was made (on the desk).
    Until `sealed_until` the other side does not know of it. `attempts`: offers that the buyer made on this subject in
    earlier negotiations. `step`: how much more than their last each new offer of the buyer must be.
    """

    id: NegotiationId
    subject: Subject
    buyer: UserId
    seller: UserId
    currency: str
    opener: Side = Side.BUYER
    asked: Asked | None = None
    closes_at: datetime | None = None
    sealed_until: datetime | None = None
    attempts: int = 0
    step: Money | None = None
    status: NegotiationStatus = NegotiationStatus.OPEN
    offers: list[Offer] = field(default_factory=list)
    """Oldest first."""

    def __post_init__(self) -> None:
        if self.buyer == self.seller:
            raise OwnListing("you cannot make an offer on what is your own")

    def offer(self, offer_id: OfferId, terms: TermSheet, *, by: UserId, message: str | None, now: datetime) -> Offer:
        """Propose terms: the first offer, or the next after a counter."""
        self._require_open()
        side = self.side_of(by, now)
        if not self.offers and side is not self.opener:
            raise NotYourTurn("the other side makes the first offer")
        if self.pending is not None:
            raise NegotiationAlreadyOpen("an offer is pending already: answer or withdraw it")
        self._require_acceptable(terms, side, now)
        offer = Offer(
            id=offer_id, side=side, terms=terms, created_at=now, expires_at=self.closes_at or now + OFFER_LIFE,
            message=None if message is None else clean_text(message, field="message", longest=1_000),
        )  # fmt: skip
        self.offers.append(offer)
        self._record(OfferMade(**self._facts(offer, now), message=offer.message))
        return offer

    def counter(
        self, offer_id: OfferId, new_id: OfferId, terms: TermSheet, *, by: UserId, message: str | None, now: datetime
    ) -> Offer:
        """Answer an offer with another; the first one is dead from then on."""
        countered = self._answerable(offer_id, by, now)
        countered.status = OfferStatus.COUNTERED
        self._record(OfferCountered(**self._facts(countered, now), counter_offer_id=new_id))
        return self.offer(new_id, terms, by=by, message=message, now=now)

    def replace(
        self, offer_id: OfferId, new_id: OfferId, terms: TermSheet, *, by: UserId, message: str | None, now: datetime
    ) -> Offer:
        """Make a better offer of one's own in place of the pending one, which stays readable as withdrawn."""
        former = self._own_pending(offer_id, by, now)
        former.status = OfferStatus.WITHDRAWN
        self._record(OfferWithdrawn(**self._facts(former, now)))
        return self.offer(new_id, terms, by=by, message=message, now=now)

    def accept(
        self,
        offer_id: OfferId,
        *,
        by: UserId,
        order_id: OrderId,
        now: datetime,
        quantity: Quantity | None = None,
        by_rule: Rule | None = None,
    ) -> Agreement:
        """All of it, or of an offer with a price per unit a part; raises InvalidTermSheet for more than is offered."""
        offer = self._answerable(offer_id, by, now)
        taken, amount = offer.terms.part(quantity)
        self._end(offer, OfferStatus.ACCEPTED, NegotiationStatus.AGREED)
        offer.by_rule, offer.taken = by_rule, None if taken == offer.terms.quantity else taken
        self._record(
            OfferAccepted(
                **self._facts(offer, now), order_id=order_id, taken=taken, amount=amount, by_rule=by_rule
            )
        )  # fmt: skip
        return Agreement(
            negotiation_id=self.id, subject=self.subject, buyer=self.buyer, seller=self.seller, amount=amount,
            quantity=taken, terms=offer.terms,
        )  # fmt: skip

    def decline(self, offer_id: OfferId, *, by: UserId, now: datetime, by_rule: Rule | None = None) -> None:
        offer = self._answerable(offer_id, by, now)
        self._end(offer, OfferStatus.DECLINED, NegotiationStatus.CLOSED)
        offer.by_rule = by_rule
        self._record(OfferDeclined(**self._facts(offer, now), by_rule=by_rule))

    def withdraw(self, offer_id: OfferId, *, by: UserId, now: datetime) -> None:
        offer = self._own_pending(offer_id, by, now)
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
        """The subject went to somebody else, or a party has left; returns the offer that was pending."""
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

    @property
    def turn(self) -> Side | None:
        """Whose answer is awaited; None when it is over."""
        return None if (offer := self.pending) is None else offer.side.other

    def find(self, offer_id: OfferId) -> Offer:
        for offer in self.offers:
            if offer.id == offer_id:
                return offer
        raise OfferNotFound("no such offer", offer_id=offer_id)

    def side_of(self, party: UserId, now: datetime) -> Side:
        """Raises OfferNotFound for strangers, and for the other side of what is sealed: unseen is not found."""
        side = {self.buyer: Side.BUYER, self.seller: Side.SELLER}.get(party)
        if side is None or (side is not self.opener and self.is_sealed(now)):
            raise OfferNotFound("no such offer")
        return side

    def is_sealed(self, now: datetime) -> bool:
        return self.sealed_until is not None and now < self.sealed_until

    def require_in_time(self, offer_id: OfferId, now: datetime) -> None:
        """Raises OfferNotOpen when the offer has run out, whatever became of it."""
        if now >= self.find(offer_id).expires_at:
            raise OfferNotOpen("this offer has expired", offer_id=offer_id, status=OfferStatus.EXPIRED)

    def _require_acceptable(self, terms: TermSheet, side: Side, now: datetime) -> None:
        field = "counter_price" if self.offers else "offered_price"
        if terms.deliver_by and terms.deliver_by < (now - A_DAY).date():
            raise InvalidTermSheet("has passed", field="deliver_by")
        if terms.price.currency != self.currency:
            raise CurrencyMismatch(f"this is negotiated in {self.currency}", field="currency")
        if self.closes_at is not None and now >= self.closes_at:
            raise OfferNotOpen("the time for offers has passed", negotiation_id=self.id)
        if len(self.offers) >= MOST_OFFERS:
            raise TooManyOffers(f"a negotiation has at most {MOST_OFFERS} offers")
        if self.asked is not None and self.asked.is_ceiling:
            ceiling = self.asked.price_of(terms.quantity)
            if terms.amount > ceiling:
                raise OfferAbovePrice(f"the listing costs {ceiling.decimal}", field=field)
        if side is Side.BUYER:
            self._require_another_attempt(terms, field)

    def _require_another_attempt(self, terms: TermSheet, field: str) -> None:
        own = [offer for offer in self.offers if offer.side is Side.BUYER]
        if self.subject.kind is not SubjectKind.TRADE and self.attempts + len(own) >= MOST_ATTEMPTS:
            raise NoAttemptsLeft(f"a buyer may make {MOST_ATTEMPTS} offers on one listing, and these are made")
        if self.step is not None and own and own[-1].terms.amount + self.step > terms.amount:
            lowest = (own[-1].terms.amount + self.step).decimal
            raise OfferBelowStep(
                f"the seller asks for steps of {self.step.decimal}: offer at least {lowest}", field=field
            )

    def _answerable(self, offer_id: OfferId, by: UserId, now: datetime) -> Offer:
        side = self.side_of(by, now)
        offer = self.find(offer_id)
        if offer.side is side:
            raise NotYourTurn("the other side answers this offer", offer_id=offer_id)
        self._require_pending(offer, now)
        return offer

    def _own_pending(self, offer_id: OfferId, by: UserId, now: datetime) -> Offer:
        side = self.side_of(by, now)
        offer = self.find(offer_id)
        if offer.side is not side:
            raise NotYourOffer("only who made an offer may change or withdraw it", offer_id=offer_id)
        self._require_pending(offer, now)
        return offer

    def _require_pending(self, offer: Offer, now: datetime) -> None:
        if offer.status is not OfferStatus.PENDING:
            raise OfferNotOpen(f"this offer is {offer.status}", offer_id=offer.id, status=offer.status)
        self.require_in_time(offer.id, now)

    def _require_open(self) -> None:
        if self.status is not NegotiationStatus.OPEN:
            raise OfferNotOpen(f"this negotiation is {self.status}", negotiation_id=self.id)

    def _end(self, offer: Offer, offer_status: OfferStatus, status: NegotiationStatus) -> None:
        self._require_open()
        offer.status, self.status = offer_status, status

    def _facts(self, offer: Offer, now: datetime) -> dict[str, Any]:
        return {
            "occurred_at": now, "negotiation_id": self.id, "offer_id": offer.id, "subject": self.subject,
            "buyer": self.buyer, "seller": self.seller, "side": offer.side, "terms": offer.terms,
            "asked": self.asked and self.asked.price_of(offer.terms.quantity), "expires_at": offer.expires_at,
            "sealed_until": self.sealed_until, "negotiates": offer is not self.offers[0],
        }  # fmt: skip
