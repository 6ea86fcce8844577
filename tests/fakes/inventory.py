from dataclasses import replace
from decimal import Decimal
from uuid import UUID

from marketplace.application.inventory.ports import Stocks
from marketplace.domain.inventory.hold import HOLD_MOVES, Hold, HoldId, HoldStatus, Stock
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
        return self._of(reference, HoldStatus.HELD)

    async def taken_for(self, reference: UUID) -> list[Hold]:
        return self._of(reference, HoldStatus.HELD, HoldStatus.SOLD)

    def _of(self, reference: UUID, *statuses: HoldStatus) -> list[Hold]:
        holds = self._transaction.inside.holds.values()
        found = [hold for hold, status in holds if hold.reference == reference and status in statuses]
        return sorted(found, key=lambda one: (one.subject, one.id))

    async def find(self, hold_id: HoldId) -> Hold | None:
        hold, status = self._transaction.inside.holds.get(hold_id, (None, None))
        return hold if status is HoldStatus.HELD else None

    async def settle(self, hold: Hold, to: HoldStatus) -> Stock | None:
        rows = self._transaction.inside
        was = rows.holds[hold.id][1]
        if to not in HOLD_MOVES[was]:
            return None
        stock, nothing = rows.stocks[hold.subject], Decimal(0)
        rows.holds[hold.id] = (hold, to)
        rows.stocks[hold.subject] = replace(
            stock,
            held=stock.held - (hold.quantity if was is HoldStatus.HELD else nothing),
            sold=stock.sold
            - (hold.quantity if was is HoldStatus.SOLD else nothing)
            + (hold.quantity if to is HoldStatus.SOLD else nothing),
        )
        return rows.stocks[hold.subject]

    async def of(self, subject: UUID) -> Stock | None:
        return self._transaction.inside.stocks.get(subject)
