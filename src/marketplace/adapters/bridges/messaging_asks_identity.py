from datetime import datetime

from marketplace.adapters.sql.transaction import SqlTransaction
from marketplace.application.messaging.ports import Acquaintances
from marketplace.domain.shared.ids import UserId

USERNAME = "SELECT username FROM identity.public_profiles WHERE id = $1 AND is_active"
_JOINED_AT = "SELECT created_at FROM identity.public_profiles WHERE id = $1"
_CAN_MEET = """
SELECT EXISTS (SELECT FROM identity.public_profiles WHERE id = $2 AND is_active) AND NOT EXISTS (
    SELECT FROM social.blocks WHERE (blocker_id, blocked_id) IN (($1::uuid, $2::uuid), ($2::uuid, $1::uuid))
)
"""


class AcquaintancesOfIdentity(Acquaintances):
    """And of social, in one question: it is asked with every message."""

    def __init__(self, transaction: SqlTransaction) -> None:
        self._transaction = transaction

    async def username(self, user: UserId) -> str | None:
        name: str | None = await self._transaction.connection.fetchval(USERNAME, user)
        return name

    async def joined_at(self, user: UserId) -> datetime:
        joined: datetime = await self._transaction.connection.fetchval(_JOINED_AT, user)
        return joined

    async def can_meet(self, one: UserId, other: UserId) -> bool:
        return bool(await self._transaction.connection.fetchval(_CAN_MEET, one, other))
