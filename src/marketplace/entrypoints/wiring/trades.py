from dishka import Provider, Scope, provide, provide_all

from marketplace.adapters.bridges.trades_ask_identity import TradersOfIdentity
from marketplace.adapters.bridges.trades_ask_inventory import RemainingOfInventory
from marketplace.adapters.sql.trading.matches import SqlMatchQueries
from marketplace.adapters.sql.trading.trade_queries import SqlTradeQueries
from marketplace.application.trading.matches import FindMatches
from marketplace.application.trading.trade_ports import MatchQueries, Remaining, TradeQueries, Traders
from marketplace.application.trading.trades import (
    CancelTrade,
    CloseTrade,
    CreateTrade,
    EndTrades,
    ExpireTrade,
    OpenTrade,
    PublishTrade,
    ReviseTrade,
    TradeSteps,
)


class TradesProvider(Provider):
    scope = Scope.REQUEST

    traders = provide(TradersOfIdentity, provides=Traders)
    remaining = provide(RemainingOfInventory, provides=Remaining)
    queries = provide(SqlTradeQueries, provides=TradeQueries, scope=Scope.APP)
    matches = provide(SqlMatchQueries, provides=MatchQueries, scope=Scope.APP)
    use_cases = provide_all(
        TradeSteps, CreateTrade, ReviseTrade, PublishTrade, CancelTrade, CloseTrade, ExpireTrade, OpenTrade, EndTrades,
        FindMatches,
    )  # fmt: skip
