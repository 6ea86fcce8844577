from datetime import datetime
from decimal import Decimal
from typing import Annotated

import msgspec
from msgspec import Meta

from marketplace.domain.ordering.order import OrderStatus, PaymentStatus
from marketplace.domain.shared.ids import ListingId, OrderId, UserId

PUBLIC_STATUS = {
    OrderStatus.DRAFT: "pending", OrderStatus.PLACED: "pending", OrderStatus.AWAITING_PAYMENT: "pending",
    OrderStatus.PAID: "pending", OrderStatus.CHANGES_REQUESTED: "in_progress",
}  # fmt: skip
"""The words of the contract where they differ from ours; `paid` is told by `payment_status`."""


def public_status(status: OrderStatus) -> str:
    return PUBLIC_STATUS.get(status, status.value)


class FeeView(msgspec.Struct, frozen=True):
    """Why this fee: `amount` is `base` times `basis_points` / 10,000, rounded half up."""

    rule: Annotated[str, Meta(examples=["community_500bp"])]
    basis_points: Annotated[int, Meta(examples=[500])]
    base: Annotated[Decimal, Meta(examples=[750.00])]
    amount: Annotated[Decimal, Meta(examples=[37.50])]


class OrderView(msgspec.Struct, frozen=True):
    id: OrderId
    number: Annotated[str, Meta(examples=["M-00000042"])]
    product_id: ListingId
    buyer_id: UserId
    seller_id: UserId
    quantity: int
    amount: Annotated[Decimal, Meta(examples=[750.00])]
    currency: Annotated[str, Meta(examples=["AED"])]
    platform_fee: Annotated[Decimal, Meta(examples=[37.50])]
    seller_payout: Annotated[Decimal, Meta(examples=[712.50])]
    fees: list[FeeView]
    status: Annotated[str, Meta(examples=["pending"])]
    payment_status: PaymentStatus
    payment_due_at: datetime
    created_at: datetime


class TransactionView(msgspec.Struct, frozen=True):
    """An order in the words of system 4: `status` is `pending` until it is paid."""

    id: OrderId
    product_id: ListingId
    buyer_id: UserId
    seller_id: UserId
    amount: Annotated[Decimal, Meta(examples=[750.00])]
    currency: Annotated[str, Meta(examples=["AED"])]
    platform_fee: Annotated[Decimal, Meta(examples=[37.50])]
    seller_payout: Annotated[Decimal, Meta(examples=[712.50])]
    status: Annotated[str, Meta(examples=["pending"])]
    created_at: datetime
