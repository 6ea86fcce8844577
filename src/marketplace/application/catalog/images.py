"""The pictures of a listing: re-encoded, stored under a name that cannot be guessed and is never used again.

A picture that no listing shows (not yet, or no more) has a timer that deletes it, set before its first file is stored.
"""

from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID, uuid4

from marketplace.application.catalog.media_ports import Folder
from marketplace.application.catalog.media_views import ImageView, image_view
from marketplace.application.catalog.ports import Fees, Listings
from marketplace.application.shared.actor import Actor, Permission
from marketplace.application.shared.images import ImageEncoder
from marketplace.application.shared.ports import Clock, Timers, Transaction
from marketplace.application.shared.storage import Storage
from marketplace.domain.catalog.media import WIDTHS, UploadedImage
from marketplace.domain.shared.ids import ListingId

KEPT = timedelta(hours=1)
"""A picture that is not shown lives on so long: pages and caches may still point to it."""

DELETE_IMAGE = "catalog.delete_image"
"""The timer that calls DeleteImage."""


@dataclass(frozen=True, slots=True)
class AddImage:
    listings: Listings
    fees: Fees
    images: ImageEncoder
    storage: Storage
    transaction: Transaction
    timers: Timers
    clock: Clock

    async def __call__(
        self, actor: Actor, listing_id: ListingId, upload: bytes, image_id: UUID | None = None
    ) -> ImageView:
        """Behind those that are there. With an id it is added once, however often it is sent."""
        actor.require(Permission.LIST_ITEMS)
        async with self.transaction:
            listing = await self.listings.locked(listing_id)
            listing.require_owner(actor.user)
            if image_id not in {image.id for image in listing.images}:
                listing.require_room_for_image()
        fitted = await self.images.fitted(upload, WIDTHS)
        image = UploadedImage(image_id or uuid4(), fitted.width, fitted.height)
        async with self.transaction:
            self.timers.set(DELETE_IMAGE, image.id, self.clock.now() + KEPT)
        for width, file in fitted.files.items():
            await self.storage.put(image_key(image.id, width), file)
        async with self.transaction:
            listing = await self.listings.locked(listing_id)
            listing.require_owner(actor.user)
            listing.add_image(image, self.clock.now())
            self.timers.clear(DELETE_IMAGE, image.id)
            await self.listings.save(listing, await self.fees.on(listing))
            return self.transaction.answers(image_view(image))


@dataclass(frozen=True, slots=True)
class RemoveImage:
    listings: Listings
    fees: Fees
    transaction: Transaction
    timers: Timers
    clock: Clock

    async def __call__(self, actor: Actor, listing_id: ListingId, image_id: UUID) -> None:
        actor.require(Permission.LIST_ITEMS)
        now = self.clock.now()
        async with self.transaction:
            listing = await self.listings.locked(listing_id)
            listing.require_owner(actor.user)
            listing.remove_image(image_id, now)
            self.timers.set(DELETE_IMAGE, image_id, now + KEPT)
            await self.listings.save(listing, await self.fees.on(listing))


@dataclass(frozen=True, slots=True)
class DeleteImage:
    """The files of a picture that no listing shows; may run again."""

    storage: Storage

    async def __call__(self, name: UUID) -> None:
        for width in WIDTHS:
            await self.storage.delete(image_key(name, width))


def image_key(name: UUID, width: int) -> str:
    return f"{Folder.IMAGES}/{name.hex}-{width}.webp"
