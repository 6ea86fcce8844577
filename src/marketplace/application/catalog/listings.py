"""What a seller does with a listing."""

from dataclasses import dataclass

from marketplace.application.catalog.ports import Fees, Listings
from marketplace.application.catalog.views import ProductView
from marketplace.application.shared.actor import Actor, Permission
from marketplace.application.shared.ports import Clock, Ids, Transaction
from marketplace.domain.catalog.listing import Channel, Condition, Listing, ListingStatus, Media
from marketplace.domain.shared.geo import Location
from marketplace.domain.shared.ids import ListingId
from marketplace.domain.shared.money import Money


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """What a seller says of a new product."""

    title: str
    description: str
    price: Money
    category: str
    condition: Condition
    channel: Channel
    media: Media
    location: Location | None
    neighborhood: str | None
    tags: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ListProduct:
    listings: Listings
    fees: Fees
    transaction: Transaction
    clock: Clock
    ids: Ids

    async def __call__(self, actor: Actor, draft: Draft) -> ProductView:
        actor.require(Permission.LIST_ITEMS)
        now = self.clock.now()
        listing = Listing(
            id=ListingId(self.ids.new()), seller=actor.user, title=draft.title, description=draft.description,
            price=draft.price, category=draft.category, condition=draft.condition, channel=draft.channel,
            media=draft.media, location=draft.location, neighborhood=draft.neighborhood, tags=draft.tags,
            created_at=now,
        )  # fmt: skip
        listing.publish(now)
        async with self.transaction:
            await self.listings.add(listing, self.fees.on(listing.channel, listing.price))
            return self.transaction.answers(await self.listings.shown(listing.id))


@dataclass(frozen=True, slots=True)
class MoveListing:
    """React to what became of an order: sold, or back on the market."""

    listings: Listings
    transaction: Transaction

    async def __call__(self, listing_id: ListingId, to: ListingStatus) -> None:
        async with self.transaction:
            await self.listings.move(listing_id, to)
