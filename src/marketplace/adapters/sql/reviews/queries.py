from uuid import UUID

import asyncpg

from marketplace.adapters.sql.paging import slice_of
from marketplace.adapters.sql.pool import Pool
from marketplace.adapters.sql.reported import reported
from marketplace.application.reviews.ports import (
    RatedReviews,
    ReportedReviewQueries,
    ReviewPosition,
    ReviewQueries,
)
from marketplace.application.reviews.views import (
    NewestReviewReportView,
    ReplyView,
    ReportedReviewView,
    ReviewerView,
    ReviewView,
)
from marketplace.application.shared.actor import Actor, Permission
from marketplace.application.shared.moderation import Reported
from marketplace.application.shared.paging import LARGEST_PER_PAGE, Slice
from marketplace.domain.reviews.exchange import Aspect, ReviewSide
from marketplace.domain.reviews.report import ReviewReportReason
from marketplace.domain.reviews.tally import Rated, Tally

REVIEW = """r.id, r.rating, r.aspects, r.text, r.side, r.author_id, r.reply, r.replied_at, r.reply_edited_at,
    p.username, p.avatar_url, p.is_verified, p.is_deleted"""
AUTHOR = """
LEFT JOIN LATERAL (SELECT * FROM identity.public_profiles one WHERE one.id = r.author_id LIMIT 1) p ON true"""
"""Row by row: a merge would read every account that is younger than the page."""


def _about(*, by_stars: bool, by_cursor: bool) -> str:
    """$1 and $2 say of whom, $3 how many; $4 what to skip, or $4 and $5 after what; the stars come last.

    One row at least, as the tally stands in each.
    """
    where = "AND (published_at, review_id) < ($4::timestamptz, $5::uuid)" if by_cursor else ""
    if by_stars:
        where += f" AND stars = ${6 if by_cursor else 5}::smallint"
    return f"""
WITH page AS MATERIALIZED (
    SELECT review_id, stars, published_at FROM reviews.shown WHERE rated_id = $1 AND role = $2 {where}
    ORDER BY published_at DESC, review_id DESC {"" if by_cursor else "OFFSET $4::int"} LIMIT {LARGEST_PER_PAGE + 1}
), taken AS MATERIALIZED (SELECT * FROM page ORDER BY published_at DESC, review_id DESC LIMIT $3::int)
SELECT tally.one, tally.two, tally.three, tally.four, tally.five, listed.*
FROM (SELECT) always
LEFT JOIN (SELECT * FROM reviews.ratings WHERE rated_id = $1 AND role = $2) tally ON true
LEFT JOIN (
    SELECT {REVIEW}, taken.stars, taken.published_at
    FROM taken JOIN LATERAL (SELECT * FROM reviews.reviews one WHERE one.id = taken.review_id LIMIT 1) r ON true {AUTHOR}
) listed ON true
ORDER BY listed.published_at DESC, listed.id DESC"""  # noqa: E501, S608 - our own words


ABOUT = {
    (by_stars, by_cursor): _about(by_stars=by_stars, by_cursor=by_cursor)
    for by_stars in (False, True)
    for by_cursor in (False, True)
}


class SqlReviewQueries(ReviewQueries):
    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    async def about(
        self, rated: Rated, *, stars: int | None, after: ReviewPosition | None, skip: int, limit: int
    ) -> RatedReviews:
        begin = (skip,) if after is None else (after.published_at, after.id)
        filters = () if stars is None else (stars,)
        async with self._pool.connection() as connection:
            rows = await connection.fetch(
                ABOUT[stars is not None, after is not None], rated.id, rated.role.value, limit + 1, *begin, *filters
            )
        tally = Tally(tuple(count or 0 for count in rows[0][:5]))
        total = tally.count if stars is None else tally.stars[stars - 1]
        found = [row for row in rows if row["id"]]
        return RatedReviews(Slice([review_view(row) for row in found[:limit]], total, len(found) > limit), tally)


REPORTED = reported(
    Reported.REVIEW,
    "reviews.reports",
    f"{REVIEW}, r.rating AS stars, e.published_at, r.about_id",
    f"""
JOIN LATERAL (SELECT * FROM reviews.reviews one WHERE one.id = page.review_id LIMIT 1) r ON true
JOIN LATERAL (SELECT * FROM reviews.exchanges one WHERE one.order_id = r.order_id LIMIT 1) e ON true {AUTHOR}""",  # noqa: S608 - our own words
)


class SqlReportedReviewQueries(ReportedReviewQueries):
    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    async def reported(self, actor: Actor, *, after: UUID | None, skip: int, limit: int) -> Slice[ReportedReviewView]:
        actor.require(Permission.MODERATE)
        async with self._pool.connection() as connection:
            rows = await connection.fetch(REPORTED[after is not None], after or skip, limit + 1)
        return slice_of(rows, limit, _reported_view)


def _reported_view(row: asyncpg.Record) -> ReportedReviewView:
    newest = [
        NewestReviewReportView(reporter, ReviewReportReason(reason), details, at)
        for reporter, reason, details, at in row["newest"] or []
    ]
    return ReportedReviewView(
        row["item_id"], row["opened_at"], row["reports"], newest, row["about_id"], review_view(row)
    )


def review_view(row: asyncpg.Record) -> ReviewView:
    is_somebody = row["username"] is not None and not row["is_deleted"]
    return ReviewView(
        id=row["id"], rating=row["stars"], aspects={Aspect(name): stars for name, stars in row["aspects"].items()},
        text=row["text"], written_by=ReviewSide(row["side"]),
        author=ReviewerView(row["author_id"], row["username"], row["avatar_url"], row["is_verified"])
        if is_somebody else None,
        published_at=row["published_at"],
        reply=row["reply"] and ReplyView(row["reply"], row["replied_at"], row["reply_edited_at"]),
    )  # fmt: skip
