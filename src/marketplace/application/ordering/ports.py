from typing import Protocol

from marketplace.application.ordering.views import OrderView, TransactionView
from marketplace.application.shared.actor import Actor
from marketplace.domain.ordering.order import Order
from marketplace.domain.shared.ids import OrderId


class Orders(Protocol):
    """Every order. Saving ships the events."""

    async def lock(self, order_id: OrderId) -> Order:
        """The order, locked until the transaction ends; raises OrderNotFound."""
        ...

    async def add(self, order: Order) -> None: ...
    async def save(self, order: Order) -> None: ...

    async def reprice(self, order: Order) -> None:
        """Write what Order.reduce changed."""
        ...


class MoneyInFlight(Protocol):
    """Asked of payments."""

    async def towards(self, order_id: OrderId) -> bool:
        """Whether a payment of this order may still succeed."""
        ...


class OrderQueries(Protocol):
    """Reads for the parties, who it was assigned to, and administrators; to others an order is not found."""

    async def order(self, actor: Actor, order_id: OrderId) -> OrderView: ...
    async def transaction(self, actor: Actor, order_id: OrderId) -> TransactionView: ...
