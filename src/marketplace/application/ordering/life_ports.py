"""What the life of an order needs beside the orders themselves."""

from collections.abc import Sequence
from typing import Literal, Protocol
from uuid import UUID

from marketplace.application.ordering.life_views import (
    FulfilmentView,
    MoneyFact,
    OrderFacts,
    OrderItemView,
    TimelineEntry,
)
from marketplace.application.shared.actor import Actor
from marketplace.application.shared.paging import Slice
from marketplace.domain.ordering.fulfilment import Fulfilment
from marketplace.domain.shared.ids import OrderId, UserId

Side = Literal["buyer", "seller"]
"""Who an order was assigned to stands on the seller's side."""
PublicStatus = Literal[
    "pending", "assigned", "in_progress", "delivered", "completed", "cancelled", "expired", "disputed"
]


class Fulfilments(Protocol):
    """Of orders that are locked."""

    async def of(self, order_id: OrderId) -> list[Fulfilment]:
        """Oldest first."""
        ...

    async def add(self, fulfilment: Fulfilment) -> None: ...


class Workers(Protocol):
    """Asked of identity."""

    async def may_serve(self, user: UserId) -> bool:
        """Whether this is an active seller."""
        ...


class Seats(Protocol):
    """Asked of the catalog, inside the running transaction."""

    async def release(self, booking_id: UUID) -> None:
        """Let go of a service's slot; done also where it was released already."""
        ...


class MoneyTrail(Protocol):
    """Asked of payments."""

    async def of(self, actor: Actor, order_id: OrderId) -> Sequence[MoneyFact]:
        """Payments and refunds of an order, oldest first; attempts that failed are their payer's to know."""
        ...


class OrderLists(Protocol):
    async def own(
        self,
        actor: Actor,
        side: Side | None,
        status: PublicStatus | None,
        *,
        after: OrderId | None,
        skip: int,
        limit: int,
    ) -> Slice[OrderItemView]:
        """Newest first."""
        ...  # fmt: skip


class OrderTrail(Protocol):
    """For the parties, who it was assigned to, and administrators; raises OrderNotFound for others."""

    async def fulfilments(self, actor: Actor, order_id: OrderId) -> list[FulfilmentView]:
        """Oldest first."""
        ...

    async def steps(self, actor: Actor, order_id: OrderId) -> list[TimelineEntry]:
        """Its placing, its moves and its fulfilments, oldest first."""
        ...


class OrderNews(Protocol):
    async def of(self, order_id: OrderId) -> OrderFacts:
        """Raises OrderNotFound."""
        ...
