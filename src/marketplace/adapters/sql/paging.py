"""A page of a list and how long the list is, in one statement (application/shared/paging)."""

from collections.abc import Callable, Sequence
from typing import TypeVar

import asyncpg

from marketplace.application.shared.paging import EXACT_TOTAL_LIMIT, LARGEST_PER_PAGE, Slice

Item = TypeVar("Item")
BOTH = (False, True)


def newest(table: str, where: str, *, by_cursor: bool) -> str:
    """The rows with the latest ids first, the total in each. $1 is the cursor or what to skip, $2 the limit.

    `where` binds from $3 on. The limits stand in the text, because a generic plan is made for what stands there.
    """
    picked = f"{where} AND id < $1" if by_cursor else where
    return f"""
SELECT *, (SELECT count(*) FROM (
    SELECT FROM {table} WHERE {where} ORDER BY id DESC LIMIT {EXACT_TOTAL_LIMIT + 1}) counted) AS total
FROM (
    SELECT * FROM {table} WHERE {picked} ORDER BY id DESC
    LIMIT {LARGEST_PER_PAGE + 1} {"" if by_cursor else "OFFSET $1::int"}
) page
ORDER BY id DESC LIMIT $2::int"""  # noqa: S608 - our own words


def slice_of(rows: Sequence[asyncpg.Record], limit: int, item: Callable[[asyncpg.Record], Item]) -> Slice[Item]:
    """Of one row more than the limit, where there is one."""
    return Slice([item(row) for row in rows[:limit]], rows[0]["total"] if rows else 0, len(rows) > limit)
