"""Setting listings aside for an order, whatever way they are sold."""

from datetime import datetime

from marketplace.application.catalog.ports import Listings, Terms
from marketplace.application.inventory.ports import Stocks
from marketplace.application.shared.ports import Ids
from marketplace.domain.catalog.standing import ListingStatus
from marketplace.domain.catalog.terms import Kind
from marketplace.domain.inventory.hold import Hold, HoldId, HoldReason
from marketplace.domain.shared.ids import ListingId, OrderId
from marketplace.domain.shared.subject import SubjectKind
from marketplace.domain.trading.units import ONE, Quantity


def whole_of(terms: Terms) -> Quantity:
    """All there ever was of it; of a service, once."""
    return ONE if terms.lot is None else Quantity.of(terms.lot.quantity, terms.lot.unit)


class ListingHolds:
    def __init__(self, listings: Listings, stocks: Stocks, ids: Ids) -> None:
        self._listings = listings
        self._stocks = stocks
        self._ids = ids

    async def hold(
        self, listing_id: ListingId, terms: Terms, quantity: Quantity, reason: HoldReason, order_id: OrderId,
        until: datetime,
    ) -> bool:  # fmt: skip
        """Of what was claimed; raises NothingLeft. True: it was the last. Services have capacity: nothing of them is
        held."""
        if terms.kind is Kind.SERVICE:
            return False
        whole = whole_of(terms)
        hold = Hold(
            id=HoldId(self._ids.new()), kind=SubjectKind.LISTING, subject=listing_id,
            quantity=quantity.to(whole.unit).amount, reason=reason, reference=order_id, until=until,
        )  # fmt: skip
        stock = await self._stocks.take(hold, of=whole.amount)
        if terms.lot is not None and not stock.left:
            await self._listings.move(listing_id, ListingStatus.RESERVED)
        return not stock.left
