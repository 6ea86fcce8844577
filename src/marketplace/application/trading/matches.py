from dataclasses import dataclass

from marketplace.application.shared.actor import Actor, Permission
from marketplace.application.trading.trade_ports import MatchQueries
from marketplace.application.trading.trade_views import MatchesView, MatchView
from marketplace.domain.trading.matching import Goods, compare, score
from marketplace.domain.trading.trade import Need, TradeId, TradeSide

MOST_CANDIDATES = 200
"""Of each kind, the newest."""


@dataclass(frozen=True, slots=True)
class FindMatches:
    queries: MatchQueries

    async def __call__(self, actor: Actor, trade_id: TradeId, limit: int) -> MatchesView:
        """The best `limit` of trades that would answer this one and, where it is one to buy, of tested lots."""
        actor.require(Permission.TRADE)
        trade = await self.queries.trade(actor, trade_id)
        buys = trade.side is TradeSide.BUY
        mine = goods_of(trade.need)
        candidates = await self.queries.counter_trades(actor, trade)
        if buys:
            candidates += await self.queries.lots(actor, trade)
        found = []
        for one in candidates:
            wanted, offered = (mine, one.goods) if buys else (one.goods, mine)
            if reasons := compare(wanted, offered, asked_by_buyer=buys):
                found.append(MatchView.of(one, reasons, score(reasons)))
        found.sort(key=lambda match: (match.score, match.id), reverse=True)
        return MatchesView(found[:limit])


def goods_of(need: Need) -> Goods:
    return Goods(
        quantity=need.quantity, price_unit=need.price_unit, grade=need.grade, quality=need.quality, price=need.target
    )
