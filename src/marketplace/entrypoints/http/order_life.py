"""Your orders: bought at once, and their life from payment to completion; what an order says is in ordering.py."""

from datetime import datetime
from typing import Annotated, Literal

import msgspec
from dishka.integrations.litestar import FromDishka, inject
from litestar import Controller, get, post
from litestar.params import FromPath, JSONBody, QueryParameter
from msgspec import Meta

from marketplace.application.ordering import life
from marketplace.application.ordering.buying import BuyNow
from marketplace.application.ordering.life import AddFulfilment, MoveOrder, ReadTimeline
from marketplace.application.ordering.life_ports import OrderLists, OrderTrail, PublicStatus, Side
from marketplace.application.ordering.life_views import FulfilmentsView, FulfilmentView, OrderItemView, TimelineView
from marketplace.application.ordering.views import OrderView
from marketplace.application.shared.actor import Actor
from marketplace.application.shared.paging import DEFAULT_PER_PAGE, Page
from marketplace.domain.ordering.fulfilment import InvalidFulfilment, Shipment
from marketplace.domain.ordering.order import Order
from marketplace.domain.shared.ids import OrderId, UserId
from marketplace.entrypoints.http.checkout import NewOrder
from marketplace.entrypoints.http.identity import BEARER
from marketplace.entrypoints.http.messages import Amount, Success
from marketplace.entrypoints.http.own_products import PRIVATE
from marketplace.entrypoints.http.paging import Cursors, CursorText, PageNumber, PerPage, page_of, rows_to_skip

Reason = Annotated[str, Meta(min_length=1, max_length=500, examples=["Out of stock"])]
RoleWanted = Annotated[
    Side | None,
    QueryParameter(description="As whom you stand in them; `seller`: what is assigned to you, too. Else both."),
]
StatusWanted = Annotated[PublicStatus | None, QueryParameter(description="Of the order, not of its payment.")]


