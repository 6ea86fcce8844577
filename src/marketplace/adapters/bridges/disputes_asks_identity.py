from collections.abc import Sequence

from marketplace.adapters.sql.pool import Pool
from marketplace.application.disputes.ports import Moderators
from marketplace.application.identity.permissions import PERMISSIONS
from marketplace.application.shared.actor import Permission
from marketplace.domain.identity.user import Role
from marketplace.domain.shared.ids import UserId

_ROLE = "SELECT role FROM identity.users WHERE id = $1 AND is_active"
SOME = """
SELECT id FROM identity.users WHERE is_active AND role IN ('moderator', 'admin') ORDER BY id LIMIT $1::int"""


class ModeratorsOfIdentity(Moderators):
    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    async def is_moderator(self, user: UserId) -> bool:
        async with self._pool.connection() as connection:
            role = await connection.fetchval(_ROLE, user)
        return role is not None and Permission.MODERATE in PERMISSIONS[Role(role)]

    async def some(self, limit: int) -> Sequence[UserId]:
        async with self._pool.connection() as connection:
            return [row["id"] for row in await connection.fetch(SOME, limit)]
