"""Buying at list price, on the fakes: what is taken together, refused together and written together."""

from decimal import Decimal
from typing import Any

import pytest

from marketplace.adapters.bridges.holds_of_listings import ListingHolds
from marketplace.adapters.bridges.ordering_buys_listings import ShopOfEverybody
from marketplace.application.catalog.bookings import BookingSteps
from marketplace.application.ordering.buying import (
    ApplyPromoCode,
    BuyingSteps,
    BuyNow,
    CartItemsGone,
    Checkout,
    Wishes,
)
from marketplace.application.ordering.cart_ports import Wanted
from marketplace.application.ordering.carts import AddToCart, ChangeCartItem
from marketplace.application.ordering.life import PaymentUnderWay
from marketplace.application.ordering.orders import EXPIRE_ORDER
from marketplace.application.ordering.placing import DiscountSteps, PlacingSteps
from marketplace.application.shared.actor import MissingPermission, Permission
from marketplace.application.trading.offers import EXPIRE_OFFER, SupersedeOffers
from marketplace.domain.catalog.terms import LotTerms
from marketplace.domain.ordering.cart import CartEmpty
from marketplace.domain.ordering.discount import Bearer, NothingToPay, OrderDiscounted
from marketplace.domain.ordering.order import OrderNotPayable
from marketplace.domain.promotions.discount import PromoCodeUnknown
from marketplace.domain.trading.units import InvalidQuantity
from tests.builders.commerce import GOOD_CARD, SLOW_CARD, an_actor_who_may_not, new_id
from tests.fakes.bookings import MemoryBookings, MemorySchedules
from tests.fakes.carts import MemoryCarts, MemoryDiscounts, MemoryOrderGroups
from tests.fakes.fees import MemoryFeeSchedules
from tests.fakes.market import Market
from tests.fakes.world import MemoryMoneyInFlight, MemoryNegotiations, MemoryOrders, MemoryTimers, SequentialIds

NO_WISHES = Wishes()


class Shopping(Market):
    def __init__(self) -> None:
        super().__init__()
        block, clock, ids = self.transaction, self.clock, SequentialIds()
        timers, orders, fees = MemoryTimers(block), MemoryOrders(block), MemoryFeeSchedules(block)
        bookings = BookingSteps(MemorySchedules(block), MemoryBookings(block), timers, clock, ids)
        supersede = SupersedeOffers(MemoryNegotiations(block), timers, clock)
        shop = ShopOfEverybody(self.listings, ListingHolds(self.listings, self.stocks, ids), bookings, supersede)
        self.discounts = MemoryDiscounts()
        discounts = DiscountSteps(self.discounts, fees)
        steps = BuyingSteps(shop, fees, discounts, PlacingSteps(orders, timers), clock, ids)
        carts = MemoryCarts(block)
        self.buy_now = BuyNow(steps, block)
        self.checkout = Checkout(carts, MemoryOrderGroups(block), steps, block, clock, ids)
        self.add = AddToCart(carts, shop, block, clock, ids)
        self.change = ChangeCartItem(carts, shop, block)
        self.apply = ApplyPromoCode(orders, MemoryMoneyInFlight(block), discounts, block, clock)

    def code(self, bearer: Bearer, basis_points: int) -> str:
        self.discounts.codes["CODE"] = (new_id(), bearer, basis_points)
        return "CODE"


@pytest.fixture
def market() -> Shopping:
    return Shopping()


async def test_a_direct_order_holds_and_ends_the_offers_and_tells(market: Shopping) -> None:
    listing = await market.listed()
    offer = await market.offered(listing, by=market.stranger)
    market.forget_news()
    order = await market.buy_now(market.buyer, Wanted(listing), Wishes(notes="  Ring twice. "))
    assert market.news == ["trading.offer_superseded", "ordering.order_placed"]
    assert (order.notes, order.amount, order.platform_fee) == ("Ring twice.", Decimal("850.00"), Decimal("42.50"))
    assert market.timers(EXPIRE_ORDER) == [order.id]
    assert offer not in market.timers(EXPIRE_OFFER)
    assert market.transaction.answer == order


