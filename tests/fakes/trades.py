from collections.abc import Collection, Mapping
from copy import deepcopy

from marketplace.application.trading.audience import Audience, Audiences
from marketplace.application.trading.desk_ports import Shortlist
from marketplace.application.trading.ports import Traders, Trades
from marketplace.domain.inventory.hold import Stock
from marketplace.domain.shared.errors import StaleAggregate
from marketplace.domain.shared.ids import NegotiationId, UserId
from marketplace.domain.trading.negotiation import Negotiation
from marketplace.domain.trading.trade import OPEN, Trade, TradeId, TradeNotFound
from marketplace.domain.trading.units import plain
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

    async def open_of(self, owner: UserId, limit: int) -> list[Trade]:
        own = [one for one in self._transaction.inside.trades.values() if one.owner == owner]
        its_open = [deepcopy(one) for one in own if one.status in OPEN]
        return sorted(its_open, key=lambda one: (one.valid_until, one.id))[:limit]

    async def add(self, trade: Trade) -> None:
        self._transaction.ship(trade)
        self._transaction.inside.trades[trade.id] = deepcopy(trade)

    async def save(self, trade: Trade) -> None:
        if self._transaction.inside.trades[trade.id].version != trade.version:
            raise StaleAggregate("the trade changed meanwhile; load it again", trade_id=trade.id)
        trade.version += 1
        await self.add(trade)


class MemoryAudiences(Audiences):
    def __init__(self, transaction: MemoryTransaction) -> None:
        self._transaction = transaction

    async def of(self, trade_id: TradeId) -> Audience:
        trade = self._transaction.rows.trades.get(trade_id)
        if trade is None:
            raise TradeNotFound("no such trade", trade_id=trade_id)
        stock = self._transaction.rows.stocks.get(trade_id, Stock(total=trade.need.quantity.amount))
        parties = {one for n in await self.negotiations(trade_id) for one in (n.buyer, n.seller)}
        return Audience(deepcopy(trade), plain(stock.left), frozenset(parties - {trade.owner}))

    async def negotiations(self, trade_id: TradeId) -> list[Negotiation]:
        ordered = sorted(self._transaction.rows.negotiations.items())
        return [deepcopy(one) for _, one in ordered if one.subject.id == trade_id]


class MemoryShortlist(Shortlist):
    def __init__(self, transaction: MemoryTransaction) -> None:
        self._transaction = transaction

    async def add(self, offer: NegotiationId) -> None:
        self._transaction.inside.shortlist.add(offer)

    async def remove(self, offer: NegotiationId) -> None:
        self._transaction.inside.shortlist.discard(offer)


class MemoryTraders(Traders):
    """Everybody is active and called after their id, but for the `gone`."""

    def __init__(self) -> None:
        self.gone: set[UserId] = set()

    async def names(self, people: Collection[UserId]) -> Mapping[UserId, str]:
        return {one: f"user_{one.hex[-12:]}" for one in people if one not in self.gone}
