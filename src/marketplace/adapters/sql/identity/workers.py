import asyncpg

from marketplace.adapters.sql.pool import Pool
from marketplace.adapters.sql.transaction import SqlTransaction
from marketplace.application.identity.people_ports import WorkerProfiles, WorkerQueries
from marketplace.application.identity.people_views import WorkerView
from marketplace.application.shared.paging import EXACT_TOTAL_LIMIT, LARGEST_PER_PAGE, Slice
from marketplace.domain.identity.worker_profile import WorkerNotFound, WorkerProfile, skill_word
from marketplace.domain.shared.ids import UserId
from marketplace.domain.shared.money import decimal_of
from marketplace.domain.shared.text import clean_text

_SAVE = """
INSERT INTO identity.worker_profiles
    (user_id, headline, bio, skills, hourly_rate_minor, currency, is_available, is_listed, updated_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
ON CONFLICT (user_id) DO UPDATE SET headline = excluded.headline, bio = excluded.bio, skills = excluded.skills,
    hourly_rate_minor = excluded.hourly_rate_minor, currency = excluded.currency,
    is_available = excluded.is_available, is_listed = excluded.is_listed, updated_at = excluded.updated_at
"""
_LIST = "UPDATE identity.worker_profiles SET is_listed = $2 WHERE user_id = $1"
_FORGET_SKILLS = "DELETE FROM identity.worker_skills WHERE user_id = $1"
_LIST_SKILLS = """
INSERT INTO identity.worker_skills (skill, user_id)
SELECT unnest(skills), user_id FROM identity.worker_profiles WHERE user_id = $1 AND is_listed
"""
_REMOVE = "DELETE FROM identity.worker_profiles WHERE user_id = $1"

_VIEW = """
SELECT p.id, p.username, p.full_name, p.avatar_url, p.is_verified, p.rating, w.headline, w.bio, w.skills,
       w.hourly_rate_minor, w.currency, w.is_available"""
BY_ID = f"""{_VIEW} FROM identity.worker_profiles w JOIN identity.public_profiles p ON p.id = w.user_id
WHERE w.user_id = $1 AND w.is_listed"""
_ESTIMATE = "(SELECT reltuples::bigint FROM pg_class WHERE oid = 'identity.ix_worker_profiles_listed'::regclass)"

_CONTAINS = r"w.search_text LIKE '%' || regexp_replace(identity.folded({}), '([\\%_])', '\\\1', 'g') || '%'"
_EACH = """
JOIN LATERAL (SELECT * FROM identity.public_profiles one WHERE one.id = shown.id LIMIT 1) p ON true
JOIN LATERAL (SELECT * FROM identity.worker_profiles one WHERE one.user_id = shown.id LIMIT 1) w ON true"""
"""Row by row: a merge would read every account that is younger than the page."""
_PROFILES = "identity.worker_profiles w"


def _workers(*, by_text: bool, by_skill: bool, by_availability: bool, by_cursor: bool) -> str:
    """$1 is the limit, $2 the cursor or what to skip; then follow text, skill and availability, those that are given.

    The page is picked in an index, and only its rows are joined.
    """
    given = iter(("$3", "$4", "$5"))
    only_skill = by_skill and not by_text and not by_availability
    wanted = ["true" if only_skill else "w.is_listed"]
    if by_text:
        wanted.append(_CONTAINS.format(next(given)))
    if by_skill:
        wanted.append(f"s.skill = {next(given)}")
    if by_availability:
        wanted.append(f"w.is_available = {next(given)}")
    source, id_ = ("identity.worker_skills s", "s.user_id") if by_skill else (_PROFILES, "w.user_id")
    if by_skill and not only_skill:
        source += f" JOIN {_PROFILES} USING (user_id)"
    found = f"FROM {source} WHERE {' AND '.join(wanted)}"
    total = f"(SELECT count(*) FROM (SELECT {found} LIMIT {EXACT_TOTAL_LIMIT + 1}) counted)"  # noqa: S608
    if len(wanted) == 1:
        total = f"CASE WHEN {_ESTIMATE} > {EXACT_TOTAL_LIMIT} THEN {_ESTIMATE} ELSE {total} END"
    order = f"AND {id_} < $2 ORDER BY {id_} DESC" if by_cursor else f"ORDER BY {id_} DESC OFFSET $2::int"
    return f"""
WITH page AS MATERIALIZED (SELECT {id_} AS id {found} {order} LIMIT {LARGEST_PER_PAGE + 1}),
     shown AS MATERIALIZED (SELECT id FROM page ORDER BY id DESC LIMIT $1::int)
{_VIEW}, {total} AS total
FROM shown {_EACH}
ORDER BY p.id DESC"""  # noqa: S608 - our own words


