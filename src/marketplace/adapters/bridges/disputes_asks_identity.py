from collections.abc import Sequence

from marketplace.adapters.sql.identity.roles import may
from marketplace.adapters.sql.pool import Pool
from marketplace.application.disputes.ports import Moderators
from marketplace.application.shared.actor import Permission
from marketplace.domain.shared.ids import UserId

SOME = """
SELECT id FROM identity.users WHERE is_active AND role IN ('moderator', 'admin') ORDER BY id LIMIT $1::int"""


class ModeratorsOfIdentity(Moderators):
    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    async def is_moderator(self, user: UserId) -> bool:
        async with self._pool.connection() as connection:
            return await may(connection, user, Permission.MODERATE)

    async def some(self, limit: int) -> Sequence[UserId]:
        async with self._pool.connection() as connection:
            return [row["id"] for row in await connection.fetch(SOME, limit)]
