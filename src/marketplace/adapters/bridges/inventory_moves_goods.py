from collections.abc import Sequence

from marketplace.application.catalog.listings import SettleListing
from marketplace.application.catalog.ports import Listings
from marketplace.application.inventory.ports import Goods
from marketplace.domain.catalog.standing import ListingStatus
from marketplace.domain.inventory.hold import Hold, HoldStatus, Stock
from marketplace.domain.shared.ids import ListingId
from marketplace.domain.shared.subject import SubjectKind


class GoodsOfEverybody(Goods):
    def __init__(self, listings: Listings, settle_listing: SettleListing) -> None:
        self._listings = listings
        self._settle_listing = settle_listing

    async def lock(self, holds: Sequence[Hold]) -> None:
        for hold in holds:
            if hold.kind is SubjectKind.LISTING:
                await self._listings.standing(ListingId(hold.subject))

    async def settled(self, hold: Hold, to: HoldStatus, stock: Stock) -> None:
        if hold.kind is SubjectKind.LISTING and (stock.left or stock.is_sold_out):
            standing = await self._listings.standing(ListingId(hold.subject))
            await self._settle_listing(standing, ListingStatus.SOLD if stock.is_sold_out else ListingStatus.ACTIVE)
