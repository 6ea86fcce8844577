"""What a seller does with a listing."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields, replace
from datetime import datetime
from typing import Any, TypeVar

from marketplace.application.catalog.history import Author, History, Revision, differences
from marketplace.application.catalog.moderation_ports import ModerationItems
from marketplace.application.catalog.ports import Categories, Fees, Listings, SellerCap
from marketplace.application.catalog.views import ProductView
from marketplace.application.shared.actor import Actor, Permission
from marketplace.application.shared.ports import Clock, Ids, Transaction
from marketplace.domain.catalog.listing import Audience, Channel, Listing, ListingNotFound, TooManyProducts
from marketplace.domain.catalog.media import Media
from marketplace.domain.catalog.moderation import ModerationItemId
from marketplace.domain.catalog.standing import ListingStatus, Standing, Withheld
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

    def listing(self, listing_id: ListingId, seller: UserId, now: datetime) -> Listing:
        return Listing(id=listing_id, seller=seller, created_at=now, **self.fields)


async def owned(listings: Listings, actor: Actor, listing_id: ListingId, kind: Kind | None = None) -> Listing:
    """Locked; raises NotYourListing where the actor may see it, else ListingNotFound, as for one of another kind."""
    if not await listings.visible_to(actor.user, listing_id):
        raise ListingNotFound("no such product", product_id=listing_id)
    listing = await listings.locked(listing_id)
    if kind is not None:
        listing.require_kind(kind)
    listing.require_owner(actor.user)
    return listing


@dataclass(frozen=True, slots=True)
class ListItem:
    listings: Listings
    categories: Categories
    fees: Fees
    history: History
    items: ModerationItems
    cap: SellerCap
    transaction: Transaction
    clock: Clock
    ids: Ids

    async def __call__(self, actor: Actor, draft: Draft, *, publish: bool = True) -> ProductView:
        """Raises TooManyProducts."""
        return await self.shown_as(_itself, actor, draft, publish=publish)

    async def shown_as(self, show: Show[View], actor: Actor, draft: Draft, *, publish: bool = True) -> View:
        actor.require(Permission.LIST_ITEMS)
        now = self.clock.now()
        listing = draft.listing(ListingId(self.ids.new()), actor.user, now)
        if publish:
            listing.publish(now)
        async with self.transaction:
            await self.categories.require(listing.category, listing.kind)
            if await self.listings.open_of(actor.user, self.cap.most) >= self.cap.most:
                raise TooManyProducts(f"at most {self.cap.most} at a time: remove or sell one first")
            await self.listings.add(listing, await self.fees.on(listing))
            if listing.status is ListingStatus.PENDING_REVIEW:
                await self.items.submit(ModerationItemId(self.ids.new()), listing.id, listing.concerns, now)
            await self.history.note(moved(listing, None, actor.user, now))
            return self.transaction.answers(show(await self.listings.shown(listing.id)))


def moved(listing: Listing, former: ListingStatus | None, seller: UserId, now: datetime) -> Revision:
    return Revision(listing_id=listing.id, at=now, by=Author.SELLER, actor=seller, former=former, status=listing.status)


@dataclass(frozen=True, slots=True)
class ReviseListing:
    listings: Listings
    categories: Categories
    fees: Fees
    history: History
    items: ModerationItems
    transaction: Transaction
    clock: Clock
    ids: Ids

    async def __call__(self, actor: Actor, listing_id: ListingId, changes: Mapping[str, Any]) -> ProductView:
        """`changes` by the names of Listing's fields: the new value, or what makes it of the old one."""
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
        now = self.clock.now()
        async with self.transaction:
            listing = await owned(self.listings, actor, listing_id, kind)
            former, before = listing.status, await self.listings.shown(listing_id)
            wanted = {
                name: change(getattr(listing, name)) if callable(change) else change for name, change in changes.items()
            }
            listing.revise(now, **wanted)
            if "category" in changes:
                await self.categories.require(listing.category, listing.kind)
            await self.listings.save(listing, await self.fees.on(listing))
            after = await self.listings.shown(listing_id)
            if fields := differences(before, after):
                if listing.status is ListingStatus.PENDING_REVIEW:
                    await self.items.submit(ModerationItemId(self.ids.new()), listing_id, listing.concerns, now)
                await self.history.note(replace(moved(listing, former, actor.user, now), fields=fields))
            return self.transaction.answers(show(after))


