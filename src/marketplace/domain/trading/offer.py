"""An offer: one proposal in a negotiation; what may become of it, and what is told of it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from fractions import Fraction
from typing import ClassVar, NewType
from uuid import UUID

from marketplace.domain.shared.aggregate import DomainEvent
from marketplace.domain.shared.errors import Conflict, Forbidden, Invalid, NotFound
from marketplace.domain.shared.ids import NegotiationId, OrderId, UserId
from marketplace.domain.shared.money import Money
from marketplace.domain.shared.subject import Subject, SubjectKind
from marketplace.domain.trading.terms import TermSheet
from marketplace.domain.trading.units import ONE, Quantity

OfferId = NewType("OfferId", UUID)

OFFER_LIFE = timedelta(hours=24)
"""Of an offer on a listing; on the desk an offer lives until its trade is decided."""


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


class OfferBelowStep(Invalid):
    code = "offer_below_step"


class TooManyOffers(Conflict):
    code = "too_many_offers"


class NoAttemptsLeft(Conflict):
    code = "no_attempts_left"


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


class Rule(StrEnum):
    """What answered in the seller's name."""

    AUTO_ACCEPT = "auto_accept"
    AUTO_DECLINE = "auto_decline"


@dataclass(frozen=True, slots=True, kw_only=True)
class OfferEvent(DomainEvent):
    """What every event about an offer says. `asked`: the list price of what is offered for, where there is one.

    While `sealed_until` has not come, its maker alone may hear of it. `negotiates`: not the first offer of all.
    """

    negotiation_id: NegotiationId
    offer_id: OfferId
    subject: Subject
    buyer: UserId
    seller: UserId
    side: Side
    terms: TermSheet
    asked: Money | None
    expires_at: datetime
    sealed_until: datetime | None = None
    negotiates: bool = False


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
    """`taken`: what of the offered quantity was agreed on, for `amount`."""

    name: ClassVar[str] = "trading.offer_accepted.v1"
    order_id: OrderId
    taken: Quantity
    amount: Money
    by_rule: Rule | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class OfferDeclined(OfferEvent):
    name: ClassVar[str] = "trading.offer_declined.v1"
    by_rule: Rule | None = None


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
    """`by_rule`: what answered it, if no person did. `taken`: the part that was accepted; None: all of it."""

    id: OfferId
    side: Side
    terms: TermSheet
    message: str | None
    created_at: datetime
    expires_at: datetime
    status: OfferStatus = OfferStatus.PENDING
    by_rule: Rule | None = None
    taken: Quantity | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Agreement:
    """What the parties agreed on: `amount` pays the whole `quantity`.

    `goods`: the trade and the tested lot that it is taken from, each with all there is of it; stock of listings is the
    catalog's to know.
    """

    negotiation_id: NegotiationId
    subject: Subject
    buyer: UserId
    seller: UserId
    amount: Money
    quantity: Quantity
    terms: TermSheet
    goods: tuple[tuple[SubjectKind, UUID, Quantity], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What the listing asks: `price` for `quantity`. `is_ceiling`: no offer may be above it."""

    price: Money
    quantity: Quantity = ONE
    is_ceiling: bool = True

    def price_of(self, quantity: Quantity) -> Money:
        """The same rate for another quantity, rounded half up; raises UnitsDiffer."""
        exact = self.price.minor * quantity.within(self.quantity.unit) / Fraction(self.quantity.amount)
        return Money((2 * exact.numerator + exact.denominator) // (2 * exact.denominator), self.price.currency)
