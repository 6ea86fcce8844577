from collections.abc import Sequence

from marketplace.application.catalog.listings import SettleListing
from marketplace.application.catalog.ports import Listings
from marketplace.application.inventory.ports import Goods
from marketplace.application.trading.lots import SettleLot
from marketplace.domain.catalog.standing import ListingStatus
from marketplace.domain.inventory.hold import Hold, HoldStatus, Stock
from marketplace.domain.shared.ids import ListingId
from marketplace.domain.shared.subject import SubjectKind
from marketplace.domain.trading.terms import LotId


class GoodsOfEverybody(Goods):
    def __init__(self, listings: Listings, settle_listing: SettleListing, settle_lot: SettleLot) -> None:
        self._listings = listings
        self._settle_listing = settle_listing
        self._settle_lot = settle_lot

    async def lock(self, holds: Sequence[Hold]) -> None:
        for hold in holds:
            if hold.kind is SubjectKind.LISTING:
                await self._listings.standing(ListingId(hold.subject))
            elif hold.kind is SubjectKind.LOT:
                await self._settle_lot.lots.locked(LotId(hold.subject))

    async def settled(self, hold: Hold, to: HoldStatus, stock: Stock) -> None:
        if hold.kind is SubjectKind.LISTING and (stock.left or stock.is_sold_out):
            standing = await self._listings.standing(ListingId(hold.subject))
            await self._settle_listing(standing, ListingStatus.SOLD if stock.is_sold_out else ListingStatus.ACTIVE)
        if hold.kind is SubjectKind.LOT:
            await self._settle_lot(LotId(hold.subject))
