"""The cart: private to its buyer."""

from typing import Annotated

import msgspec
from dishka.integrations.litestar import FromDishka, inject
from litestar import Controller, delete, get, patch, post
from litestar.params import FromPath, JSONBody
from msgspec import Meta

from marketplace.application.ordering.cart_ports import CartQueries, Wanted
from marketplace.application.ordering.cart_views import CartItemView, CartView
from marketplace.application.ordering.carts import AddToCart, ChangeCartItem, RemoveFromCart
from marketplace.application.shared.actor import Actor
from marketplace.domain.ordering.cart import CartItemId
from marketplace.domain.shared.ids import ListingId
from marketplace.entrypoints.http.identity import BEARER, NOT_REPEATABLE
from marketplace.entrypoints.http.messages import Amount, Success
from marketplace.entrypoints.http.own_products import PRIVATE

Quantity = Annotated[Amount, Meta(description="In the unit of a lot; of anything else 1.", examples=[1])]


class NewItem(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A product, a service or a lot. Without a quantity: all of it."""

    product_id: Annotated[ListingId, Meta(examples=["019aa5c0-b3e8-7c1d-9f27-2f0c5b6a7d10"])]
    quantity: Quantity | None = None


class NewQuantity(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    quantity: Quantity


class CartController(Controller):
    path = "/api/v1/cart"
    tags = ("Cart",)
    security = BEARER

    @get("/", summary="Your cart", cache_control=PRIVATE)
    @inject
    async def cart(self, actor: FromDishka[Actor], carts: FromDishka[CartQueries]) -> Success[CartView]:
        """At today's prices, in the order in which things were added. What is gone stays, not `is_available`.

        Nothing in a cart is held for you: the checkout says what is gone meanwhile.
        """
        return Success(await carts.cart(actor))

    @post("/items", summary="Put something into the cart")
    @inject
    async def add_item(
        self, data: JSONBody[NewItem], actor: FromDishka[Actor], add: FromDishka[AddToCart]
    ) -> Success[CartItemView]:
        """Up to 100 things (`cart_full`), each once (`already_in_cart`); one's own are refused (`own_listing`)."""
        return Success(await add(actor, Wanted(data.product_id, data.quantity)))

    @patch("/items/{cart_item_id:uuid}", summary="Change how much of it")
    @inject
    async def change_item(
        self,
        cart_item_id: FromPath[CartItemId],
        data: JSONBody[NewQuantity],
        actor: FromDishka[Actor],
        change: FromDishka[ChangeCartItem],
    ) -> Success[CartItemView]:
        """Of a lot, from its smallest part to all of it; its price is agreed to be today's."""
        return Success(await change(actor, cart_item_id, data.quantity))

    @delete("/items/{cart_item_id:uuid}", summary="Take something out of the cart", opt=NOT_REPEATABLE)
    @inject
    async def remove_item(
        self, cart_item_id: FromPath[CartItemId], actor: FromDishka[Actor], remove: FromDishka[RemoveFromCart]
    ) -> None:
        """What was in your cart is still for sale."""
        await remove(actor, cart_item_id)
