"""Carts, direct orders and offers at the same moment: one order has the last one, and nobody waits for ever."""

import asyncio
from decimal import Decimal
from itertools import cycle
from typing import Any

from marketplace.application.ordering.buying import BuyNow, CartItemsGone, Checkout, Wishes
from marketplace.application.ordering.cart_ports import Wanted
from marketplace.application.ordering.carts import AddToCart
from marketplace.application.shared.actor import Actor
from marketplace.application.trading.offers import AcceptOffer
from marketplace.domain.catalog.listing import ListingNotAvailable
from marketplace.domain.catalog.terms import LotTerms
from marketplace.domain.inventory.hold import NothingLeft
from marketplace.domain.ordering.cart import CartEmpty, CartFull
from marketplace.domain.shared.errors import Conflict, StaleAggregate
from marketplace.domain.shared.ids import ListingId
from marketplace.domain.trading.offer import OfferNotOpen
from tests.builders.commerce import an_actor
from tests.integration.commerce.market import SqlMarket
from tests.integration.races import outcomes

ORDERS_OF = "SELECT count(DISTINCT order_id) FROM ordering.order_lines WHERE subject_id = ANY ($1::uuid[])"
NO_WISHES = Wishes()


async def filled(market: SqlMarket, buyer: Actor, *listings: ListingId) -> None:
    for listing in listings:
        await market.run(AddToCart, buyer, Wanted(listing))


def lost(results: list[Any]) -> list[Any]:
    return [one for one in results if isinstance(one, BaseException)]


async def test_of_many_carts_with_one_product_one_becomes_an_order(market: SqlMarket) -> None:
    shared, buyers = await market.listed(), [an_actor() for _ in range(32)]
    own = [await market.listed() for _ in buyers]
    for buyer, product in zip(buyers, own, strict=True):
        await filled(market, buyer, product, shared)
    results = await outcomes(*(market.run(Checkout, buyer, None, NO_WISHES) for buyer in buyers))
    assert [type(one) for one in lost(results)] == [CartItemsGone] * 31
    assert await market.value(ORDERS_OF, [shared]) == 1
    assert await market.value(ORDERS_OF, own) == 1
    assert await market.value("SELECT count(*) FROM catalog.listing_states WHERE listing_id = ANY ($1::uuid[])"
                              " AND status = 'active'", own) == 31  # fmt: skip
    assert await market.value("SELECT count(*) FROM ordering.cart_items WHERE listing_id = $1", shared) == 31


async def test_checkouts_of_the_same_products_in_another_order_never_deadlock(market: SqlMarket) -> None:
    for _ in range(5):
        products = [await market.listed() for _ in range(6)]
        buyers = [an_actor() for _ in range(6)]
        for number, buyer in enumerate(buyers):
            await filled(market, buyer, *(products[::-1] if number % 2 else products))
        results = await asyncio.wait_for(
            outcomes(*(market.run(Checkout, buyer, None, NO_WISHES) for buyer in buyers)), 20
        )
        assert [type(one) for one in lost(results)] == [CartItemsGone] * 5, results
        assert await market.value(ORDERS_OF, products) == 1


async def test_a_product_is_bought_accepted_or_checked_out_once(market: SqlMarket) -> None:
    """M1 over every way to buy: twelve at once, four by each."""
    for _ in range(6):
        product, buyers = await market.listed(), [an_actor() for _ in range(12)]
        offers = [await market.offered(product, by=buyer) for buyer in buyers[:4]]
        for buyer in buyers[4:8]:
            await filled(market, buyer, product)
        calls = [market.run(AcceptOffer, market.seller, offer) for offer in offers]
        calls += [market.run(Checkout, buyer, None, NO_WISHES) for buyer in buyers[4:8]]
        calls += [market.run(BuyNow, buyer, Wanted(product), NO_WISHES) for buyer in buyers[8:]]
        results = await outcomes(*(calls[place::4][number] for number in range(3) for place in range(4)))
        refused = (ListingNotAvailable, CartItemsGone, OfferNotOpen, StaleAggregate)
        assert len(lost(results)) == 11, results
        assert all(isinstance(one, refused) for one in lost(results)), results
        assert await market.value(ORDERS_OF, [product]) == 1
        assert await market.value("SELECT count(*) FROM trading.negotiations WHERE subject_id = $1"
                                  " AND status = 'open'", product) == 0  # fmt: skip


async def test_of_a_lot_no_more_is_sold_than_there_is(market: SqlMarket) -> None:
    lot = await market.listed(terms=LotTerms(quantity=Decimal(10), unit="kg", smallest=Decimal(1)))
    buyers = [an_actor() for _ in range(16)]
    wishes = zip(buyers, cycle((Wanted(lot, Decimal(1)), Wanted(lot, Decimal(3)))), strict=False)
    results = await outcomes(*(market.run(BuyNow, buyer, wanted, NO_WISHES) for buyer, wanted in wishes))
    assert all(isinstance(one, (NothingLeft, ListingNotAvailable)) for one in lost(results)), results
    held = await market.value("SELECT held FROM inventory.stocks WHERE subject_id = $1", lot)
    assert held == sum(one.lines[0].quantity for one in results if one not in lost(results)) > 7


async def test_a_cart_is_checked_out_once_and_never_overfilled(market: SqlMarket) -> None:
    buyer, products = an_actor(), [await market.listed() for _ in range(2)]
    await filled(market, buyer, *products)
    results = await outcomes(*(market.run(Checkout, buyer, None, NO_WISHES) for _ in range(6)))
    assert [type(one) for one in lost(results)] == [CartEmpty] * 5
    assert await market.value("SELECT count(*) FROM ordering.order_groups WHERE buyer_id = $1", buyer.user) == 1
    await market.all(
        """INSERT INTO ordering.cart_items (id, owner_id, listing_id, quantity, amount_minor, currency, added_at)
        SELECT uuidv7(), $1, uuidv7(), 1, 100, 'AED', now() FROM generate_series(1, 99)""",
        buyer.user,
    )
    more = [await market.listed() for _ in range(4)]
    results = await outcomes(*(market.run(AddToCart, buyer, Wanted(one)) for one in more))
    assert [type(one) for one in lost(results)] == [CartFull] * 3
    assert all(isinstance(one, Conflict) for one in lost(results))