_EITHER = (False, True)
WORKERS = {
    (by_text, by_skill, by_availability, by_cursor): _workers(
        by_text=by_text, by_skill=by_skill, by_availability=by_availability, by_cursor=by_cursor
    )
    for by_text in _EITHER
    for by_skill in _EITHER
    for by_availability in _EITHER
    for by_cursor in _EITHER
}


class SqlWorkerProfiles(WorkerProfiles):
    def __init__(self, transaction: SqlTransaction) -> None:
        self._transaction = transaction

    async def save(self, profile: WorkerProfile, *, listed: bool) -> None:
        rate = profile.hourly_rate
        await self._transaction.connection.execute(
            _SAVE, profile.user_id, profile.headline, profile.bio, list(profile.skills), rate and rate.minor,
            rate and rate.currency, profile.is_available, listed, profile.updated_at,
        )  # fmt: skip
        await self._list_skills(profile.user_id)

    async def list(self, user_id: UserId, *, listed: bool) -> None:
        await self._transaction.connection.execute(_LIST, user_id, listed)
        await self._list_skills(user_id)

    async def remove(self, user_id: UserId) -> None:
        await self._transaction.connection.execute(_REMOVE, user_id)

    async def _list_skills(self, user_id: UserId) -> None:
        await self._transaction.connection.execute(_FORGET_SKILLS, user_id)
        await self._transaction.connection.execute(_LIST_SKILLS, user_id)


class SqlWorkerQueries(WorkerQueries):
    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    async def worker(self, user_id: UserId) -> WorkerView:
        async with self._pool.connection() as connection:
            row = await connection.fetchrow(BY_ID, user_id)
        if row is None:
            raise WorkerNotFound("no such worker", user_id=user_id)
        return _view(row)

    async def workers(
        self,
        *,
        text: str | None,
        skill: str | None,
        available: bool | None,
        after: UserId | None,
        skip: int,
        limit: int,
    ) -> Slice[WorkerView]:
        text = None if text is None else clean_text(text, field="q", longest=100, shortest=3)
        skill = None if skill is None else skill_word(skill, "skill")
        statement = WORKERS[text is not None, skill is not None, available is not None, after is not None]
        async with self._pool.connection() as connection:
            given = [one for one in (text, skill, available) if one is not None]
            rows = await connection.fetch(statement, limit + 1, after or skip, *given)
        return Slice([_view(row) for row in rows[:limit]], rows[0]["total"] if rows else 0, len(rows) > limit)


def _view(row: asyncpg.Record) -> WorkerView:
    rate, currency = row["hourly_rate_minor"], row["currency"]
    return WorkerView(
        id=row["id"], username=row["username"], full_name=row["full_name"], avatar_url=row["avatar_url"],
        is_verified=row["is_verified"], rating=row["rating"], headline=row["headline"], bio=row["bio"],
        skills=row["skills"], hourly_rate=None if rate is None else decimal_of(rate, currency), currency=currency,
        is_available=row["is_available"],
    )  # fmt: skip
