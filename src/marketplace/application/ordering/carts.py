"""What a buyer does with a cart before the checkout."""

from dataclasses import dataclass, replace
from decimal import Decimal

from marketplace.application.ordering.cart_ports import Carts, Shop, Wanted
from marketplace.application.ordering.cart_views import CartItemView
from marketplace.application.shared.actor import Actor, Permission
from marketplace.application.shared.ports import Clock, Ids, Transaction
from marketplace.domain.ordering.cart import CartItem, CartItemId
from marketplace.domain.shared.ids import UserId


@dataclass(frozen=True, slots=True)
class AddToCart:
    carts: Carts
    shop: Shop
    transaction: Transaction
    clock: Clock
    ids: Ids

    async def __call__(self, actor: Actor, wanted: Wanted) -> CartItemView:
        """Raises what Shop.look raises, AlreadyInCart, CartFull."""
        actor.require(Permission.BUY)
        async with self.transaction:
            cart = await self.carts.locked(actor.user)
            good = await self.shop.look(actor.user, wanted)
            item = CartItem(
                id=CartItemId(self.ids.new()), listing=wanted.listing, quantity=good.quantity,
                amount=good.sale.amount, added_at=self.clock.now(),
            )  # fmt: skip
            cart.add(item)
            await self.carts.put(actor.user, item)
            return self.transaction.answers(await self.carts.shown(actor.user, item.id))


@dataclass(frozen=True, slots=True)
class ChangeCartItem:
    carts: Carts
    shop: Shop
    transaction: Transaction

    async def __call__(self, actor: Actor, item_id: CartItemId, quantity: Decimal) -> CartItemView:
        """Another quantity, at today's price. Raises CartItemNotFound and what Shop.look raises."""
        actor.require(Permission.BUY)
        async with self.transaction:
            item = (await self.carts.locked(actor.user)).find(item_id)
            good = await self.shop.look(actor.user, Wanted(item.listing, quantity))
            changed = replace(item, quantity=good.quantity, amount=good.sale.amount)
            await self.carts.put(actor.user, changed)
            return self.transaction.answers(await self.carts.shown(actor.user, item_id))


@dataclass(frozen=True, slots=True)
class RemoveFromCart:
    carts: Carts
    transaction: Transaction

    async def __call__(self, actor: Actor, item_id: CartItemId) -> None:
        """Raises CartItemNotFound."""
        actor.require(Permission.BUY)
        async with self.transaction:
            item = (await self.carts.locked(actor.user)).find(item_id)
            await self.carts.remove(actor.user, [item.id])


@dataclass(frozen=True, slots=True)
class ForgetCart:
    """React to the end of an account."""

    carts: Carts
    transaction: Transaction

    async def __call__(self, owner: UserId) -> None:
        async with self.transaction:
            await self.carts.forget(owner)
