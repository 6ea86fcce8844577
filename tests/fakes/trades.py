from copy import deepcopy

from marketplace.application.trading.ports import Trades
from marketplace.domain.shared.errors import StaleAggregate
from marketplace.domain.trading.trade import Trade, TradeId, TradeNotFound
from tests.fakes.world import MemoryTransaction


class MemoryTrades(Trades):
    def __init__(self, transaction: MemoryTransaction) -> None:
        self._transaction = transaction

    async def locked(self, trade_id: TradeId) -> Trade:
        if trade_id not in self._transaction.inside.trades:
            raise TradeNotFound("no such trade", trade_id=trade_id)
        return deepcopy(self._transaction.inside.trades[trade_id])

    async def shared(self, trade_id: TradeId) -> Trade:
        return await self.locked(trade_id)

    async def add(self, trade: Trade) -> None:
        self._transaction.ship(trade)
        self._transaction.inside.trades[trade.id] = deepcopy(trade)

    async def save(self, trade: Trade) -> None:
        if self._transaction.inside.trades[trade.id].version != trade.version:
            raise StaleAggregate("the trade changed meanwhile; load it again", trade_id=trade.id)
        trade.version += 1
        await self.add(trade)
