from uuid import UUID

from marketplace.application.inventory.ports import Stocks
from marketplace.application.trading.ports import Supplies, Supply
from marketplace.domain.inventory.hold import Stock
from marketplace.domain.trading.units import Quantity, plain


class SuppliesOfInventory(Supplies):
    def __init__(self, stocks: Stocks) -> None:
        self._stocks = stocks

    async def of(self, subject: UUID, whole: Quantity) -> Supply:
        stock = await self._stocks.of(subject) or Stock(total=whole.amount)
        return Supply(left=plain(stock.left), held=plain(stock.held), is_sold_out=stock.is_sold_out)
