import asyncpg

from marketplace.adapters.sql.pool import Pool
from marketplace.adapters.sql.trading.lots import REPORTS, lot_of
from marketplace.application.shared.actor import Actor, Permission
from marketplace.application.shared.paging import EXACT_TOTAL_LIMIT, LARGEST_PER_PAGE, Slice
from marketplace.application.trading.tested_lot_ports import LotFilter, LotQueries
from marketplace.application.trading.tested_lot_views import HeldView, TestedLotView
from marketplace.domain.trading.lot import LotNotFound, LotStatus
from marketplace.domain.trading.terms import LotId
from marketplace.domain.trading.units import plain

MOST_RESERVATIONS = 100
"""Shown of one lot, the latest."""
_REMAINING = "lot.quantity - coalesce(stock.held + stock.sold, 0) AS remaining"
_STOCK = "LEFT JOIN inventory.stocks stock ON stock.subject_id = lot.id"
LOT = f"""
SELECT lot.*, {_REMAINING}, {REPORTS}
FROM trading.tested_lots lot {_STOCK}
WHERE lot.id = $1 AND (lot.owner_id = $2 OR lot.status = 'available')
"""  # noqa: S608 - our own words
RESERVATIONS = f"""
SELECT id, quantity, reference, until FROM inventory.holds
WHERE subject_id = $1 AND status = 'held' AND reason = 'reservation' ORDER BY id DESC LIMIT {MOST_RESERVATIONS}
"""  # noqa: S608


def _page(*, mine: bool, commodity: bool, status: bool, by_cursor: bool) -> str:
    """$1 the owner, $2 what to skip or the cursor, $3 the limit, $4 the commodity, $5 the status; each has its own
    text, because a generic plan is made for what stands in it. Counted in order: by the index of the list."""
    where = "owner_id = $1" if mine else "status = 'available' AND $1::uuid IS NOT NULL"
    where += " AND lower(commodity) = lower($4)" if commodity else " AND $4::text IS NULL"
    where += " AND status = $5" if status else " AND $5::text IS NULL"
    after, skip = (" AND id < $2", "") if by_cursor else ("", "OFFSET $2::int")
    return f"""
SELECT lot.*, {_REMAINING}, {REPORTS}, (
    SELECT count(*) FROM (
        SELECT FROM trading.tested_lots WHERE {where} ORDER BY id DESC LIMIT {EXACT_TOTAL_LIMIT + 1}
    ) counted
) AS total
FROM (
    SELECT * FROM trading.tested_lots WHERE {where}{after} ORDER BY id DESC LIMIT {LARGEST_PER_PAGE + 1} {skip}
) lot {_STOCK}
ORDER BY lot.id DESC LIMIT $3"""  # noqa: S608


BOTH = (False, True)
PAGES = {
    (mine, commodity, status, by_cursor): _page(mine=mine, commodity=commodity, status=status, by_cursor=by_cursor)
    for mine in BOTH for commodity in BOTH for status in BOTH if mine or not status for by_cursor in BOTH
}  # fmt: skip


class SqlLotQueries(LotQueries):
    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    async def lot(self, actor: Actor, lot_id: LotId) -> TestedLotView:
        actor.require(Permission.TRADE)
        async with self._pool.connection() as connection:
            row = await connection.fetchrow(LOT, lot_id, actor.user)
            if row is None:
                raise LotNotFound("no such lot", lot_id=lot_id)
            if row["owner_id"] != actor.user:
                return _view(row)
            held = await connection.fetch(RESERVATIONS, lot_id)
        reservations = [
            HeldView(
                one["id"], plain(one["quantity"]), None if one["reference"] == actor.user else one["reference"],
                one["until"],
            )
            for one in held
        ]  # fmt: skip
        return TestedLotView.of(lot_of(row, row["reports"]), plain(row["remaining"]), reservations)

    async def lots(
        self, actor: Actor, wanted: LotFilter, *, after: LotId | None, skip: int, limit: int
    ) -> Slice[TestedLotView]:
        """In another state than available only one's own are seen."""
        actor.require(Permission.TRADE)
        status = None if wanted.status is LotStatus.AVAILABLE and not wanted.mine else wanted.status
        mine = wanted.mine or status is not None
        page = PAGES[mine, wanted.commodity is not None, status is not None, after is not None]
        async with self._pool.connection() as connection:
            rows = await connection.fetch(
                page, actor.user, after or skip, limit + 1, wanted.commodity, status and status.value
            )
        return Slice([_view(row) for row in rows[:limit]], rows[0]["total"] if rows else 0, len(rows) > limit)


def _view(row: asyncpg.Record) -> TestedLotView:
    return TestedLotView.of(lot_of(row, row["reports"]), plain(row["remaining"]))
