from decimal import Decimal
from itertools import product
from typing import Any

import asyncpg
import msgspec

from marketplace.adapters.sql.notifications.centre import UNREAD
from marketplace.adapters.sql.notifications.preferences import WISHES, wishes_of
from marketplace.adapters.sql.paging import BOTH, newest, slice_of
from marketplace.adapters.sql.pool import Pool
from marketplace.application.notifications.centre_ports import (
    NotificationId,
    NotificationNotFound,
    NotificationQueries,
    Wording,
)
from marketplace.application.notifications.views import NotificationView, PreferencesView, UnreadView
from marketplace.application.shared.actor import Actor
from marketplace.application.shared.letters import Language
from marketplace.application.shared.paging import Slice
from marketplace.domain.notifications.kinds import GROUP_OF, NotificationKind

_FACTS = msgspec.json.Decoder(dict[str, Any], float_hook=Decimal)
_SHOWN = """
SELECT shown.*, shown.data::text AS facts, (SELECT language FROM identity.languages WHERE id = {who}) AS language
FROM ({rows}) shown"""


def _page(*, unread: bool, of_kind: bool, by_cursor: bool) -> str:
    """Binds as `newest`; $3 whose, $4 the kind."""
    where = "user_id = $3" + " AND read_at IS NULL" * unread + " AND kind = $4" * of_kind
    rows = newest("notifications.notifications", where, by_cursor=by_cursor)
    return _SHOWN.format(who="$3", rows=rows) + " ORDER BY id DESC"


PAGES = {
    (unread, of_kind, by_cursor): _page(unread=unread, of_kind=of_kind, by_cursor=by_cursor)
    for unread, of_kind, by_cursor in product(BOTH, BOTH, BOTH)
}
ONE = _SHOWN.format(
    who="$1", rows="SELECT * FROM notifications.notifications WHERE user_id = $1 AND id = $2"
)  # fmt: skip


class SqlNotificationQueries(NotificationQueries):
    def __init__(self, pool: Pool, wording: Wording) -> None:
        self._pool = pool
        self._wording = wording

    async def page(
        self,
        actor: Actor,
        *,
        unread: bool,
        kind: NotificationKind | None,
        after: NotificationId | None,
        skip: int,
        limit: int,
    ) -> Slice[NotificationView]:
        sql = PAGES[unread, kind is not None, after is not None]
        also = () if kind is None else (kind.value,)
        async with self._pool.connection() as connection:
            rows = await connection.fetch(sql, after or skip, limit + 1, actor.user, *also)
        return slice_of(rows, limit, self._view)

    async def one(self, actor: Actor, notification_id: NotificationId) -> NotificationView:
        async with self._pool.connection() as connection:
            row = await connection.fetchrow(ONE, actor.user, notification_id)
        if row is None:
            raise NotificationNotFound("no such notification")
        return self._view(row)

    async def unread(self, actor: Actor) -> UnreadView:
        async with self._pool.connection() as connection:
            return UnreadView(await connection.fetchval(UNREAD, actor.user) or 0)

    async def preferences(self, actor: Actor) -> PreferencesView:
        async with self._pool.connection() as connection:
            row = await connection.fetchrow(WISHES, [actor.user])
        return PreferencesView.of(wishes_of(row).preferences)

    def _view(self, row: asyncpg.Record) -> NotificationView:
        kind, facts = NotificationKind(row["kind"]), _FACTS.decode(row["facts"])
        said = self._wording.say(kind, facts, Language.closest(row["language"] or ""))
        return NotificationView(
            row["id"], kind, GROUP_OF[kind], said.title, said.body, facts, row["created_at"], row["read_at"]
        )  # fmt: skip