class Assignment(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    worker_id: (
        Annotated[UserId, Meta(description="The seller, if absent.", examples=["01987a2e-6c00-7d3a-9b5e-4f1c2a7d8e90"])]
        | None
    ) = None


class NewStatus(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    status: Annotated[
        Literal["assigned", "in_progress", "delivered", "completed", "cancelled"],
        Meta(
            description="The seller: assigned, in_progress, delivered, cancelled. The buyer: completed, cancelled.",
            examples=["in_progress"],
        ),
    ]


class Cancellation(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    reason: Reason | None = None


class ChangesWanted(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    reason: Annotated[str, Meta(min_length=1, max_length=500, examples=["The logo should be blue."])]


class ShippedLine(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    line: Annotated[int, Meta(ge=1, le=1_000, description="Of the order, counted from 1.", examples=[1])]
    quantity: Annotated[Amount, Meta(description="At most 6 decimals.", examples=[1])]


class NewFulfilment(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    carrier: Annotated[str, Meta(max_length=80, examples=["Aramex"])] | None = None
    tracking_number: Annotated[str, Meta(max_length=80, examples=["31274568902"])] | None = None
    tracking_url: (
        Annotated[str, Meta(max_length=2_048, description="https.", examples=["https://carrier.example/track/312"])]
        | None
    ) = None
    note: Annotated[str, Meta(max_length=1_000, examples=["In two boxes."])] | None = None
    lines: (
        Annotated[list[ShippedLine], Meta(min_length=1, max_length=1_000, description="All that is left, if absent.")]
        | None
    ) = None
    shipped_at: (
        Annotated[datetime, Meta(tz=True, description="Now, if absent.", examples=["2026-11-20T09:30:00Z"])] | None
    ) = None
    delivered: Annotated[bool, Meta(description="Nothing more follows.", examples=[False])] = False

    def shipment(self) -> Shipment:
        quantities = None if self.lines is None else {one.line: one.quantity for one in self.lines}
        if quantities is not None and len(quantities) < len(self.lines or ()):
            raise InvalidFulfilment("name each line once", field="lines")
        return Shipment(
            carrier=self.carrier, tracking_number=self.tracking_number, tracking_url=self.tracking_url, note=self.note,
            quantities=quantities, shipped_at=self.shipped_at,
        )  # fmt: skip


FOR_THE_SELLER, NO_REASON = Assignment(), Cancellation()


class OrderLifeController(Controller):
    path = "/api/v1/orders"
    tags = ("Orders",)
    security = BEARER

    @get("", summary="Your own orders", cache_control=PRIVATE)
    @inject
    async def own(
        self,
        actor: FromDishka[Actor],
        orders: FromDishka[OrderLists],
        cursors: FromDishka[Cursors],
        role: RoleWanted = None,
        status: StatusWanted = None,
        page: PageNumber = 1,
        per_page: PerPage = DEFAULT_PER_PAGE,
        cursor: CursorText = None,
    ) -> Success[Page[OrderItemView]]:
        """What you bought, sold or do for a seller, newest first."""
        after = OrderId(cursors.decode(cursor)) if cursor else None
        skip = 0 if cursor else rows_to_skip(page, per_page)
        found = await orders.own(actor, role, status, after=after, skip=skip, limit=per_page)
        return Success(page_of(found, cursors, page, per_page))

    @post("", summary="Buy at once")
    @inject
    async def buy(
        self, data: JSONBody[NewOrder], actor: FromDishka[Actor], buy: FromDishka[BuyNow]
    ) -> Success[OrderView]:
        """At the price that is asked. It is held for you, other offers on it end, and 24 hours are there to pay.

        Who comes second is refused (`listing_not_available`, `nothing_left`). A service with `scheduled_at` is booked.
        """
        return Success(await buy(actor, data.wanted, data.wishes))

    @post("/create", summary="Create an order")
    @inject
    async def create(
        self, data: JSONBody[NewOrder], actor: FromDishka[Actor], buy: FromDishka[BuyNow]
    ) -> Success[OrderView]:
        """As `POST /orders`, by the name it has in system 1."""
        return Success(await buy(actor, data.wanted, data.wishes))

    @post("/{order_id:uuid}/assign", status_code=200, summary="Assign an order")
    @inject
    async def assign(
        self,
        order_id: FromPath[OrderId],
        actor: FromDishka[Actor],
        move: FromDishka[MoveOrder],
        data: JSONBody[Assignment] = FOR_THE_SELLER,
    ) -> Success[OrderView]:
        """The seller takes it on; an administrator assigns it to the seller or to another one, who then works on it.

        Goods are paid first (`order_not_paid`); services may be paid later.
        """
        return Success(await move(actor, order_id, life.assign(data.worker_id)))

    @post("/{order_id:uuid}/accept", status_code=200, summary="Accept an order")
    @inject
    async def accept(
        self, order_id: FromPath[OrderId], actor: FromDishka[Actor], move: FromDishka[MoveOrder]
    ) -> Success[OrderView]:
        """The seller takes it on: as assigning it to oneself."""
        return Success(await move(actor, order_id, life.accept))

    @post("/{order_id:uuid}/decline", status_code=200, summary="Decline an order")
    @inject
    async def decline(
        self,
        order_id: FromPath[OrderId],
        actor: FromDishka[Actor],
        move: FromDishka[MoveOrder],
        data: JSONBody[Cancellation] = NO_REASON,
    ) -> Success[OrderView]:
        """The seller does not take it on: it is cancelled, and what was paid goes back in full."""
        return Success(await move(actor, order_id, life.decline(data.reason)))

    @post("/{order_id:uuid}/status", status_code=200, summary="Set the status of an order")
    @inject
    async def set_status(
        self,
        order_id: FromPath[OrderId],
        data: JSONBody[NewStatus],
        actor: FromDishka[Actor],
        move: FromDishka[MoveOrder],
    ) -> Success[OrderView]:
        """The same moves by the word for what the order becomes. What the other side sets is refused
        (`foreign_status`)."""
        return Success(await move(actor, order_id, life.to_status(data.status)))

    @post("/{order_id:uuid}/deliver", status_code=200, summary="Deliver an order")
    @inject
    async def deliver(
        self, order_id: FromPath[OrderId], actor: FromDishka[Actor], move: FromDishka[MoveOrder]
    ) -> Success[OrderView]:
        """For the seller. The buyer completes it or asks for changes; after 14 days it completes by itself."""
        return Success(await move(actor, order_id, Order.deliver))

    @post("/{order_id:uuid}/request-changes", status_code=200, summary="Ask for changes")
    @inject
    async def request_changes(
        self,
        order_id: FromPath[OrderId],
        data: JSONBody[ChangesWanted],
        actor: FromDishka[Actor],
        move: FromDishka[MoveOrder],
    ) -> Success[OrderView]:
        """For the buyer of what was delivered, three times at most."""
        return Success(await move(actor, order_id, life.request_changes(data.reason)))

    @post("/{order_id:uuid}/complete", status_code=200, summary="Complete an order")
    @inject
    async def complete(
        self, order_id: FromPath[OrderId], actor: FromDishka[Actor], move: FromDishka[MoveOrder]
    ) -> Success[OrderView]:
        """For the buyer of what was delivered: the seller's earnings are free after the hold."""
        return Success(await move(actor, order_id, Order.complete))

    @post("/{order_id:uuid}/cancel", status_code=200, summary="Cancel an order")
    @inject
    async def cancel(
        self,
        order_id: FromPath[OrderId],
        actor: FromDishka[Actor],
        move: FromDishka[MoveOrder],
        data: JSONBody[Cancellation] = NO_REASON,
    ) -> Success[OrderView]:
        """Buyers may until the seller takes it on, sellers until they begin. What was paid goes back in full, the
        goods are on the market again. While a payment is under way: 409 `payment_in_progress`."""
        return Success(await move(actor, order_id, life.cancel(data.reason)))

    @get("/{order_id:uuid}/timeline", summary="Read what happened to an order", cache_control=PRIVATE)
    @inject
    async def timeline(
        self, order_id: FromPath[OrderId], actor: FromDishka[Actor], timeline: FromDishka[ReadTimeline]
    ) -> Success[TimelineView]:
        """Its moves with who made them, its fulfilments, payments and refunds, oldest first. Failed payments are told
        to the payer alone."""
        return Success(await timeline(actor, order_id))

    @get("/{order_id:uuid}/fulfilments", summary="Read the fulfilments of an order", cache_control=PRIVATE)
    @inject
    async def fulfilments(
        self, order_id: FromPath[OrderId], actor: FromDishka[Actor], trail: FromDishka[OrderTrail]
    ) -> Success[FulfilmentsView]:
        """Oldest first."""
        return Success(FulfilmentsView(await trail.fulfilments(actor, order_id)))

    @post("/{order_id:uuid}/fulfilments", summary="Ship an order")
    @inject
    async def fulfil(
        self,
        order_id: FromPath[OrderId],
        data: JSONBody[NewFulfilment],
        actor: FromDishka[Actor],
        add: FromDishka[AddFulfilment],
    ) -> Success[FulfilmentView]:
        """For the seller: one shipment, or a piece of the work, of all that is left or of some lines. With the first
        one the order is `in_progress`; with `delivered` it is delivered. Never more than was ordered."""
        return Success(await add(actor, order_id, data.shipment(), delivered=data.delivered))
