from dataclasses import replace
from decimal import Decimal
from uuid import UUID

from marketplace.application.inventory.ports import Stocks
from marketplace.domain.inventory.hold import Hold, HoldId, HoldStatus, Stock
from tests.fakes.world import MemoryTransaction


class MemoryStocks(Stocks):
    def __init__(self, transaction: MemoryTransaction) -> None:
        self._transaction = transaction

    async def take(self, hold: Hold, *, of: Decimal) -> Stock:
        rows = self._transaction.inside
        stock = replace(rows.stocks.get(hold.subject, Stock(total=of)), total=of)
        if hold.quantity > stock.left:
            raise stock.nothing_left
        rows.stocks[hold.subject] = replace(stock, held=stock.held + hold.quantity)
        rows.holds[hold.id] = (hold, HoldStatus.HELD)
        return rows.stocks[hold.subject]

    async def held_for(self, reference: UUID) -> list[Hold]:
        held = [hold for hold, status in self._transaction.inside.holds.values() if status is HoldStatus.HELD]
        return sorted((one for one in held if one.reference == reference), key=lambda one: (one.subject, one.id))

    async def find(self, hold_id: HoldId) -> Hold | None:
        hold, status = self._transaction.inside.holds.get(hold_id, (None, None))
        return hold if status is HoldStatus.HELD else None

    async def settle(self, hold: Hold, to: HoldStatus) -> Stock | None:
        rows = self._transaction.inside
        if rows.holds[hold.id][1] is not HoldStatus.HELD:
            return None
        stock, sold = rows.stocks[hold.subject], hold.quantity if to is HoldStatus.SOLD else Decimal(0)
        rows.holds[hold.id] = (hold, to)
        rows.stocks[hold.subject] = replace(stock, held=stock.held - hold.quantity, sold=stock.sold + sold)
        return rows.stocks[hold.subject]

    async def of(self, subject: UUID) -> Stock | None:
        return self._transaction.inside.stocks.get(subject)