def _itself(view: ProductView) -> ProductView:
    return view


@dataclass(frozen=True, slots=True)
class MoveOwnListing:
    listings: Listings
    history: History
    items: ModerationItems
    transaction: Transaction
    clock: Clock
    ids: Ids

    async def __call__(
        self,
        actor: Actor,
        listing_id: ListingId,
        move: Callable[[Listing, datetime], None],
        kind: Kind | None = None,
    ) -> ProductView:
        """`move`: Listing.publish, Listing.pause, Listing.resume or Listing.remove; of another `kind` is not found."""
        actor.require(Permission.LIST_ITEMS)
        now = self.clock.now()
        async with self.transaction:
            listing = await owned(self.listings, actor, listing_id, kind)
            former = listing.status
            move(listing, now)
            await self.listings.restate(listing)
            if listing.status is ListingStatus.PENDING_REVIEW:
                await self.items.submit(ModerationItemId(self.ids.new()), listing_id, listing.concerns, now)
            await self.history.note(moved(listing, former, actor.user, now))
            return self.transaction.answers(await self.listings.shown(listing_id))


@dataclass(frozen=True, slots=True)
class SettleListing:
    """Inside a running transaction: what becomes of a listing when an order over it ends, or some of it is given back.

    Back on the market or sold, unless it was withdrawn meanwhile.
    """

    listings: Listings
    history: History
    clock: Clock

    async def __call__(self, standing: Standing, to: ListingStatus) -> None:
        status = standing.after_order(to)
        if status is not None and status is not standing.status:
            await self.listings.stand([replace(standing, status=status)])
            await self.history.note(
                Revision(
                    listing_id=standing.listing_id, at=self.clock.now(), by=Author.SYSTEM, former=standing.status,
                    status=status, reason="order",
                )
            )  # fmt: skip


@dataclass(frozen=True, slots=True)
class WithholdListings:
    """React to a seller who was suspended or is gone: nothing of theirs is for sale."""

    listings: Listings
    history: History
    transaction: Transaction
    clock: Clock

    async def __call__(self, seller: UserId, why: Withheld) -> None:
        await _change_all(self, seller, lambda standing: standing.withhold(why), f"account {why}")


@dataclass(frozen=True, slots=True)
class GiveListingsBack:
    """React to a seller who is welcome again."""

    listings: Listings
    history: History
    transaction: Transaction
    clock: Clock

    async def __call__(self, seller: UserId) -> None:
        await _change_all(self, seller, Standing.give_back, "account activated")


async def _change_all(
    by: WithholdListings | GiveListingsBack, seller: UserId, change: Callable[[Standing], None], reason: str
) -> None:
    """Some at a time: a seller may have many, and each is locked only briefly."""
    after: ListingId | None = None
    while True:
        async with by.transaction:
            some = await by.listings.standings_of(seller, after=after, limit=CHANGE_AT_ONCE)
            former = {standing.listing_id: standing.status for standing in some}
            for standing in some:
                change(standing)
            await by.listings.stand(some)
            now = by.clock.now()
            await by.history.note(
                *(
                    Revision(
                        listing_id=one.listing_id, at=now, by=Author.SYSTEM, former=former[one.listing_id],
                        status=one.status, reason=reason,
                    )
                    for one in some
                    if one.status is not former[one.listing_id]
                )
            )  # fmt: skip
        if len(some) < CHANGE_AT_ONCE:
            return
        after = some[-1].listing_id
