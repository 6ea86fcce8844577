"""Buying at list price: one thing at once, or the cart."""

from datetime import datetime
from typing import Annotated

import msgspec
from dishka import AsyncContainer
from dishka.integrations.litestar import FromDishka, inject
from litestar import Controller, get, post
from litestar.params import FromPath, JSONBody
from msgspec import Meta
from msgspec.structs import replace

from marketplace.application.ordering.buying import Checkout, Wishes
from marketplace.application.ordering.cart_ports import OrderGroupQueries, Wanted
from marketplace.application.ordering.cart_views import CheckoutView, OrderGroupView, OrderPaymentView
from marketplace.application.payments.methods import ChooseMeans
from marketplace.application.payments.payments import Means, Pay
from marketplace.application.payments.ports import Gateways
from marketplace.application.shared.actor import Actor
from marketplace.domain.ordering.cart import MOST_ITEMS, CartItemId
from marketplace.domain.payments.payment import Cause, CauseKind, PaymentMethod
from marketplace.domain.payments.saved_method import SavedMethodId
from marketplace.domain.shared.errors import DomainError
from marketplace.domain.shared.ids import ListingId, OrderGroupId, OrderId
from marketplace.entrypoints.http.carts import Quantity
from marketplace.entrypoints.http.identity import BEARER
from marketplace.entrypoints.http.messages import InvalidRequest, Success
from marketplace.entrypoints.http.own_products import PRIVATE
from marketplace.entrypoints.http.payments import CardDetails
from marketplace.entrypoints.http.promo_codes import Code

Notes = Annotated[str, Meta(min_length=1, max_length=2_000, examples=["Please ring twice."])]
AnId = "019aa5c0-b3e8-7c1d-9f27-2f0c5b6a7d10"


class NewOrder(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One of `product_id` and `service_id`."""

    product_id: Annotated[ListingId, Meta(description="Or `service_id`.", examples=[AnId])] | None = None
    service_id: Annotated[ListingId, Meta(examples=[None])] | None = None
    quantity: Quantity | None = None
    notes: Notes | None = None
    scheduled_at: Annotated[
        datetime, Meta(tz=True, description="A free slot of the service; booked with the order.", examples=[None])
    ] | None = None  # fmt: skip
    promo_code: Code | None = None

    @property
    def wanted(self) -> Wanted:
        return Wanted(self.listing, self.quantity)

    @property
    def wishes(self) -> Wishes:
        return Wishes(notes=self.notes, promo_code=self.promo_code, scheduled_at=self.scheduled_at)

    @property
    def listing(self) -> ListingId:
        """Raises InvalidRequest."""
        named = [one for one in (self.product_id, self.service_id) if one is not None]
        if len(named) != 1:
            raise InvalidRequest("say either `product_id` or `service_id`", field="product_id")
        return named[0]


class NewCheckout(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Without `item_ids` everything in the cart. With a `payment_method` each order is paid at once."""

    item_ids: Annotated[list[CartItemId], Meta(min_length=1, max_length=MOST_ITEMS, examples=[[AnId]])] | None = None
    notes: Notes | None = None
    promo_code: Code | None = None
    payment_method: Annotated[PaymentMethod, Meta(examples=["credit_card"])] | None = None
    card: CardDetails | None = None
    method_id: Annotated[SavedMethodId, Meta(description="Instead of a card.", examples=[None])] | None = None


class PaymentsApart:
    """Pays each order in a scope of its own: the answer to the checkout is stored with its orders already."""

    def __init__(self, container: AsyncContainer) -> None:
        self._container = container

    async def __call__(self, actor: Actor, order_id: OrderId, means: Means) -> OrderPaymentView:
        async with self._container() as scope:
            pay = await scope.get(Pay)
            try:
                paid = await pay(actor, Cause(CauseKind.ORDER, order_id), means)
            except DomainError as refusal:
                return OrderPaymentView(order_id=order_id, code=refusal.code, detail=refusal.detail)
        return OrderPaymentView(
            order_id=order_id, payment_id=paid.id, status="completed" if paid.status == "completed" else
            "pending" if paid.status == "pending" else "failed", detail=paid.gateway_response.message,
            checkout_url=paid.checkout_url,
        )  # fmt: skip


class CheckoutController(Controller):
    path = "/api/v1"
    tags = ("Orders",)
    security = BEARER

    @post("/checkout", summary="Check out", opt={"problems": (404,)})
    @inject
    async def checkout(
        self,
        data: JSONBody[NewCheckout],
        actor: FromDishka[Actor],
        checkout: FromDishka[Checkout],
        choose: FromDishka[ChooseMeans],
        gateways: FromDishka[Gateways],
        pay: FromDishka[PaymentsApart],
    ) -> Success[CheckoutView]:
        """One order for each seller and currency, all or none: `cart_items_gone` names what cannot be had.

        Each order is charged on its own, and some may be declined: `payments` says so, and those can be paid later.
        Repeated with the same Idempotency-Key it answers the orders as they were placed.
        """
        means = None
        if data.payment_method is not None:
            card = data.card.as_card() if data.card else None
            means = await choose(actor, data.payment_method, card, None, data.method_id)
            if data.payment_method is not PaymentMethod.WALLET:
                gateways.provider_of(data.payment_method)
        elif data.card is not None or data.method_id is not None:
            raise InvalidRequest("say how to pay", field="payment_method")
        placed = await checkout(actor, data.item_ids, Wishes(notes=data.notes, promo_code=data.promo_code))
        if means is None:
            return Success(placed)
        return Success(replace(placed, payments=[await pay(actor, order.id, means) for order in placed.orders]))

    @get("/order-groups/{group_id:uuid}", summary="The orders of a checkout", cache_control=PRIVATE)
    @inject
    async def order_group(
        self, group_id: FromPath[OrderGroupId], actor: FromDishka[Actor], groups: FromDishka[OrderGroupQueries]
    ) -> Success[OrderGroupView]:
        """For who bought; a seller reads the one order that is theirs."""
        return Success(await groups.group(actor, group_id))
