from collections.abc import Collection
from datetime import datetime
from typing import Any
from uuid import UUID

import asyncpg

from marketplace.adapters.sql.catalog.queries import ANY_PRODUCTS, view_of
from marketplace.adapters.sql.pool import Pool
from marketplace.adapters.sql.transaction import SqlTransaction
from marketplace.application.catalog.moderation_ports import ModerationItems, ModerationQueries
from marketplace.application.catalog.moderation_views import (
    ConcernView,
    HeldProductView,
    NewestReportView,
    ReportedView,
)
from marketplace.application.catalog.views import ProductView
from marketplace.application.shared.actor import Actor, Permission
from marketplace.application.shared.moderation import NEWEST_REPORTS, Reported
from marketplace.application.shared.paging import EXACT_TOTAL_LIMIT, LARGEST_PER_PAGE, Slice
from marketplace.domain.catalog.moderation import (
    ItemKind,
    ModerationItem,
    ModerationItemId,
    ModerationItemNotFound,
    Report,
    ReportReason,
)
from marketplace.domain.catalog.review import Concern, ReviewRule
from marketplace.domain.shared.ids import ListingId

_SUBMIT = """
INSERT INTO catalog.moderation_items (id, kind, listing_id, opened_at, concerns) VALUES ($1, 'review', $2, $3, $4)
ON CONFLICT (listing_id, kind) DO UPDATE
    SET id = excluded.id, opened_at = excluded.opened_at, concerns = excluded.concerns
"""
_REPORT_OF = """
SELECT reason, details, reported_at FROM catalog.listing_reports WHERE listing_id = $1 AND reporter_id = $2
"""
_OPEN_REPORTS = """
INSERT INTO catalog.moderation_items AS known (id, kind, listing_id, opened_at) VALUES ($1, 'reports', $2, $3)
ON CONFLICT (listing_id, kind) DO UPDATE SET reports = known.reports
RETURNING id
"""
"""Locks the item, so that the reports of one listing come one after the other."""
_REPORT = """
WITH added AS (
    INSERT INTO catalog.listing_reports (listing_id, reporter_id, item_id, reason, details, reported_at)
    VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT DO NOTHING RETURNING item_id
)
UPDATE catalog.moderation_items SET reports = reports + 1 WHERE id = (SELECT item_id FROM added)
"""
_PUT_OF = """
INSERT INTO catalog.moderation_items AS known (id, kind, {column}, opened_at, reports) VALUES ($1, '{kind}', $2, $3, 1)
ON CONFLICT ({column}) DO UPDATE SET reports = known.reports + 1
RETURNING id
"""
_PUT = {
    Reported.REVIEW: _PUT_OF.format(kind=Reported.REVIEW, column="review_id"),
    Reported.MESSAGE: _PUT_OF.format(kind=Reported.MESSAGE, column="message_id"),
}
_ITEM = """
SELECT id, kind, coalesce(listing_id, review_id, message_id) AS subject FROM catalog.moderation_items WHERE id = $1
"""
_CLOSE = "DELETE FROM catalog.moderation_items WHERE id = $1 RETURNING id"


class SqlModerationItems(ModerationItems):
    def __init__(self, transaction: SqlTransaction) -> None:
        self._transaction = transaction

    async def submit(
        self, item_id: ModerationItemId, listing_id: ListingId, concerns: Collection[Concern], now: datetime
    ) -> None:
        found = [[one.field, one.rule.value, one.found] for one in sorted(concerns)]
        await self._transaction.connection.execute(_SUBMIT, item_id, listing_id, now, found)

    async def report(self, item_id: ModerationItemId, report: Report) -> Report:
        connection = self._transaction.connection
        if known := await self._report_of(report):
            return known
        item_id = await connection.fetchval(_OPEN_REPORTS, item_id, report.listing_id, report.at)
        await connection.execute(
            _REPORT, report.listing_id, report.reporter, item_id, report.reason.value, report.details, report.at
        )
        return await self._report_of(report) or report

    async def put(self, kind: Reported, subject: UUID, item_id: UUID, now: datetime) -> UUID:
        open_item: UUID = await self._transaction.connection.fetchval(_PUT[kind], item_id, subject, now)
        return open_item

    async def _report_of(self, report: Report) -> Report | None:
        row = await self._transaction.connection.fetchrow(_REPORT_OF, report.listing_id, report.reporter)
        return row and Report(
            listing_id=report.listing_id, reporter=report.reporter, reason=ReportReason(row["reason"]),
            details=row["details"], at=row["reported_at"],
        )  # fmt: skip

    async def item(self, item_id: ModerationItemId) -> ModerationItem:
        row = await self._transaction.connection.fetchrow(_ITEM, item_id)
        if row is None:
            raise ModerationItemNotFound("decided already, or never was", item_id=item_id)
        return ModerationItem(id=row["id"], kind=ItemKind(row["kind"]), subject=row["subject"])

    async def close(self, item_id: ModerationItemId) -> None:
        if await self._transaction.connection.fetchval(_CLOSE, item_id) is None:
            raise ModerationItemNotFound("decided already, or never was", item_id=item_id)


