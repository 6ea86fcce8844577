from datetime import datetime
from decimal import Decimal
from typing import Annotated, Literal, Self
from uuid import UUID

import msgspec
from msgspec import Meta

from marketplace.domain.ordering.fulfilment import Fulfilment, FulfilmentId
from marketplace.domain.ordering.moves import OrderRole
from marketplace.domain.ordering.order import PaymentStatus
from marketplace.domain.shared.ids import ListingId, OrderGroupId, OrderId, UserId


class OrderItemView(msgspec.Struct, frozen=True):
    """An order in a list: what it is made of is told by GET /orders/{id}."""

    id: OrderId
    number: Annotated[str, Meta(examples=["M-00000042"])]
    group_id: OrderGroupId | None
    product_id: ListingId | None
    is_service: bool
    buyer_id: UserId
    seller_id: UserId
    assignee_id: UserId | None
    amount: Annotated[Decimal, Meta(examples=[750.00])]
    currency: Annotated[str, Meta(examples=["AED"])]
    status: Annotated[str, Meta(examples=["in_progress"])]
    payment_status: PaymentStatus
    payment_due_at: datetime
    delivered_at: datetime | None
    completes_at: datetime | None
    created_at: datetime


class ShippedLineView(msgspec.Struct, frozen=True):
    """`line` counts the order's lines from 1."""

    line: Annotated[int, Meta(examples=[1])]
    quantity: Annotated[Decimal, Meta(examples=[1])]


class FulfilmentView(msgspec.Struct, frozen=True):
    id: FulfilmentId
    order_id: OrderId
    by: UserId
    carrier: Annotated[str | None, Meta(examples=["Aramex"])]
    tracking_number: Annotated[str | None, Meta(examples=["31274568902"])]
    tracking_url: Annotated[str | None, Meta(examples=["https://carrier.example/track/31274568902"])]
    note: Annotated[str | None, Meta(examples=["In two boxes."])]
    lines: list[ShippedLineView]
    shipped_at: datetime

    @classmethod
    def of(cls, one: Fulfilment) -> Self:
        said = one.shipment
        return cls(
            id=one.id, order_id=one.order_id, by=one.by, carrier=said.carrier, tracking_number=said.tracking_number,
            tracking_url=said.tracking_url, note=said.note, shipped_at=one.shipped_at,
            lines=[ShippedLineView(line, quantity) for line, quantity in sorted(one.quantities.items())],
        )  # fmt: skip


class FulfilmentsView(msgspec.Struct, frozen=True):
    items: list[FulfilmentView]


class OrderActorView(msgspec.Struct, frozen=True):
    """`role`: buyer, seller, moderator or system. `id` and `username` are null for the service itself, `username` also
    for a deleted account."""

    role: OrderRole
    id: UserId | None = None
    username: Annotated[str | None, Meta(examples=["amina"])] = None


class MoneyFact(msgspec.Struct, frozen=True):
    """A payment or a refund, and how it stands now."""

    kind: Literal["payment", "refund"]
    id: UUID
    amount: Annotated[Decimal, Meta(examples=[750.00])]
    currency: Annotated[str, Meta(examples=["AED"])]
    status: Annotated[str, Meta(examples=["completed"])]
    at: datetime


class TimelineEntry(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that happened. `status`: what the order became, for a placing and a move. `fulfilment` and `money` are
    told for their kinds alone."""

    kind: Literal["placed", "moved", "shipped", "payment", "refund"]
    at: datetime
    status: Annotated[str | None, Meta(examples=["assigned"])] = None
    actor: OrderActorView | None = None
    reason: Annotated[str | None, Meta(examples=["Out of stock"])] = None
    fulfilment: FulfilmentView | None = None
    money: MoneyFact | None = None


class TimelineView(msgspec.Struct, frozen=True):
    items: list[TimelineEntry]


class OrderFacts(msgspec.Struct, frozen=True):
    """What people are told of an order beside what happened to it."""

    title: str
    buyer: UserId
    seller: UserId
    payment_status: PaymentStatus
    completes_at: datetime | None
