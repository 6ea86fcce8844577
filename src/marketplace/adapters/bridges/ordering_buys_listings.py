from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from marketplace.adapters.bridges.holds_of_listings import ListingHolds, whole_of
from marketplace.application.catalog.bookings import BookingSteps
from marketplace.application.catalog.ports import Listings, Terms
from marketplace.application.ordering.cart_ports import Good, Shop, Wanted
from marketplace.application.trading.offers import SupersedeOffers
from marketplace.domain.catalog.listing import ListingNotAvailable, ListingNotFound
from marketplace.domain.catalog.standing import ListingStatus
from marketplace.domain.catalog.terms import Kind
from marketplace.domain.inventory.hold import HoldReason
from marketplace.domain.ordering.fees import Sale
from marketplace.domain.shared.ids import ListingId, OrderId, UserId
from marketplace.domain.trading.offer import Asked, OwnListing
from marketplace.domain.trading.units import InvalidQuantity, Quantity


class ShopOfEverybody(Shop):
    """Remembers the terms of what it claimed, for this transaction."""

    def __init__(
        self, listings: Listings, holds: ListingHolds, bookings: BookingSteps, supersede: SupersedeOffers
    ) -> None:
        self._listings = listings
        self._holds = holds
        self._bookings = bookings
        self._supersede = supersede
        self._claimed: dict[ListingId, Terms] = {}

    async def look(self, buyer: UserId, wanted: Wanted) -> Good:
        await self._require_visible(buyer, wanted.listing)
        terms = await self._listings.terms_for_share(wanted.listing)
        if terms.status is not ListingStatus.ACTIVE:
            raise ListingNotAvailable("the product is not available", product_id=wanted.listing)
        return _good(buyer, wanted, terms)

    async def claim(self, buyer: UserId, wanted: Wanted) -> Good:
        await self._require_visible(buyer, wanted.listing)
        terms = self._claimed[wanted.listing] = await self._listings.claim(wanted.listing)
        return _good(buyer, wanted, terms)

    async def hold(self, good: Good, order_id: OrderId, until: datetime) -> bool:
        quantity = Quantity(good.quantity, good.unit)
        terms = self._claimed[good.listing]
        return await self._holds.hold(good.listing, terms, quantity, HoldReason.BUY_NOW, order_id, until)

    async def book(self, good: Good, starts_at: datetime, buyer: UserId) -> UUID:
        booking = await self._bookings.hold(good.listing, starts_at, buyer)
        return (await self._bookings.confirm(good.listing, booking.id, buyer)).id

    async def sold_out(self, listings: Collection[ListingId]) -> None:
        await self._supersede(listings)

    async def _require_visible(self, buyer: UserId, listing_id: ListingId) -> None:
        if not await self._listings.visible_to(buyer, listing_id):
            raise ListingNotFound("no such product", product_id=listing_id)


def _good(buyer: UserId, wanted: Wanted, terms: Terms) -> Good:
    if terms.seller == buyer:
        raise OwnListing("you cannot buy what is your own", product_id=wanted.listing)
    whole = whole_of(terms)
    quantity = whole if wanted.quantity is None else Quantity.of(wanted.quantity, whole.unit)
    smallest = whole.amount if terms.lot is None or terms.lot.smallest is None else terms.lot.smallest
    if not smallest <= quantity.amount <= whole.amount:
        raise InvalidQuantity(f"is between {smallest} and {whole}", field="quantity", product_id=wanted.listing)
    amount = Asked(price=terms.price, quantity=whole).price_of(quantity)
    if not amount.minor:
        raise InvalidQuantity("costs nothing: buy more of it", field="quantity", product_id=wanted.listing)
    return Good(
        listing=wanted.listing, quantity=quantity.amount, unit=quantity.unit, is_service=terms.kind is Kind.SERVICE,
        sale=Sale(channel=terms.channel.value, category=terms.category, seller=terms.seller, amount=amount),
    )  # fmt: skip
