from marketplace.adapters.sql.calls.calls import CALL, call_of
from marketplace.adapters.sql.paging import BOTH, slice_of
from marketplace.adapters.sql.pool import Pool
from marketplace.application.calls.ports import CallQueries
from marketplace.application.calls.views import CallView
from marketplace.application.shared.actor import Actor
from marketplace.application.shared.paging import EXACT_TOTAL_LIMIT, LARGEST_PER_PAGE, Slice
from marketplace.domain.calls.moves import CallId, CallNotFound

_MINE = "FROM calls.members WHERE user_id = $3"


def _newest(*, by_cursor: bool) -> str:
    """$1 is the cursor or what to skip, $2 the limit, $3 who asks; the total in each row."""
    return f"""
SELECT one.*, (SELECT count(*) FROM (SELECT {_MINE} LIMIT {EXACT_TOTAL_LIMIT + 1}) counted) AS total
FROM (
    SELECT call_id {_MINE} {"AND call_id < $1" if by_cursor else ""} ORDER BY call_id DESC
    LIMIT {LARGEST_PER_PAGE + 1} {"" if by_cursor else "OFFSET $1::int"}
) mine
CROSS JOIN LATERAL ({CALL} WHERE c.id = mine.call_id) one
ORDER BY mine.call_id DESC LIMIT $2::int"""  # noqa: S608 - our own words


NEWEST = {by_cursor: _newest(by_cursor=by_cursor) for by_cursor in BOTH}
_ONE = f"{CALL} WHERE c.id = $1 AND $2 IN (caller.user_id, callee.user_id)"


class SqlCallQueries(CallQueries):
    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    async def newest(self, actor: Actor, *, after: CallId | None, skip: int, limit: int) -> Slice[CallView]:
        async with self._pool.connection() as connection:
            rows = await connection.fetch(NEWEST[after is not None], after or skip, limit + 1, actor.user)
        return slice_of(rows, limit, lambda row: CallView.of(call_of(row)))

    async def call(self, actor: Actor, call_id: CallId) -> CallView:
        async with self._pool.connection() as connection:
            row = await connection.fetchrow(_ONE, call_id, actor.user)
        if row is None:
            raise CallNotFound("no such call", call_id=call_id)
        return CallView.of(call_of(row))
