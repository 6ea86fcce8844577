import re

import asyncpg

from marketplace.adapters.sql.pool import Pool
from marketplace.application.shared.actor import Actor
from marketplace.application.shared.paging import EXACT_TOTAL_LIMIT, LARGEST_PER_PAGE, Slice
from marketplace.application.social.ports import MOST_FOUND, PeopleQueries
from marketplace.application.social.views import PersonView
from marketplace.domain.shared.ids import UserId
from marketplace.domain.shared.text import clean_text
from marketplace.domain.social.relations import PersonNotFound

MOST_CANDIDATES = 1_000
"""So many of those that match a search in one way are ranked."""

_PERSON = """
SELECT p.id, p.username, p.full_name, p.avatar_url, p.is_verified, p.rating, p.role, p.bio, p.created_at,
       coalesce(counts.followers, 0) AS followers_count, coalesce(counts.following, 0) AS following_count"""
_COUNTS = """
LEFT JOIN LATERAL (SELECT * FROM social.follow_counts one WHERE one.user_id = p.id LIMIT 1) counts ON true"""
_EACH = "JOIN LATERAL (SELECT * FROM identity.public_profiles one WHERE one.id = shown.id LIMIT 1) p ON true"
"""Row by row: a merge would read every account that is younger than the page."""
BY_ID = f"{_PERSON} FROM identity.public_profiles p {_COUNTS} WHERE p.id = $1 AND p.is_active"

_ESTIMATE = "(SELECT reltuples::bigint FROM pg_class WHERE oid = 'identity.ix_users_active'::regclass)"

_COUNTED = f"""
SELECT count(*)
FROM (SELECT FROM identity.public_profiles WHERE is_active LIMIT {EXACT_TOTAL_LIMIT + 1}) active"""  # noqa: S608 - our own words


def _pages(ids: str, total: str) -> dict[bool, str]:
    """By number and by cursor: $1 is what to skip or the cursor, $2 the limit, $3 whose list it is.

    The page is picked in an index, and only its rows are joined. What the planner must know stands in the SQL: with a
    bound limit it would expect a tenth of the table.
    """
    picks = {False: "ORDER BY picked.id DESC OFFSET $1::int", True: "AND picked.id < $1 ORDER BY picked.id DESC"}
    return {
        by_cursor: f"""
WITH page AS MATERIALIZED ({ids} {pick} LIMIT {LARGEST_PER_PAGE + 1}),
     shown AS MATERIALIZED (SELECT id FROM page ORDER BY id DESC LIMIT $2::int)
{_PERSON}, {total} AS total
FROM shown {_EACH} {_COUNTS}
ORDER BY p.id DESC"""  # noqa: S608 - our own words
        for by_cursor, pick in picks.items()
    }


def _related(table: str, mine: str, theirs: str, total: str) -> dict[bool, str]:
    related = f"(SELECT {theirs} AS id FROM social.{table} WHERE {mine} = $3)"  # noqa: S608 - our own words
    active = "(SELECT id FROM identity.public_profiles WHERE is_active)"
    ids = f"SELECT picked.id FROM {related} picked JOIN {active} active USING (id) WHERE true"  # noqa: S608
    return _pages(ids, f"coalesce(({total}), 0)")


NEWEST = _pages(
    "SELECT picked.id FROM identity.public_profiles picked WHERE picked.is_active",
    f"CASE WHEN {_ESTIMATE} > {EXACT_TOTAL_LIMIT} THEN {_ESTIMATE} ELSE ({_COUNTED}) END",
)
FOLLOWERS = _related(
    "follows", "followed_id", "follower_id", "SELECT followers FROM social.follow_counts WHERE user_id = $3"
)
FOLLOWING = _related(
    "follows", "follower_id", "followed_id", "SELECT following FROM social.follow_counts WHERE user_id = $3"
)
BLOCKED = _related("blocks", "blocker_id", "blocked_id", "SELECT count(*) FROM social.blocks WHERE blocker_id = $3")

