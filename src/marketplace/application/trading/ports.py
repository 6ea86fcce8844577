from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Protocol
from uuid import UUID

from marketplace.application.shared.actor import Actor
from marketplace.application.shared.paging import Slice
from marketplace.application.trading.views import HistoryView, OfferView
from marketplace.domain.shared.ids import ListingId, NegotiationId, OrderId, UserId
from marketplace.domain.shared.subject import Subject
from marketplace.domain.trading.negotiation import Negotiation
from marketplace.domain.trading.offer import Agreement, Asked, OfferId, OfferStatus, Side
from marketplace.domain.trading.trade import Trade, TradeId
from marketplace.domain.trading.units import Quantity


@dataclass(frozen=True, slots=True)
class Past:
    """What a buyer has negotiated over a subject. `offered_at`: when its seller last made them an offer."""

    attempts: int
    is_open: bool
    offered_at: datetime | None


class Negotiations(Protocol):
    """Every negotiation. Saving ships the events and raises StaleAggregate if another change came first."""

    async def of_offer(self, offer_id: OfferId) -> Negotiation:
        """Raises OfferNotFound."""
        ...

    async def find(self, negotiation_id: NegotiationId) -> Negotiation:
        """Raises OfferNotFound."""
        ...

    async def attempts(self, subject: Subject, buyer: UserId) -> int:
        """How many offers the buyer has ever made on it; the buyer opens no other negotiation over it meanwhile.

        Raises NegotiationAlreadyOpen.
        """
        ...

    async def past(self, subject: Subject, buyers: Collection[UserId]) -> Mapping[UserId, Past]:
        """Of those who have negotiated over it at all."""
        ...

    async def open_rivals(self, over: Subject, *, but: NegotiationId | None = None) -> list[Negotiation]:
        """Open negotiations over a subject, its listings or packages with one of them; locked, by id."""
        ...

    async def open_of(self, party: UserId, limit: int) -> list[Negotiation]:
        """Up to `limit` open negotiations of a buyer or seller, locked, by id."""
        ...

    async def open_over(self, subject: UUID, limit: int) -> list[Negotiation]:
        """Up to `limit` open negotiations over a subject, or a package with that listing, locked, by id."""
        ...

    async def add(self, *negotiations: Negotiation) -> None:
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

    async def open_of(self, owner: UserId, limit: int) -> list[Trade]:
        """Up to `limit` trades of theirs that are published or negotiating, those that end first; locked."""
        ...

    async def add(self, trade: Trade) -> None: ...
    async def save(self, trade: Trade) -> None: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Supply:
    """How much of a trade or a lot nobody holds or has bought, and how much is held, in its own unit."""

    left: Decimal
    held: Decimal = Decimal(0)
    is_sold_out: bool = False


class Supplies(Protocol):
    """Asked of inventory."""

    async def of(self, subject: UUID, whole: Quantity) -> Supply:
        """Of a trade or a lot, `whole` being all there ever was of it; locked until the transaction ends.

        Who asks for several asks in order of their ids.
        """
        ...


class Traders(Protocol):
    """Asked of identity."""

    async def names(self, people: Collection[UserId]) -> Mapping[UserId, str]:
        """The usernames of those of them whose accounts are active."""
        ...


@dataclass(frozen=True, slots=True)
class ForSale:
    """What offers are made on: what it asks, and the smallest part that is sold of it (None: all or nothing)."""

    subject: Subject
    seller: UserId
    asked: Asked
    smallest: Quantity | None = None


class Market(Protocol):
    """Asked of the catalog."""

    async def for_sale(self, viewer: UserId, listings: Sequence[ListingId]) -> ForSale:
        """One listing or a package, which stay available until the transaction ends.

        Raises the catalog's NotFound, also for what is not for the viewer to see, or Conflict, and InvalidTermSheet for
        what makes no package. Whether the two have blocked each other is asked of Blocks.
        """
        ...

    async def own_for_sale(self, seller: UserId, listing_id: ListingId) -> ForSale:
        """A listing of the seller's own, locked; raises the catalog's NotFound, Forbidden or Conflict."""
        ...


class Blocks(Protocol):
    """Asked of social."""

    async def between(self, one: UserId, other: UserId) -> bool:
        """Whether either of them has blocked the other."""
        ...


class Watchers(Protocol):
    """Asked of catalog."""

    async def of(self, listing_id: ListingId, limit: int) -> Mapping[UserId, bool]:
        """Who keeps it as a favourite, the latest first: whether they may see it still."""
        ...


class Deals(Protocol):
    """Answered by catalog and ordering inside the running transaction: all of a deal, or nothing of it."""

    async def strike(self, agreement: Agreement, order_id: OrderId, now: datetime) -> bool:
        """Hold what was agreed on, place the order with its frozen fees; raises Conflict when it is gone.

        True when that was the last of it, and others need not negotiate over it any more.
        """
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Which of one's offers; None: any. `role` is one's own, `product_id` may be part of a package."""

    role: Side | None = None
    status: OfferStatus | None = None
    product_id: ListingId | None = None


class OfferQueries(Protocol):
    """Offers on listings, for the two parties; to others an offer is not found, and one of the desk to nobody."""

    async def offer(self, actor: Actor, offer_id: OfferId) -> OfferView: ...

    async def history(self, actor: Actor, offer_id: OfferId) -> HistoryView:
        """The whole negotiation of an offer."""
        ...

    async def mine(
        self, actor: Actor, wanted: Wanted, *, after: OfferId | None, skip: int, limit: int
    ) -> Slice[OfferView]:
        """Made by the actor or to the actor, newest first."""
        ...
