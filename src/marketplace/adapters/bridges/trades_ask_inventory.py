from decimal import Decimal

from marketplace.application.inventory.ports import Stocks
from marketplace.application.trading.trade_ports import Remaining
from marketplace.domain.trading.trade import Trade
from marketplace.domain.trading.units import plain


class RemainingOfInventory(Remaining):
    def __init__(self, stocks: Stocks) -> None:
        self._stocks = stocks

    async def of(self, trade: Trade) -> Decimal:
        stock = await self._stocks.of(trade.id)
        return trade.need.quantity.amount if stock is None else plain(stock.left)
