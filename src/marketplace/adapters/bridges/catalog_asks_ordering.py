from marketplace.application.catalog.ports import Fees
from marketplace.domain.catalog.listing import Channel
from marketplace.domain.ordering.fees import fee_on
from marketplace.domain.shared.money import Money


class FeesOfOrdering(Fees):
    def on(self, channel: Channel, price: Money) -> Money:
        return fee_on(channel.value, price).amount
