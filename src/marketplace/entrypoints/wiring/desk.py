"""The trade desk: trades, what was read in messages, offers and awards, and who is told of them."""

from dishka import Provider, Scope, provide, provide_all

from marketplace.adapters.bridges.trading_asks_identity import TradersOfIdentity
from marketplace.adapters.bridges.trading_asks_inventory import SuppliesOfInventory
from marketplace.adapters.parsing.rules import RuleTradeParser
from marketplace.adapters.sql.trading.audiences import SqlAudiences
from marketplace.adapters.sql.trading.desk_offer_queries import SqlDeskOfferQueries
from marketplace.adapters.sql.trading.matches import SqlMatchQueries
from marketplace.adapters.sql.trading.parses import SqlParses
from marketplace.adapters.sql.trading.shortlist import SqlShortlist
from marketplace.adapters.sql.trading.trade_queries import SqlTradeQueries
from marketplace.adapters.sql.trading.trades import SqlTrades
from marketplace.application.trading.audience import Audiences, PlanReminder
from marketplace.application.trading.desk_awards import AcceptDeskOffer, Awards, AwardTrade
from marketplace.application.trading.desk_offers import (
    CounterDeskOffer,
    Deliverable,
    EndDeskOffer,
    OfferOnTrade,
    ReviseDeskOffer,
    ShortlistOffer,
)
from marketplace.application.trading.desk_ports import DeskOfferQueries, Shortlist
from marketplace.application.trading.matches import FindMatches
from marketplace.application.trading.parsing import (
    ConfirmParse,
    ForgetParses,
    ForgetUnconfirmedParses,
    Parses,
    ParseTrade,
    TradeParser,
)
from marketplace.application.trading.ports import Supplies, Traders, Trades
from marketplace.application.trading.trade_ports import MatchQueries, TradeQueries
from marketplace.application.trading.trades import (
    CreateTrade,
    EndTrades,
    ExpireTrade,
    MoveTrade,
    OpenTrade,
    ReviseTrade,
    TradeSteps,
)


class DeskProvider(Provider):
    scope = Scope.REQUEST

    traders = provide(TradersOfIdentity, provides=Traders)
    supplies = provide(SuppliesOfInventory, provides=Supplies)

    trades = provide(SqlTrades, provides=Trades)
    trade_queries = provide(SqlTradeQueries, provides=TradeQueries, scope=Scope.APP)
    matches = provide(SqlMatchQueries, provides=MatchQueries, scope=Scope.APP)
    audiences = provide(SqlAudiences, provides=Audiences, scope=Scope.APP)
    of_trades = provide_all(
        TradeSteps, CreateTrade, ReviseTrade, MoveTrade, ExpireTrade, OpenTrade, EndTrades,
        FindMatches, PlanReminder,
    )  # fmt: skip

    parser = provide(RuleTradeParser, provides=TradeParser, scope=Scope.APP)
    parses = provide(SqlParses, provides=Parses)
    of_parses = provide_all(ParseTrade, ConfirmParse, ForgetParses, ForgetUnconfirmedParses)

    shortlist = provide(SqlShortlist, provides=Shortlist)
    offer_queries = provide(SqlDeskOfferQueries, provides=DeskOfferQueries, scope=Scope.APP)
    of_offers = provide_all(
        Deliverable, OfferOnTrade, ReviseDeskOffer, CounterDeskOffer, EndDeskOffer,
        ShortlistOffer, Awards, AcceptDeskOffer, AwardTrade,
    )  # fmt: skip
