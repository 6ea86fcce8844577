"""What buying at list price needs."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Protocol
from uuid import UUID

from marketplace.application.ordering.cart_views import CartItemView, CartView, OrderGroupView
from marketplace.application.shared.actor import Actor
from marketplace.domain.ordering.cart import Cart, CartItem, CartItemId, OrderGroup
from marketplace.domain.ordering.discount import Bearer
from marketplace.domain.ordering.fees import Sale
from marketplace.domain.ordering.order import Order
from marketplace.domain.shared.ids import ListingId, OrderGroupId, OrderId, UserId
from marketplace.domain.shared.money import Money


@dataclass(frozen=True, slots=True)
class Wanted:
    """`quantity` is in the listing's own unit; None: all that it offers."""

    listing: ListingId
    quantity: Decimal | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Good:
    """So much of a listing, in its own unit, at its price."""

    listing: ListingId
    quantity: Decimal
    unit: str
    sale: Sale
    is_service: bool


class Shop(Protocol):
    """Asked of catalog, inventory and trading, inside the running transaction."""

    async def look(self, buyer: UserId, wanted: Wanted) -> Good:
        """As `claim`, but nothing is claimed."""
        ...

    async def claim(self, buyer: UserId, wanted: Wanted) -> Good:
        """Lock what is for sale to this buyer; who claims several claims in order of their ids.

        Raises NotFound, Forbidden, Conflict or Invalid of the context that refuses.
        """
        ...

    async def hold(self, good: Good, order_id: OrderId, until: datetime) -> bool:
        """Set aside what was claimed, in the same order; raises Conflict when less is left. True: it was the last."""
        ...

    async def book(self, good: Good, starts_at: datetime, buyer: UserId) -> UUID:
        """The confirmed seat of a service's slot; raises what booking it raises."""
        ...

    async def sold_out(self, listings: Collection[ListingId]) -> None:
        """After all holds: nobody negotiates over them any more."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Cut:
    """What a promo code takes off each line of some orders, one after the other."""

    code_id: UUID
    bearer: Bearer
    by_line: Sequence[Money]


class Discounts(Protocol):
    """Asked of promotions, inside the running transaction."""

    async def reserve(self, code: str, orders: Sequence[Order]) -> Cut:
        """One use of the code for all orders, of one buyer; after everything else is locked.

        Asked for again it is the same use. Raises Invalid, and Conflict when another code takes something off already.
        """
        ...


class Carts(Protocol):
    async def locked(self, owner: UserId) -> Cart:
        """Nobody else changes it until the transaction ends; items in the order in which they were added."""
        ...

    async def put(self, owner: UserId, item: CartItem) -> None:
        """Add it, or write its quantity and amount."""
        ...

    async def remove(self, owner: UserId, items: Collection[CartItemId]) -> None: ...

    async def forget(self, owner: UserId) -> None: ...

    async def shown(self, owner: UserId, item_id: CartItemId) -> CartItemView:
        """One that was just put, as CartQueries.cart shows it."""
        ...


class OrderGroups(Protocol):
    async def add(self, group: OrderGroup) -> None:
        """Gives it its number."""
        ...


class CartQueries(Protocol):
    async def cart(self, actor: Actor) -> CartView:
        """At today's prices, in the order in which things were added; what is not for sale to them any more too."""
        ...


class OrderGroupQueries(Protocol):
    async def group(self, actor: Actor, group_id: OrderGroupId) -> OrderGroupView:
        """For its buyer; raises OrderGroupNotFound for everybody else."""
        ...
