from dishka.integrations.litestar import FromDishka, inject
from litestar import Controller, get
from litestar.params import FromPath

from marketplace.application.ordering.ports import OrderQueries
from marketplace.application.ordering.views import OrderView, TransactionView
from marketplace.application.shared.actor import Actor
from marketplace.domain.shared.ids import OrderId
from marketplace.entrypoints.http.messages import Success


class OrdersController(Controller):
    path = "/api/v1"
    tags = ("Orders",)
    security = [{"bearer": []}]  # noqa: RUF012 - Litestar reads it from the class

    @get("/orders/{order_id:uuid}", summary="Read an order")
    @inject
    async def order(
        self, order_id: FromPath[OrderId], actor: FromDishka[Actor], orders: FromDishka[OrderQueries]
    ) -> Success[OrderView]:
        """For the parties, who it is assigned to, and administrators; with the fee and the rule it follows from."""
        return Success(await orders.order(actor, order_id))

    @get("/transactions/{order_id:uuid}", summary="Read a transaction")
    @inject
    async def transaction(
        self, order_id: FromPath[OrderId], actor: FromDishka[Actor], orders: FromDishka[OrderQueries]
    ) -> Success[TransactionView]:
        """The order that an accepted offer placed; `status` is `pending` until it is paid."""
        return Success(await orders.transaction(actor, order_id))
