from collections.abc import Collection

from marketplace.adapters.sql.pool import Pool
from marketplace.application.calls.ports import Lines
from marketplace.application.shared.actor import Actor
from marketplace.domain.calls.moves import CallRefused, ConversationNotFound
from marketplace.domain.shared.ids import ConversationId, UserId

MEMBERS = """
SELECT user_id, EXISTS (SELECT FROM identity.public_profiles WHERE id = user_id AND is_active) AND NOT EXISTS (
    SELECT FROM social.blocks WHERE (blocker_id, blocked_id) IN ((user_id, $2::uuid), ($2::uuid, user_id))
) AS can_be_called
FROM messaging.members WHERE conversation_id = $1"""


class LinesOfMessaging(Lines):
    """Social knows the blocks and identity who is gone; all in one question."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    async def members_of(self, conversation_id: ConversationId, actor: Actor) -> Collection[UserId]:
        async with self._pool.connection() as connection:
            rows = await connection.fetch(MEMBERS, conversation_id, actor.user)
        if not any(row["user_id"] == actor.user for row in rows):
            raise ConversationNotFound("no such conversation", conversation_id=conversation_id)
        if not all(row["can_be_called"] for row in rows):
            raise CallRefused("you cannot call this person", conversation_id=conversation_id)
        return {row["user_id"] for row in rows}
