"""A cart: what a buyer means to buy. Nothing of it is held before the checkout."""

from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import NewType
from uuid import UUID

from marketplace.domain.shared.errors import Conflict, NotFound
from marketplace.domain.shared.ids import ListingId, OrderGroupId, UserId
from marketplace.domain.shared.money import Money

CartItemId = NewType("CartItemId", UUID)
MOST_ITEMS = 100


class CartFull(Conflict):
    code = "cart_full"


class CartEmpty(Conflict):
    code = "cart_empty"


class AlreadyInCart(Conflict):
    code = "already_in_cart"


class CartItemNotFound(NotFound):
    code = "cart_item_not_found"


class OrderGroupNotFound(NotFound):
    code = "order_group_not_found"


@dataclass(frozen=True, slots=True, kw_only=True)
class CartItem:
    """`quantity` is in the listing's own unit; `amount` is what that much of it cost when it was put here."""

    id: CartItemId
    listing: ListingId
    quantity: Decimal
    amount: Money
    added_at: datetime


@dataclass(slots=True)
class Cart:
    owner: UserId
    items: list[CartItem] = field(default_factory=list)

    def add(self, item: CartItem) -> None:
        """Raises AlreadyInCart, CartFull."""
        for known in self.items:
            if known.listing == item.listing:
                raise AlreadyInCart("this is in your cart: change its quantity there", item_id=known.id)
        if len(self.items) >= MOST_ITEMS:
            raise CartFull(f"a cart holds at most {MOST_ITEMS} items: check out, or remove some")
        self.items.append(item)

    def find(self, item_id: CartItemId) -> CartItem:
        """Raises CartItemNotFound."""
        for item in self.items:
            if item.id == item_id:
                return item
        raise CartItemNotFound("no such item in your cart", item_id=item_id)


@dataclass(slots=True, kw_only=True)
class OrderGroup:
    """The orders of one checkout: one for each seller and currency."""

    id: OrderGroupId
    buyer: UserId
    created_at: datetime
    number: int | None = None
    """Given by the database when it is stored."""


def group_title(number: int) -> str:
    return f"G-{number:08d}"