_SEARCH = f"""
WITH asked AS MATERIALIZED (
    SELECT word, regexp_replace(word, '([\\\\%_])', '\\\\\\1', 'g') AS literal
    FROM (SELECT identity.folded($1::text) AS word) folded
), candidate AS (
    SELECT id FROM identity.public_profiles WHERE lower(username) = lower($1::text) AND is_active
    {{more}}
), ranked AS MATERIALIZED (
    SELECT p.id, (p.search_name LIKE ' ' || literal || ' %')::int + (p.search_name LIKE ' ' || literal || '%')::int
                 + word_similarity(word, p.search_name) AS likeness
    FROM asked, candidate JOIN identity.public_profiles p USING (id)
    WHERE NOT EXISTS (SELECT FROM social.blocks WHERE blocker_id = $2 AND blocked_id = p.id)
      AND NOT EXISTS (SELECT FROM social.blocks WHERE blocker_id = p.id AND blocked_id = $2)
    ORDER BY likeness DESC, p.id LIMIT {MOST_FOUND}
), shown AS MATERIALIZED (SELECT * FROM ranked ORDER BY likeness DESC, id OFFSET $3::int LIMIT $4::int)
{_PERSON}, (SELECT count(*) FROM ranked) AS total
FROM shown {_EACH} {_COUNTS}
ORDER BY likeness DESC, p.id"""  # noqa: S608 - our own words


def _matching(condition: str) -> str:
    return f"""UNION (
        SELECT p.id FROM asked JOIN identity.public_profiles p ON {condition}
        WHERE p.is_active LIMIT {MOST_CANDIDATES}
    )"""  # noqa: S608 - our own words


SEARCH_BEGINNINGS = _SEARCH.format(more=_matching("p.search_name LIKE '% ' || literal || '%'"))
SEARCH_LIKENESS = _SEARCH.format(
    more=_matching("p.search_name LIKE '%' || literal || '%'")
    + _matching("word <% p.search_name AND p.search_name %> word")
)
"""Likeness is asked for twice, which changes nothing but that the planner expects few and takes the index."""
_TRIGRAM = re.compile(r"[^\W_]{3}")
"""What an index of trigrams can look up; of anything less, only the beginning of a word."""


class SqlPeopleQueries(PeopleQueries):
    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    async def person(self, user_id: UserId) -> PersonView:
        async with self._pool.connection() as connection:
            row = await connection.fetchrow(BY_ID, user_id)
        if row is None:
            raise PersonNotFound(user_id)
        return PersonView(**row)

    async def newest(self, actor: Actor, *, after: UserId | None, skip: int, limit: int) -> Slice[PersonView]:
        async with self._pool.connection() as connection:
            rows = await connection.fetch(NEWEST[after is not None], after or skip, limit + 1)
        return _slice(rows, limit)

    async def search(self, actor: Actor, text: str, *, skip: int, limit: int) -> Slice[PersonView]:
        text = clean_text(text, field="q", longest=100)
        statement = SEARCH_LIKENESS if _TRIGRAM.search(text) else SEARCH_BEGINNINGS
        async with self._pool.connection() as connection:
            rows = await connection.fetch(statement, text, actor.user, skip, limit + 1)
        return _slice(rows, limit)

    async def followers(self, user_id: UserId, *, after: UserId | None, skip: int, limit: int) -> Slice[PersonView]:
        await self.person(user_id)
        return await self._of(FOLLOWERS, user_id, after, skip, limit)

    async def following(self, user_id: UserId, *, after: UserId | None, skip: int, limit: int) -> Slice[PersonView]:
        await self.person(user_id)
        return await self._of(FOLLOWING, user_id, after, skip, limit)

    async def blocked(self, actor: Actor, *, after: UserId | None, skip: int, limit: int) -> Slice[PersonView]:
        return await self._of(BLOCKED, actor.user, after, skip, limit)

    async def _of(
        self, pages: dict[bool, str], user_id: UserId, after: UserId | None, skip: int, limit: int
    ) -> Slice[PersonView]:
        async with self._pool.connection() as connection:
            rows = await connection.fetch(pages[after is not None], after or skip, limit + 1, user_id)
        return _slice(rows, limit)


def _slice(rows: list[asyncpg.Record], limit: int) -> Slice[PersonView]:
    people = [PersonView(**{name: value for name, value in row.items() if name != "total"}) for row in rows[:limit]]
    return Slice(people, rows[0]["total"] if rows else 0, len(rows) > limit)
