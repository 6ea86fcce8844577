from collections.abc import Collection, Sequence
from dataclasses import replace
from uuid import UUID

from marketplace.application.ordering.cart_ports import Carts, Cut, Discounts, OrderGroups
from marketplace.application.ordering.cart_views import CartItemView, CartSellerView
from marketplace.domain.catalog.standing import ListingStatus
from marketplace.domain.catalog.terms import LotTerms
from marketplace.domain.ordering.cart import Cart, CartItem, CartItemId, OrderGroup
from marketplace.domain.ordering.discount import Bearer
from marketplace.domain.ordering.order import Order
from marketplace.domain.promotions.discount import PromoCodeUnknown
from marketplace.domain.shared.ids import UserId
from tests.fakes.world import MemoryTransaction


class MemoryCarts(Carts):
    def __init__(self, transaction: MemoryTransaction) -> None:
        self._transaction = transaction

    async def locked(self, owner: UserId) -> Cart:
        rows = self._transaction.inside.cart_items.values()
        return Cart(owner, sorted((item for of, item in rows if of == owner), key=lambda item: item.id))

    async def put(self, owner: UserId, item: CartItem) -> None:
        self._transaction.inside.cart_items[item.id] = (owner, item)

    async def remove(self, owner: UserId, items: Collection[CartItemId]) -> None:
        rows = self._transaction.inside.cart_items
        for one in items:
            if one in rows and rows[one][0] == owner:
                del rows[one]

    async def forget(self, owner: UserId) -> None:
        await self.remove(owner, list(self._transaction.inside.cart_items))

    async def shown(self, owner: UserId, item_id: CartItemId) -> CartItemView:
        rows = self._transaction.inside
        _, item = rows.cart_items[item_id]
        listing, _ = rows.listings[item.listing]
        stock = rows.stocks.get(item.listing)
        return CartItemView(
            id=item.id, product_id=item.listing, title=listing.title, quantity=item.quantity,
            unit=listing.terms.unit if isinstance(listing.terms, LotTerms) else "piece", price=item.amount.decimal,
            currency=item.amount.currency, price_changed_from=None, seller=CartSellerView(listing.seller, "seller"),
            is_available=listing.status is ListingStatus.ACTIVE and (stock is None or stock.left >= item.quantity),
            added_at=item.added_at,
        )  # fmt: skip


class MemoryOrderGroups(OrderGroups):
    def __init__(self, transaction: MemoryTransaction) -> None:
        self._transaction = transaction

    async def add(self, group: OrderGroup) -> None:
        group.number = len(self._transaction.inside.order_groups) + 1
        self._transaction.inside.order_groups[group.id] = replace(group)


class MemoryDiscounts(Discounts):
    """Codes that take so many ten-thousandths off every line."""

    def __init__(self) -> None:
        self.codes: dict[str, tuple[UUID, Bearer, int]] = {}

    async def reserve(self, code: str, orders: Sequence[Order]) -> Cut:
        if code not in self.codes:
            raise PromoCodeUnknown
        code_id, bearer, basis_points = self.codes[code]
        off = [line.amount.share(basis_points) for order in orders for line in order.lines]
        return Cut(code_id=code_id, bearer=bearer, by_line=off)