async def test_a_checkout_is_all_or_nothing(market: Shopping) -> None:
    wanted, lot = await market.listed(), await market.listed(terms=LotTerms(quantity=Decimal(10), unit="kg"))
    gone = await market.listed()
    items = [await market.add(market.buyer, Wanted(one)) for one in (wanted, lot, gone)]
    await market.buy_now(market.stranger, Wanted(gone), NO_WISHES)
    orders, holds = dict(market.rows.orders), dict(market.rows.holds)
    with pytest.raises(CartItemsGone) as refused:
        await market.checkout(market.buyer, None, NO_WISHES)
    named: Any = refused.value.facts["items"]
    assert [(one["item_id"], one["code"]) for one in named] == [(items[2].id, "listing_not_available")]
    assert (market.rows.orders.keys(), market.rows.holds) == (orders.keys(), holds)
    placed = await market.checkout(market.buyer, [items[0].id, items[1].id], NO_WISHES)
    assert [order.group_id for order in placed.orders] == [placed.id]
    assert [item.id for _, item in market.rows.cart_items.values()] == [items[2].id]
    with pytest.raises(CartEmpty):
        await market.checkout(market.stranger, None, NO_WISHES)


@pytest.mark.parametrize(
    ("bearer", "sums"),
    [(Bearer.SELLER, ("680.00", "34.00", "646.00")), (Bearer.PLATFORM, ("680.00", "42.50", "807.50"))],
)
async def test_the_fee_follows_who_bears_the_discount(market: Shopping, bearer: Bearer, sums: tuple[str, ...]) -> None:
    code = market.code(bearer, 2_000)
    at_once = await market.buy_now(market.buyer, Wanted(await market.listed()), Wishes(promo_code=code))
    order = await market.buy_now(market.buyer, Wanted(await market.listed()), NO_WISHES)
    await market.apply(market.buyer, order.id, code)
    await market.apply(market.buyer, order.id, code)
    later = market.rows.orders[order.id]
    told = tuple(map(str, (at_once.amount, at_once.platform_fee, at_once.seller_payout)))
    assert told == tuple(str(one.decimal) for one in (later.amount, later.fee, later.payout)) == sums


async def test_a_code_is_applied_to_what_is_not_paid_and_not_being_paid(market: Shopping) -> None:
    code = market.code(Bearer.SELLER, 1_000)
    listings = [await market.listed() for _ in range(2)]
    paid, paying = [(await market.buy_now(market.buyer, Wanted(one), NO_WISHES)).id for one in listings]
    await market.pay_order(market.buyer, paying, SLOW_CARD)
    with pytest.raises(PaymentUnderWay):
        await market.apply(market.buyer, paying, code)
    await market.pay_order(market.buyer, paid, GOOD_CARD)
    with pytest.raises(OrderNotPayable):
        await market.apply(market.buyer, paid, code)


async def test_a_discount_is_taken_once_and_leaves_something(market: Shopping) -> None:
    order = await market.buy_now(market.buyer, Wanted(await market.listed()), NO_WISHES)
    with pytest.raises(NothingToPay):
        await market.apply(market.buyer, order.id, market.code(Bearer.PLATFORM, 10_000))
    with pytest.raises(PromoCodeUnknown):
        await market.apply(market.buyer, order.id, "OTHER")
    await market.apply(market.buyer, order.id, market.code(Bearer.PLATFORM, 1_000))
    stored = market.rows.orders[order.id]
    assert stored.discount is not None
    with pytest.raises(OrderDiscounted):
        stored.reduce(stored.discount, [stored.discount.amount], [stored.lines[0].fee])


async def test_a_part_of_a_lot_is_no_less_than_is_sold_of_it(market: Shopping) -> None:
    terms = LotTerms(quantity=Decimal(10), unit="kg", smallest=Decimal(2))
    lot = await market.listed(terms=terms)
    item = await market.add(market.buyer, Wanted(lot, Decimal(4)))
    assert (await market.change(market.buyer, item.id, Decimal("2.5"))).price == Decimal("212.50")
    for wrong in (Decimal(1), Decimal(11), Decimal("2.0000001")):
        with pytest.raises(InvalidQuantity):
            await market.change(market.buyer, item.id, wrong)


async def test_who_may_not_buy_buys_nothing(market: Shopping) -> None:
    nobody, listing = an_actor_who_may_not(Permission.BUY), await market.listed()
    with pytest.raises(MissingPermission):
        await market.buy_now(nobody, Wanted(listing), NO_WISHES)
    with pytest.raises(MissingPermission):
        await market.checkout(nobody, None, NO_WISHES)
    with pytest.raises(MissingPermission):
        await market.add(nobody, Wanted(listing))
    assert market.rows.orders == {}
