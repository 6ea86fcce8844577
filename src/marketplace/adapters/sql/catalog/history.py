from decimal import Decimal
from typing import Any

import asyncpg
import msgspec

from marketplace.adapters.sql.pool import Pool
from marketplace.adapters.sql.transaction import SqlTransaction
from marketplace.application.catalog.history import (
    Author,
    FieldChange,
    History,
    HistoryQueries,
    Revision,
    RevisionView,
)
from marketplace.application.shared.actor import Actor, Permission
from marketplace.application.shared.paging import EXACT_TOTAL_LIMIT, LARGEST_PER_PAGE, Slice
from marketplace.domain.catalog.listing import ListingNotFound, NotYourListing
from marketplace.domain.catalog.standing import SHOWN, ListingStatus
from marketplace.domain.shared.ids import ListingId

ENCODER = msgspec.json.Encoder(decimal_format="number")
DECODER = msgspec.json.Decoder(dict[str, FieldChange], float_hook=Decimal)

_NOTE = """
INSERT INTO catalog.listing_revisions (listing_id, at, author, actor_id, former, status, reason, fields)
SELECT * FROM unnest($1::uuid[], $2::timestamptz[], $3::text[], $4::uuid[], $5::text[], $6::text[], $7::text[],
    $8::text[]::jsonb[])
"""
_SHOWN = ", ".join(f"'{status}'" for status in sorted(SHOWN))
_RIGHTS = f"""
SELECT l.seller_id = $1 AS is_own, s.status <> 'removed' AS is_there,
    s.status IN ({_SHOWN}) AND catalog.may_see($1, l.seller_id, l.audience) AS is_visible
FROM catalog.listings l JOIN catalog.listing_states s ON s.listing_id = l.id WHERE l.id = $2
"""  # noqa: S608 - our own words


def _page(place: str) -> str:
    """$1 the listing, $2 the cursor or what to skip, $3 the limit. Each row carries the total."""
    of_listing = "FROM catalog.listing_revisions WHERE listing_id = $1"
    return f"""
SELECT id, at, author, actor_id, former, status, reason, fields::text,
    (SELECT count(*) FROM (SELECT {of_listing} LIMIT {EXACT_TOTAL_LIMIT + 1}) counted) AS total
FROM (SELECT * {of_listing} {place} LIMIT {LARGEST_PER_PAGE + 1}) page
ORDER BY id DESC LIMIT $3"""  # noqa: S608 - our own words


OF_LISTING = {
    False: _page("ORDER BY id DESC OFFSET $2::bigint"),
    True: _page("AND id < $2::bigint ORDER BY id DESC"),
}
"""By number and by cursor."""


class SqlHistory(History):
    def __init__(self, transaction: SqlTransaction) -> None:
        self._transaction = transaction

    async def note(self, *revisions: Revision) -> None:
        if revisions:
            await self._transaction.connection.execute(_NOTE, *zip(*map(_row, revisions), strict=True))


class SqlHistoryQueries(HistoryQueries):
    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    async def of_listing(
        self, actor: Actor, listing_id: ListingId, *, after: int | None, skip: int, limit: int
    ) -> Slice[RevisionView]:
        moderates = Permission.MODERATE in actor.permissions
        async with self._pool.connection() as connection:
            rights = await connection.fetchrow(_RIGHTS, actor.user, listing_id)
            _require(rights, moderates=moderates)
            place = skip if after is None else after
            rows = await connection.fetch(OF_LISTING[after is not None], listing_id, place, limit + 1)
        views = [_view(row, names_moderators=moderates) for row in rows[:limit]]
        return Slice(views, rows[0]["total"] if rows else 0, len(rows) > limit)


def _require(rights: asyncpg.Record | None, *, moderates: bool) -> None:
    if rights and (moderates or (rights["is_own"] and rights["is_there"])):
        return
    if rights and rights["is_visible"]:
        raise NotYourListing("only its seller and moderators may do this")
    raise ListingNotFound("no such product")


def _row(revision: Revision) -> tuple[Any, ...]:
    return (
        revision.listing_id, revision.at, revision.by.value, revision.actor,
        revision.former and revision.former.value, revision.status.value, revision.reason,
        ENCODER.encode(revision.fields).decode(),
    )  # fmt: skip


def _view(row: asyncpg.Record, *, names_moderators: bool) -> RevisionView:
    author = Author(row["author"])
    return RevisionView(
        id=row["id"], at=row["at"], by=author,
        actor_id=row["actor_id"] if names_moderators or author is not Author.MODERATOR else None,
        former_status=row["former"] and ListingStatus(row["former"]), status=ListingStatus(row["status"]),
        reason=row["reason"], fields=DECODER.decode(row["fields"]),
    )  # fmt: skip
