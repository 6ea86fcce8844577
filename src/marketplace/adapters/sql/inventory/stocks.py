from decimal import Decimal
from uuid import UUID

import asyncpg

from marketplace.adapters.sql.transaction import SqlTransaction
from marketplace.application.inventory.ports import Stocks
from marketplace.domain.inventory.hold import Hold, HoldId, HoldReason, HoldStatus, Stock
from marketplace.domain.shared.subject import SubjectKind

TAKE = """
WITH stock AS (
    INSERT INTO inventory.stocks AS now (subject_id, total, held) VALUES ($2, $3, $4)
    ON CONFLICT (subject_id) DO UPDATE SET total = excluded.total, held = now.held + excluded.held
    WHERE now.held + now.sold + excluded.held <= excluded.total
    RETURNING total, held, sold
), held AS (
    INSERT INTO inventory.holds (id, subject_id, quantity, kind, reason, reference, until)
    SELECT $1, $2, $4, $5, $6, $7, $8 FROM stock
)
SELECT * FROM stock
"""
_OF = "SELECT total, held, sold FROM inventory.stocks WHERE subject_id = $1 FOR UPDATE"
_HELD_FOR = "SELECT * FROM inventory.holds WHERE reference = $1 AND status = 'held' ORDER BY subject_id, id"
_TAKEN_FOR = "SELECT * FROM inventory.holds WHERE reference = $1 AND status <> 'released' ORDER BY subject_id, id"
_FIND = "SELECT * FROM inventory.holds WHERE id = $1 AND status = 'held'"
_SETTLE = """
WITH was AS (
    SELECT id, status, quantity FROM inventory.holds
    WHERE id = $1 AND (status = 'held' OR status = 'sold' AND $3 = 'released')
), settled AS (
    UPDATE inventory.holds SET status = $3 FROM was WHERE holds.id = was.id RETURNING was.status, was.quantity
)
UPDATE inventory.stocks
SET held = held - CASE status WHEN 'held' THEN quantity ELSE 0 END,
    sold = sold - CASE status WHEN 'sold' THEN quantity ELSE 0 END + CASE $3 WHEN 'sold' THEN quantity ELSE 0 END
FROM settled WHERE subject_id = $2 RETURNING total, held, sold
"""


class SqlStocks(Stocks):
    def __init__(self, transaction: SqlTransaction) -> None:
        self._transaction = transaction

    async def take(self, hold: Hold, *, of: Decimal) -> Stock:
        row = None
        if hold.quantity <= of:
            row = await self._transaction.connection.fetchrow(
                TAKE, hold.id, hold.subject, of, hold.quantity, hold.kind.value, hold.reason.value, hold.reference,
                hold.until,
            )  # fmt: skip
        if row is None:
            stock = await self.of(hold.subject) or Stock(total=of)
            raise stock.nothing_left
        return _stock(row)

    async def of(self, subject: UUID) -> Stock | None:
        row = await self._transaction.connection.fetchrow(_OF, subject)
        return row and _stock(row)

    async def held_for(self, reference: UUID) -> list[Hold]:
        return [_hold(row) for row in await self._transaction.connection.fetch(_HELD_FOR, reference)]

    async def taken_for(self, reference: UUID) -> list[Hold]:
        return [_hold(row) for row in await self._transaction.connection.fetch(_TAKEN_FOR, reference)]

    async def find(self, hold_id: HoldId) -> Hold | None:
        row = await self._transaction.connection.fetchrow(_FIND, hold_id)
        return row and _hold(row)

    async def settle(self, hold: Hold, to: HoldStatus) -> Stock | None:
        await self.of(hold.subject)  # locked by a statement of its own, the next one sees what others committed
        row = await self._transaction.connection.fetchrow(_SETTLE, hold.id, hold.subject, to.value)
        return row and _stock(row)


def _stock(row: asyncpg.Record) -> Stock:
    return Stock(total=row["total"], held=row["held"], sold=row["sold"])


def _hold(row: asyncpg.Record) -> Hold:
    return Hold(
        id=row["id"], kind=SubjectKind(row["kind"]), subject=row["subject_id"], quantity=row["quantity"],
        reason=HoldReason(row["reason"]), reference=row["reference"], until=row["until"],
    )  # fmt: skip
