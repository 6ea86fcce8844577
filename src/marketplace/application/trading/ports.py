from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from marketplace.application.shared.actor import Actor
from marketplace.application.trading.views import OfferView
from marketplace.domain.shared.ids import ListingId, OrderId, UserId
from marketplace.domain.shared.money import Money
from marketplace.domain.trading.negotiation import Agreement, Negotiation, OfferId


class Negotiations(Protocol):
    """Every negotiation. Saving ships the events and raises StaleAggregate if another change came first."""

    async def of_offer(self, offer_id: OfferId) -> Negotiation:
        """Raises OfferNotFound."""
        ...

    async def open_rivals(self, of: Negotiation) -> list[Negotiation]:
        """The other open negotiations over the same listing, locked, by id."""
        ...

    async def open_of(self, party: UserId, limit: int) -> list[Negotiation]:
        """Up to `limit` open negotiations of a buyer or seller, locked, by id."""
        ...

    async def open_over(self, listing_id: ListingId, limit: int) -> list[Negotiation]:
        """Up to `limit` open negotiations over a listing, locked, by id."""
        ...

    async def add(self, negotiation: Negotiation) -> None:
        """Raises NegotiationAlreadyOpen while the same buyer negotiates over the same listing."""
        ...

    async def save(self, *negotiations: Negotiation) -> None: ...


@dataclass(frozen=True, slots=True)
class Subject:
    """What is negotiated over."""

    listing_id: ListingId
    seller: UserId
    price: Money


class Subjects(Protocol):
    """Asked of the catalog."""

    async def available(self, listing_id: ListingId) -> Subject:
        """The listing, which stays available until the transaction ends.

        Raises the catalog's NotFound or Conflict.
        """
        ...


class Blocks(Protocol):
    """Asked of social."""

    async def between(self, one: UserId, other: UserId) -> bool:
        """Whether either of them has blocked the other."""
        ...


class Deals(Protocol):
    """Answered by catalog and ordering inside the running transaction: all of a deal, or nothing of it."""

    async def strike(self, agreement: Agreement, order_id: OrderId, now: datetime) -> None:
        """Lock and reserve the listing, place the order with its frozen fee; raises Conflict when it is gone."""
        ...


class OfferQueries(Protocol):
    """Reads for the two parties; to others an offer is not found."""

    async def offer(self, actor: Actor, offer_id: OfferId) -> OfferView: ...
