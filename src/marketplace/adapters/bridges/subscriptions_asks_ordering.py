from marketplace.application.ordering.fee_ports import FeeSchedules
from marketplace.application.shared.ports import Clock
from marketplace.application.subscriptions.ports import Fees
from marketplace.domain.ordering.fees import Sale
from marketplace.domain.shared.ids import UserId
from marketplace.domain.shared.money import Money


class FeesOfSubscriptions(Fees):
    def __init__(self, schedules: FeeSchedules, clock: Clock) -> None:
        self._schedules = schedules
        self._clock = clock

    async def on(self, creator: UserId, amount: Money) -> Money:
        sale = Sale(channel="subscriptions", category=None, seller=creator, amount=amount)
        return (await self._schedules.book()).fee_on(sale, self._clock.now()).amount
