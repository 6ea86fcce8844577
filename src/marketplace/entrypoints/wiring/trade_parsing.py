from dishka import Provider, Scope, provide, provide_all

from marketplace.adapters.parsing.rules import RuleTradeParser
from marketplace.adapters.sql.trading.parses import SqlParses
from marketplace.application.trading.parsing import ConfirmParse, Parses, ParseTrade, TradeParser


class TradeParsingProvider(Provider):
    scope = Scope.REQUEST

    parser = provide(RuleTradeParser, provides=TradeParser, scope=Scope.APP)
    parses = provide(SqlParses, provides=Parses)
    use_cases = provide_all(ParseTrade, ConfirmParse)
