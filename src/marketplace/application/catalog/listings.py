"""What a seller does with a listing."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from typing import Any, TypeVar

from marketplace.application.catalog.ports import Categories, Fees, Listings
from marketplace.application.catalog.views import ProductView
from marketplace.application.shared.actor import Actor, Permission
from marketplace.application.shared.ports import Clock, Ids, Transaction
from marketplace.domain.catalog.listing import Audience, Channel, Listing, ListingStatus, Media, Standing, Withheld
from marketplace.domain.catalog.terms import Kind, KindTerms
from marketplace.domain.shared.geo import Location
from marketplace.domain.shared.ids import ListingId, UserId
from marketplace.domain.shared.money import Money

View = TypeVar("View")
Show = Callable[[ProductView], View]
"""What to answer, made of the listing as it is shown: a repeated request gets the same."""

CHANGE_AT_ONCE = 500
"""Listings, in one transaction."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """What a seller says of a new listing."""

    title: str
    description: str
    price: Money
    category: str
    terms: KindTerms
    channel: Channel
    audience: Audience
    media: Media
    location: Location | None
    neighborhood: str | None
    tags: tuple[str, ...]

    @property
    def fields(self) -> Mapping[str, Any]:
        """By the names of Listing's."""
        return {one.name: getattr(self, one.name) for one in fields(self)}


@dataclass(frozen=True, slots=True)
class ListItem:
    listings: Listings
    categories: Categories
    fees: Fees
    transaction: Transaction
    clock: Clock
    ids: Ids

    async def __call__(self, actor: Actor, draft: Draft) -> ProductView:
        return await self.shown_as(_itself, actor, draft)

    async def shown_as(self, show: Show[View], actor: Actor, draft: Draft) -> View:
        actor.require(Permission.LIST_ITEMS)
        now = self.clock.now()
        listing = Listing(
            id=ListingId(self.ids.new()), seller=actor.user, title=draft.title, description=draft.description,
            price=draft.price, category=draft.category, terms=draft.terms, channel=draft.channel,
            audience=draft.audience, media=draft.media, location=draft.location, neighborhood=draft.neighborhood,
            tags=draft.tags, created_at=now,
        )  # fmt: skip
        listing.publish(now)
        async with self.transaction:
            await self.categories.require(listing.category, listing.kind)
            await self.listings.add(listing, self.fees.on(listing.channel, listing.price))
            return self.transaction.answers(show(await self.listings.shown(listing.id)))


@dataclass(frozen=True, slots=True)
class ReviseListing:
    listings: Listings
    categories: Categories
    fees: Fees
    transaction: Transaction
    clock: Clock

    async def __call__(self, actor: Actor, listing_id: ListingId, changes: Mapping[str, Any]) -> ProductView:
        """`changes` by the names of Listing's fields."""
        return await self.shown_as(_itself, actor, listing_id, changes)

    async def shown_as(
        self,
        show: Show[View],
        actor: Actor,
        listing_id: ListingId,
        changes: Mapping[str, Any],
        kind: Kind | None = None,
    ) -> View:
        """A listing that is not of this `kind` is not found."""
        actor.require(Permission.LIST_ITEMS)
        async with self.transaction:
            listing = await self.listings.locked(listing_id)
            if kind is not None:
                listing.require_kind(kind)
            listing.require_owner(actor.user)
            listing.revise(self.clock.now(), **changes)
            if "category" in changes:
                await self.categories.require(listing.category, listing.kind)
            await self.listings.save(listing, self.fees.on(listing.channel, listing.price))
            return self.transaction.answers(show(await self.listings.shown(listing.id)))


def _itself(view: ProductView) -> ProductView:
    return view


@dataclass(frozen=True, slots=True)
class MoveListing:
    """React to what became of an order: sold, or back on the market unless the listing was withdrawn meanwhile."""

    listings: Listings
    transaction: Transaction

    async def __call__(self, listing_id: ListingId, to: ListingStatus) -> None:
        async with self.transaction:
            standing = await self.listings.standing(listing_id)
            if status := standing.after_order(to):
                await self.listings.move(listing_id, status)


@dataclass(frozen=True, slots=True)
class WithholdListings:
    """React to a seller who was suspended or is gone: nothing of theirs is for sale."""

    listings: Listings
    transaction: Transaction

    async def __call__(self, seller: UserId, why: Withheld) -> None:
        await _change_all(self.listings, self.transaction, seller, lambda standing: standing.withhold(why))


@dataclass(frozen=True, slots=True)
class GiveListingsBack:
    """React to a seller who is welcome again."""

    listings: Listings
    transaction: Transaction

    async def __call__(self, seller: UserId) -> None:
        await _change_all(self.listings, self.transaction, seller, Standing.give_back)


async def _change_all(
    listings: Listings, transaction: Transaction, seller: UserId, change: Callable[[Standing], None]
) -> None:
    """Some at a time: a seller may have many, and each is locked only briefly."""
    after: ListingId | None = None
    while True:
        async with transaction:
            some = await listings.standings_of(seller, after=after, limit=CHANGE_AT_ONCE)
            for standing in some:
                change(standing)
            await listings.stand(some)
        if len(some) < CHANGE_AT_ONCE:
            return
        after = some[-1].listing_id
