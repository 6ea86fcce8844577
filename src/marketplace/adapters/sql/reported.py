"""Pages of what people reported and moderators have not decided yet."""

from marketplace.adapters.sql.paging import BOTH
from marketplace.application.shared.moderation import NEWEST_REPORTS, Reported
from marketplace.application.shared.paging import EXACT_TOTAL_LIMIT, LARGEST_PER_PAGE


def reported(kind: Reported, reports: str, columns: str, joins: str) -> dict[bool, str]:
    """By number and by cursor: $1 is what to skip or the cursor, $2 the limit. Each row carries the total.

    Those whose first report is oldest first. `joins` go from `page`, an item of the desk, to what `columns` show;
    `reports` is the table of the reports.
    """
    waiting = f"FROM catalog.moderation_items i WHERE i.kind = '{kind}'"
    picks = {False: "ORDER BY i.id OFFSET $1::int", True: "AND i.id > $1 ORDER BY i.id"}
    return {
        by_cursor: f"""
SELECT {columns}, page.id AS item_id, page.opened_at, page.reports, newest.*,
    (SELECT count(*) FROM (SELECT {waiting} LIMIT {EXACT_TOTAL_LIMIT + 1}) counted) AS total
FROM (SELECT i.* {waiting} {picks[by_cursor]} LIMIT {LARGEST_PER_PAGE + 1}) page
{joins}
LEFT JOIN LATERAL (
    SELECT array_agg((reporter_id, reason, details, reported_at) ORDER BY reported_at DESC) AS newest FROM (
        SELECT * FROM {reports} one WHERE one.item_id = page.id ORDER BY reported_at DESC LIMIT {NEWEST_REPORTS}
    ) last
) newest ON true
ORDER BY page.id LIMIT $2::int"""  # noqa: S608 - our own words
        for by_cursor in BOTH
    }
