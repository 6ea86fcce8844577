"""What a seller does with a service and with no other listing; the rest is in listings.py."""

from dataclasses import dataclass

from marketplace.application.catalog.ports import Listings
from marketplace.application.shared.actor import Actor, Permission
from marketplace.application.shared.ports import Transaction
from marketplace.domain.catalog.listing import ListingStatus
from marketplace.domain.catalog.terms import Kind
from marketplace.domain.shared.ids import ListingId


@dataclass(frozen=True, slots=True)
class WithdrawService:
    """For good. What is booked stays booked."""

    listings: Listings
    transaction: Transaction

    async def __call__(self, actor: Actor, service_id: ListingId) -> None:
        actor.require(Permission.LIST_ITEMS)
        async with self.transaction:
            listing = await self.listings.locked(service_id)
            listing.require_kind(Kind.SERVICE)
            listing.require_owner(actor.user)
            await self.listings.move(service_id, ListingStatus.REMOVED)
