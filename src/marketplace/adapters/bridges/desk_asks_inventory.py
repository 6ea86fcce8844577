from decimal import Decimal
from uuid import UUID

from marketplace.application.inventory.ports import Stocks
from marketplace.application.trading.desk_ports import Supply


class SupplyOfInventory(Supply):
    def __init__(self, stocks: Stocks) -> None:
        self._stocks = stocks

    async def left(self, subject: UUID, of: Decimal) -> Decimal:
        stock = await self._stocks.of(subject)
        return of if stock is None else stock.left
