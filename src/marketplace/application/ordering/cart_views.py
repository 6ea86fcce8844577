from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import Annotated, Literal, Self

import msgspec
from msgspec import Meta

from marketplace.application.ordering.views import OrderView
from marketplace.domain.ordering.cart import CartItemId, OrderGroup, group_title
from marketplace.domain.ordering.order import Order
from marketplace.domain.shared.ids import ListingId, OrderGroupId, OrderId, PaymentId, UserId

Price = Annotated[Decimal, Meta(examples=[850.00])]


class CartSellerView(msgspec.Struct, frozen=True):
    id: UserId
    username: Annotated[str, Meta(examples=["demo_seller"])]


class CartItemView(msgspec.Struct, frozen=True, kw_only=True):
    """`price` is what the quantity costs now; `price_changed_from`: what it cost when it was put here, if that differs.
    Of what is not available any more `price` is the last one known."""

    id: CartItemId
    product_id: ListingId
    title: Annotated[str, Meta(examples=["Vintage film camera"])]
    quantity: Annotated[Decimal, Meta(examples=[1])]
    unit: Annotated[str, Meta(examples=["piece"])]
    price: Price
    currency: Annotated[str, Meta(examples=["AED"])]
    price_changed_from: Decimal | None
    seller: CartSellerView
    is_available: bool
    added_at: datetime


class CartTotalView(msgspec.Struct, frozen=True, kw_only=True):
    """What becomes one order at the checkout: everything available of one seller in one currency."""

    seller_id: UserId
    currency: Annotated[str, Meta(examples=["AED"])]
    items: Annotated[int, Meta(examples=[1])]
    amount: Price


class CartView(msgspec.Struct, frozen=True):
    items: list[CartItemView]
    totals: list[CartTotalView]

    @classmethod
    def of(cls, items: list[CartItemView]) -> Self:
        by_order: dict[tuple[UserId, str], list[Decimal]] = {}
        for item in items:
            if item.is_available:
                by_order.setdefault((item.seller.id, item.currency), []).append(item.price)
        totals = [
            CartTotalView(seller_id=seller, currency=currency, items=len(prices), amount=sum(prices, Decimal(0)))
            for (seller, currency), prices in by_order.items()
        ]
        return cls(items, totals)


class GroupTotalView(msgspec.Struct, frozen=True):
    currency: Annotated[str, Meta(examples=["AED"])]
    amount: Price


class OrderPaymentView(msgspec.Struct, frozen=True, kw_only=True):
    """What came of paying one order of a checkout; `code` and `detail` say why nothing was charged."""

    order_id: OrderId
    payment_id: PaymentId | None = None
    status: Annotated[Literal["pending", "completed", "failed"], Meta(examples=["completed"])] = "failed"
    detail: Annotated[str | None, Meta(examples=["Approved"])] = None
    code: Annotated[str | None, Meta(examples=["insufficient_funds"])] = None
    checkout_url: str | None = None


class OrderGroupView(msgspec.Struct, frozen=True, kw_only=True):
    """The orders of one checkout; `totals` is what the buyer pays for all of them."""

    id: OrderGroupId
    number: Annotated[str, Meta(examples=["G-00000042"])]
    orders: list[OrderView]
    totals: list[GroupTotalView]
    created_at: datetime

    @classmethod
    def of(cls, group: OrderGroup, orders: Sequence[Order]) -> Self:
        views = [OrderView.of(order) for order in orders]
        currencies = dict.fromkeys(view.currency for view in views)
        totals = [
            GroupTotalView(one, sum((view.amount for view in views if view.currency == one), Decimal(0)))
            for one in currencies
        ]
        return cls(
            id=group.id, number=group_title(group.number or 0), orders=views, totals=totals,
            created_at=group.created_at,
        )  # fmt: skip


class CheckoutView(OrderGroupView, frozen=True, kw_only=True):
    """Of a checkout that is paid at once: `payments` are those of its orders, one for each."""

    payments: list[OrderPaymentView] = []
