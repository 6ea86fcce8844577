from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol
from uuid import UUID

from marketplace.application.shared.actor import Actor
from marketplace.application.trading.views import OfferView
from marketplace.domain.shared.ids import ListingId, NegotiationId, OrderId, UserId
from marketplace.domain.shared.subject import Subject
from marketplace.domain.trading.negotiation import Negotiation
from marketplace.domain.trading.offer import Agreement, Asked, OfferId
from marketplace.domain.trading.trade import Trade, TradeId
from marketplace.domain.trading.units import Quantity


class Negotiations(Protocol):
    """Every negotiation. Saving ships the events and raises StaleAggregate if another change came first."""

    async def of_offer(self, offer_id: OfferId) -> Negotiation:
        """Raises OfferNotFound."""
        ...

    async def find(self, negotiation_id: NegotiationId) -> Negotiation:
        """Raises OfferNotFound."""
        ...

    async def attempts(self, subject: Subject, buyer: UserId) -> int:
        """How many offers the buyer has ever made on it."""
        ...

    async def open_rivals(self, of: Negotiation) -> list[Negotiation]:
        """The other open negotiations over its subject, its listings or packages with one of them; locked, by id."""
        ...

    async def open_of(self, party: UserId, limit: int) -> list[Negotiation]:
        """Up to `limit` open negotiations of a buyer or seller, locked, by id."""
        ...

    async def open_over(self, subject: UUID, limit: int) -> list[Negotiation]:
        """Up to `limit` open negotiations over a subject, or a package with that listing, locked, by id."""
        ...

    async def add(self, negotiation: Negotiation) -> None:
        """Raises NegotiationAlreadyOpen while the same two negotiate over the same subject."""
        ...

    async def save(self, *negotiations: Negotiation) -> None: ...


class Trades(Protocol):
    """Every trade of the desk. Saving ships the events and raises StaleAggregate if another change came first."""

    async def locked(self, trade_id: TradeId) -> Trade:
        """Nobody else changes or shares it until the transaction ends; raises TradeNotFound."""
        ...

    async def shared(self, trade_id: TradeId) -> Trade:
        """Nobody changes it until the transaction ends; raises TradeNotFound."""
        ...

    async def add(self, trade: Trade) -> None: ...
    async def save(self, trade: Trade) -> None: ...


@dataclass(frozen=True, slots=True)
class ForSale:
    """What offers are made on: what it asks, and the smallest part that is sold of it (None: all or nothing)."""

    subject: Subject
    seller: UserId
    asked: Asked
    smallest: Quantity | None = None


class Market(Protocol):
    """Asked of the catalog."""

    async def for_sale(self, listings: Sequence[ListingId]) -> ForSale:
        """One listing or a package, which stay available until the transaction ends.

        Raises the catalog's NotFound or Conflict, and InvalidTermSheet for what makes no package.
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
        """Hold what was agreed on, place the order with its frozen fees; raises Conflict when it is gone."""
        ...


class OfferQueries(Protocol):
    """Reads for the two parties; to others an offer is not found."""

    async def offer(self, actor: Actor, offer_id: OfferId) -> OfferView: ...
