"""The life of an order: its moves, its fulfilments, its timeline."""

from dishka import Provider, Scope, provide, provide_all

from marketplace.adapters.bridges.ordering_asks_catalog import SeatsOfCatalog
from marketplace.adapters.bridges.ordering_asks_identity import WorkersOfIdentity
from marketplace.adapters.bridges.ordering_asks_payments import MoneyTrailOfPayments
from marketplace.adapters.sql.ordering.fulfilments import SqlFulfilments
from marketplace.adapters.sql.ordering.order_lists import SqlOrderLists
from marketplace.adapters.sql.ordering.order_trail import SqlOrderNews, SqlOrderTrail
from marketplace.application.ordering.life import (
    AddFulfilment,
    AutoCompleteOrder,
    MoveOrder,
    ReadTimeline,
    ReleaseSeat,
)
from marketplace.application.ordering.life_ports import (
    Fulfilments,
    MoneyTrail,
    OrderLists,
    OrderNews,
    OrderTrail,
    Seats,
    Workers,
)
from marketplace.application.payments.refunds import RefundCancelled


class OrderLifeProvider(Provider):
    scope = Scope.REQUEST

    fulfilments = provide(SqlFulfilments, provides=Fulfilments)
    seats = provide(SeatsOfCatalog, provides=Seats)
    workers = provide(WorkersOfIdentity, provides=Workers)
    lists = provide(SqlOrderLists, provides=OrderLists, scope=Scope.APP)
    trail = provide(SqlOrderTrail, provides=OrderTrail, scope=Scope.APP)
    money = provide(MoneyTrailOfPayments, provides=MoneyTrail, scope=Scope.APP)
    news = provide(SqlOrderNews, provides=OrderNews, scope=Scope.APP)
    use_cases = provide_all(
        MoveOrder, AddFulfilment, AutoCompleteOrder, ReadTimeline, ReleaseSeat, RefundCancelled,
    )  # fmt: skip
