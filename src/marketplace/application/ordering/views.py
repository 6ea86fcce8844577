from datetime import datetime
from decimal import Decimal
from typing import Annotated
from uuid import UUID

import msgspec
from msgspec import Meta

from marketplace.domain.ordering.moves import OrderStatus
from marketplace.domain.ordering.order import PaymentStatus
from marketplace.domain.shared.ids import ListingId, OrderId, UserId
from marketplace.domain.shared.subject import SubjectKind

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


class OrderLineView(msgspec.Struct, frozen=True):
    """`subject_id` is a product, service or lot for sale, a trade of the desk, or a tested lot, as `kind` says."""

    kind: SubjectKind
    subject_id: UUID
    quantity: Annotated[Decimal, Meta(examples=[1])]
    unit: Annotated[str, Meta(examples=["piece"])]
    amount: Annotated[Decimal, Meta(examples=[750.00])]
    fee: FeeView


class OrderView(msgspec.Struct, frozen=True):
    """`product_id` is the first of a package, null for a trade or a tested lot."""

    id: OrderId
    number: Annotated[str, Meta(examples=["M-00000042"])]
    product_id: ListingId | None
    buyer_id: UserId
    seller_id: UserId
    quantity: Annotated[Decimal, Meta(description="Of a package: 1.", examples=[1])]
    amount: Annotated[Decimal, Meta(examples=[750.00])]
    currency: Annotated[str, Meta(examples=["AED"])]
    platform_fee: Annotated[Decimal, Meta(examples=[37.50])]
    seller_payout: Annotated[Decimal, Meta(examples=[712.50])]
    fees: list[FeeView]
    lines: list[OrderLineView]
    status: Annotated[str, Meta(examples=["pending"])]
    payment_status: PaymentStatus
    payment_due_at: datetime
    created_at: datetime


class TransactionView(msgspec.Struct, frozen=True):
    """An order in the words of system 4: `status` is `pending` until it is paid."""

    id: OrderId
    product_id: ListingId | None
    buyer_id: UserId
    seller_id: UserId
    amount: Annotated[Decimal, Meta(examples=[750.00])]
    currency: Annotated[str, Meta(examples=["AED"])]
    platform_fee: Annotated[Decimal, Meta(examples=[37.50])]
    seller_payout: Annotated[Decimal, Meta(examples=[712.50])]
    status: Annotated[str, Meta(examples=["pending"])]
    created_at: datetime
