from collections.abc import Collection

from marketplace.adapters.sql.pool import Pool
from marketplace.application.calls.ports import Lines
from marketplace.application.shared.actor import Actor
from marketplace.domain.calls.moves import CallRefused, ConversationId, ConversationNotFound
from marketplace.domain.shared.ids import UserId

MEMBERS = """
SELECT user_id, EXISTS (
    SELECT FROM social.blocks WHERE blocker_id = $2 AND blocked_id = user_id
    UNION ALL SELECT FROM social.blocks WHERE blocker_id = user_id AND blocked_id = $2) AS is_blocked
FROM messaging.members WHERE conversation_id = $1"""


class LinesOfMessaging(Lines):
    """Social knows the blocks."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    async def members_of(self, conversation_id: ConversationId, actor: Actor) -> Collection[UserId]:
        async with self._pool.connection() as connection:
            rows = await connection.fetch(MEMBERS, conversation_id, actor.user)
        members = {row["user_id"] for row in rows}
        if actor.user not in members:
            raise ConversationNotFound("no such conversation", conversation_id=conversation_id)
        if any(row["is_blocked"] for row in rows):
            raise CallRefused("one of you has blocked the other: there are no calls")
        return members