def _pages(kind: ItemKind) -> dict[bool, str]:
    """By number and by cursor: $1 is what to skip or the cursor, $2 the limit. Each row carries the total.

    What a suspended seller has is passed over: there is little of it, and it is on no market.
    """
    waiting = f"""
FROM catalog.moderation_items i JOIN catalog.listings l ON l.id = i.listing_id
JOIN identity.public_profiles p ON p.id = l.seller_id AND p.is_active
WHERE i.kind = '{kind}'"""
    picks = {False: "ORDER BY i.id OFFSET $1::int", True: "AND i.id > $1 ORDER BY i.id"}
    return {
        by_cursor: f"""
SELECT page.*, (SELECT count(*) FROM (SELECT {waiting} LIMIT {EXACT_TOTAL_LIMIT + 1}) counted) AS total, newest.*
FROM (SELECT i.* {waiting} {pick} LIMIT {LARGEST_PER_PAGE + 1}) page
LEFT JOIN LATERAL (
    SELECT array_agg((reporter_id, reason, details, reported_at) ORDER BY reported_at DESC) AS newest FROM (
        SELECT * FROM catalog.listing_reports r WHERE r.item_id = page.id ORDER BY reported_at DESC
        LIMIT {NEWEST_REPORTS}
    ) last
) newest ON page.reports > 0
ORDER BY page.id LIMIT $2::int"""  # noqa: S608 - our own words
        for by_cursor, pick in picks.items()
    }


PAGES = {kind: _pages(kind) for kind in (ItemKind.REVIEW, ItemKind.REPORTS)}


class SqlModerationQueries(ModerationQueries):
    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    async def queue(
        self, actor: Actor, *, after: ModerationItemId | None, skip: int, limit: int
    ) -> Slice[HeldProductView]:
        def view(row: asyncpg.Record, product: ProductView) -> HeldProductView:
            concerns = [ConcernView(field, ReviewRule(rule), found) for field, rule, found in row["concerns"]]
            return HeldProductView(row["id"], row["opened_at"], concerns, product)

        return await self._waiting(actor, ItemKind.REVIEW, view, after, skip, limit)

    async def reported(
        self, actor: Actor, *, after: ModerationItemId | None, skip: int, limit: int
    ) -> Slice[ReportedView]:
        def view(row: asyncpg.Record, product: ProductView) -> ReportedView:
            newest = [
                NewestReportView(reporter, ReportReason(reason), details, at)
                for reporter, reason, details, at in row["newest"] or []
            ]
            return ReportedView(row["id"], row["opened_at"], row["reports"], newest, product)

        return await self._waiting(actor, ItemKind.REPORTS, view, after, skip, limit)

    async def _waiting(
        self, actor: Actor, kind: ItemKind, view: Any, after: ModerationItemId | None, skip: int, limit: int
    ) -> Slice[Any]:
        actor.require(Permission.MODERATE)
        async with self._pool.connection() as connection:
            rows = await connection.fetch(PAGES[kind][after is not None], after or skip, limit + 1)
            ids = [row["listing_id"] for row in rows]
            products = {row["id"]: view_of(row) for row in await ANY_PRODUCTS.all(connection, ids=ids)}
        shown = [view(row, products[row["listing_id"]]) for row in rows[:limit] if row["listing_id"] in products]
        return Slice(shown, rows[0]["total"] if rows else 0, len(rows) > limit)
