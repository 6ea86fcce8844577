from marketplace.application.catalog.ports import Fees
from marketplace.application.ordering.fee_ports import FeeSchedules
from marketplace.application.shared.ports import Clock
from marketplace.domain.catalog.listing import Listing
from marketplace.domain.ordering.fees import Sale
from marketplace.domain.shared.money import Money


class FeesOfOrdering(Fees):
    def __init__(self, schedules: FeeSchedules, clock: Clock) -> None:
        self._schedules = schedules
        self._clock = clock

    async def on(self, listing: Listing) -> Money:
        sale = Sale(
            channel=listing.channel.value, category=listing.category, seller=listing.seller, amount=listing.price
        )
        return (await self._schedules.book()).fee_on(sale, self._clock.now()).amount
