"""The life of orders on the memory adapters of a Market. They honour the port contracts: tests/contract/ordering."""

from uuid import UUID

from marketplace.adapters.bridges.ordering_asks_catalog import SeatsOfCatalog
from marketplace.adapters.bridges.payments_asks_ordering import PayablesOfOrdering
from marketplace.application.ordering.life import AddFulfilment, AutoCompleteOrder, MoveOrder, ReleaseSeat
from marketplace.application.ordering.life_ports import Fulfilments, Workers
from marketplace.application.payments.refunds import RefundCancelled
from marketplace.application.shared.actor import Actor
from marketplace.domain.inventory.hold import HoldStatus
from marketplace.domain.ordering.fulfilment import Fulfilment
from marketplace.domain.ordering.order import Order
from marketplace.domain.shared.ids import OrderId, UserId
from tests.builders.commerce import GOOD_CARD, an_actor
from tests.fakes.bookings import MemoryBookings
from tests.fakes.market import Market
from tests.fakes.world import (
    MemoryMoneyInFlight,
    MemoryOrders,
    MemoryPayments,
    MemoryTimers,
    MemoryTransaction,
    SequentialIds,
)


class MemoryFulfilments(Fulfilments):
    def __init__(self, transaction: MemoryTransaction) -> None:
        self._transaction = transaction

    async def of(self, order_id: OrderId) -> list[Fulfilment]:
        found = [one for one in self._transaction.inside.fulfilments if one.order_id == order_id]
        return sorted(found, key=lambda one: one.id)

    async def add(self, fulfilment: Fulfilment) -> None:
        self._transaction.inside.fulfilments.append(fulfilment)


class MemoryWorkers(Workers):
    def __init__(self) -> None:
        self.active: set[UserId] = set()

    async def may_serve(self, user: UserId) -> bool:
        return user in self.active


class Life:
    """What a market lacks to bring an order to its end."""

    def __init__(self, market: Market) -> None:
        self.market = market
        self.worker, self.admin = an_actor(), an_actor()
        block, clock = market.transaction, market.clock
        orders, timers = MemoryOrders(block), MemoryTimers(block)
        payables = PayablesOfOrdering(orders, timers, clock)
        self.workers = MemoryWorkers()
        self.workers.active = {self.worker.user, market.seller.user}
        self.move = MoveOrder(orders, self.workers, MemoryMoneyInFlight(block), timers, block, clock)
        self.fulfil = AddFulfilment(orders, MemoryFulfilments(block), timers, block, clock, SequentialIds())
        self.auto_complete = AutoCompleteOrder(orders, timers, block, clock)
        self.release_seat = ReleaseSeat(orders, SeatsOfCatalog(MemoryBookings(block)), block)
        self.refund_cancelled = RefundCancelled(MemoryPayments(block), payables, market.refund_steps, block)

    def order(self, order_id: UUID) -> Order:
        return self.market.rows.orders[OrderId(order_id)]

    async def paid(self, by: Actor | None = None) -> OrderId:
        order_id = await self.market.ordered()
        await self.market.pay_order(by or self.market.buyer, order_id, GOOD_CARD)
        await self.market.settle_holds(order_id, HoldStatus.SOLD)
        self.market.forget_news()
        return order_id
