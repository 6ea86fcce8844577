"""React to a stream: what it sells is shown live while it runs."""

from dataclasses import dataclass

from marketplace.application.catalog.ports import Listings, Signals
from marketplace.application.shared.ports import Transaction
from marketplace.domain.shared.ids import ListingId


@dataclass(frozen=True, slots=True)
class ShowLive:
    listings: Listings
    signals: Signals
    transaction: Transaction

    async def __call__(self, listing_id: ListingId, *, is_live: bool) -> None:
        """In whatever state the listing is, and it stays so if it comes back; raises ListingNotFound."""
        async with self.transaction:
            await self.listings.terms_for_share(listing_id)
            await self.signals.show_live(listing_id, is_live=is_live)
