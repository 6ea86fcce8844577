from collections.abc import Mapping, Sequence
from datetime import datetime

import asyncpg

from marketplace.adapters.sql.transaction import SqlTransaction
from marketplace.application.reviews.ports import Ratings
from marketplace.domain.reviews.exchange import Mark, ReviewId
from marketplace.domain.reviews.tally import Rated, RatedAs, Tally

_STARS = ("one", "two", "three", "four", "five")
_COLUMNS = ", ".join(_STARS)
_TOTALS = f"""totals AS (
    SELECT rated_id, role, {", ".join(f"count(*) FILTER (WHERE stars = {n}) AS {name}" for n, name in enumerate(_STARS, 1))}
    FROM changed GROUP BY rated_id, role
)"""  # noqa: E501, S608 - our own words
COUNT = f"""
WITH changed AS (
    INSERT INTO reviews.shown (review_id, rated_id, role, stars, published_at)
    SELECT review_id, rated_id, role, stars, $5
    FROM unnest($1::uuid[], $2::uuid[], $3::text[], $4::smallint[]) AS new (review_id, rated_id, role, stars)
    RETURNING rated_id, role, stars
), {_TOTALS}
INSERT INTO reviews.ratings AS known (rated_id, role, {_COLUMNS})
SELECT rated_id, role, {_COLUMNS} FROM totals ORDER BY rated_id, role
ON CONFLICT (rated_id, role) DO UPDATE SET {", ".join(f"{name} = known.{name} + excluded.{name}" for name in _STARS)}
RETURNING rated_id, role, {_COLUMNS}"""  # noqa: S608 - our own words
DISCOUNT = f"""
WITH changed AS (
    DELETE FROM reviews.shown WHERE review_id = $1 RETURNING rated_id, role, stars
), {_TOTALS}, locked AS MATERIALIZED (
    SELECT rated_id, role FROM reviews.ratings WHERE (rated_id, role) IN (SELECT rated_id, role FROM totals)
    ORDER BY rated_id, role FOR UPDATE
)
UPDATE reviews.ratings AS known SET {", ".join(f"{name} = known.{name} - totals.{name}" for name in _STARS)}
FROM totals JOIN locked USING (rated_id, role)
WHERE known.rated_id = totals.rated_id AND known.role = totals.role
RETURNING known.rated_id, known.role, {", ".join(f"known.{name}" for name in _STARS)}"""  # noqa: S608


class SqlRatings(Ratings):
    def __init__(self, transaction: SqlTransaction) -> None:
        self._transaction = transaction

    async def count(self, marks: Sequence[Mark], at: datetime) -> Mapping[Rated, Tally]:
        rows = await self._transaction.connection.fetch(
            COUNT, [mark.review_id for mark in marks], [mark.rated.id for mark in marks],
            [mark.rated.role.value for mark in marks], [mark.stars for mark in marks], at,
        )  # fmt: skip
        return _tallies(rows)

    async def discount(self, review_id: ReviewId) -> Mapping[Rated, Tally]:
        return _tallies(await self._transaction.connection.fetch(DISCOUNT, review_id))


def _tallies(rows: list[asyncpg.Record]) -> dict[Rated, Tally]:
    return {Rated(id_, RatedAs(role)): Tally(tuple(stars)) for id_, role, *stars in rows}
