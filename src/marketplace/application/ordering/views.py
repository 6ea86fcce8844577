from datetime import datetime
from decimal import Decimal
from typing import Annotated, Self
from uuid import UUID

import msgspec
from msgspec import Meta

from marketplace.domain.ordering.discount import Bearer, Discount
from marketplace.domain.ordering.fees import FeeLine
from marketplace.domain.ordering.order import Order, OrderLine, PaymentStatus
from marketplace.domain.shared.ids import ListingId, OrderGroupId, OrderId, UserId
from marketplace.domain.shared.subject import SubjectKind


class FeeView(msgspec.Struct, frozen=True):
    """`amount` follows from `base` and `basis_points`; `GET /orders/{id}/fees` says how."""

    rule: Annotated[str, Meta(examples=["community_500bp"])]
    basis_points: Annotated[int, Meta(examples=[500])]
    base: Annotated[Decimal, Meta(examples=[750.00])]
    amount: Annotated[Decimal, Meta(examples=[37.50])]

    @classmethod
    def of(cls, fee: FeeLine) -> Self:
        return cls(fee.rule, fee.basis_points, fee.base.decimal, fee.amount.decimal)


class OrderLineView(msgspec.Struct, frozen=True):
    """`subject_id` is a product, service or lot for sale, a trade of the desk, or a tested lot, as `kind` says.

    `discount`: this line's share of the promo code.
    """

    kind: SubjectKind
    subject_id: UUID
    quantity: Annotated[Decimal, Meta(examples=[1])]
    unit: Annotated[str, Meta(examples=["piece"])]
    amount: Annotated[Decimal, Meta(examples=[750.00])]
    fee: FeeView
    discount: Annotated[Decimal, Meta(examples=[0.00])]

    @classmethod
    def of(cls, line: OrderLine) -> Self:
        return cls(
            line.kind, line.subject, line.quantity, line.unit, line.amount.decimal, FeeView.of(line.fee),
            line.discount.decimal if line.discount else Decimal(0),
        )  # fmt: skip


class DiscountView(msgspec.Struct, frozen=True):
    """What a promo code took off the order; `bearer` pays for it."""

    amount: Annotated[Decimal, Meta(examples=[50.00])]
    bearer: Bearer

    @classmethod
    def of(cls, discount: Discount) -> Self:
        return cls(discount.amount.decimal, discount.bearer)


class OrderView(msgspec.Struct, frozen=True):
    """`product_id` is the first of a package, null for a trade or a tested lot.

    `amount` is what the buyer pays: `gross` less the discount. What is delivered completes by itself at `completes_at`
    if the buyer says nothing and has paid.
    """

    id: OrderId
    number: Annotated[str, Meta(examples=["M-00000042"])]
    group_id: OrderGroupId | None
    is_service: bool
    product_id: ListingId | None
    buyer_id: UserId
    seller_id: UserId
    quantity: Annotated[Decimal, Meta(description="Of a package: 1.", examples=[1])]
    gross: Annotated[Decimal, Meta(examples=[750.00])]
    discount: DiscountView | None
    amount: Annotated[Decimal, Meta(examples=[750.00])]
    currency: Annotated[str, Meta(examples=["AED"])]
    platform_fee: Annotated[Decimal, Meta(examples=[37.50])]
    seller_payout: Annotated[Decimal, Meta(examples=[712.50])]
    fees: list[FeeView]
    lines: list[OrderLineView]
    notes: str | None
    scheduled_at: datetime | None
    status: Annotated[str, Meta(examples=["pending"])]
    payment_status: PaymentStatus
    assignee_id: UserId | None
    payment_due_at: datetime
    delivered_at: datetime | None
    completes_at: datetime | None
    completed_at: datetime | None
    created_at: datetime

    @classmethod
    def of(cls, order: Order) -> Self:
        lines = [OrderLineView.of(line) for line in order.lines]
        return cls(
            id=order.id, number=order.title, group_id=order.group_id, is_service=order.is_service,
            product_id=_product(order), buyer_id=order.buyer, seller_id=order.seller,
            quantity=lines[0].quantity if len(lines) == 1 else Decimal(1), gross=order.gross.decimal,
            discount=DiscountView.of(order.discount) if order.discount else None, amount=order.amount.decimal,
            currency=order.amount.currency, platform_fee=order.fee.decimal, seller_payout=order.payout.decimal,
            fees=[line.fee for line in lines], lines=lines, notes=order.notes, scheduled_at=order.scheduled_at,
            status=order.status.public, payment_status=order.payment_status, assignee_id=order.assignee,
            payment_due_at=order.payment_due_at, delivered_at=order.delivered_at, completes_at=order.completes_at,
            completed_at=order.completed_at, created_at=order.created_at,
        )  # fmt: skip


def _product(order: Order) -> ListingId | None:
    return next((ListingId(line.subject) for line in order.lines if line.kind is SubjectKind.LISTING), None)


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

    @classmethod
    def of(cls, order: Order) -> Self:
        return cls(
            id=order.id, product_id=_product(order), buyer_id=order.buyer, seller_id=order.seller,
            amount=order.amount.decimal, currency=order.amount.currency, platform_fee=order.fee.decimal,
            seller_payout=order.payout.decimal,
            status=order.payment_status.value if order.is_paid else order.status.public, created_at=order.created_at,
        )  # fmt: skip
