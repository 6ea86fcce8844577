from datetime import datetime

from marketplace.application.catalog.ports import Listings
from marketplace.application.ordering.orders import EXPIRE_ORDER
from marketplace.application.ordering.ports import Orders
from marketplace.application.shared.ports import Timers
from marketplace.application.trading.ports import Deals
from marketplace.domain.catalog.standing import ListingStatus
from marketplace.domain.ordering.fees import fee_on
from marketplace.domain.ordering.order import PAYMENT_TIME, Order
from marketplace.domain.shared.ids import OrderId
from marketplace.domain.trading.negotiation import Agreement


class DealsOfCatalogAndOrdering(Deals):
    """Reserve the listing and place the order, in the transaction of the acceptance."""

    def __init__(self, listings: Listings, orders: Orders, timers: Timers) -> None:
        self._listings = listings
        self._orders = orders
        self._timers = timers

    async def strike(self, agreement: Agreement, order_id: OrderId, now: datetime) -> None:
        terms = await self._listings.move(agreement.listing_id, ListingStatus.RESERVED)
        order = Order(
            id=order_id, listing_id=agreement.listing_id, negotiation_id=agreement.negotiation_id,
            buyer=agreement.buyer, seller=agreement.seller, quantity=agreement.quantity, amount=agreement.price,
            fee=fee_on(terms.channel.value, agreement.price), payment_due_at=now + PAYMENT_TIME, created_at=now,
        )  # fmt: skip
        order.place()
        await self._orders.add(order)
        self._timers.set(EXPIRE_ORDER, order.id, order.payment_due_at)
