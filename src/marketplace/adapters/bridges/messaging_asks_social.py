from collections.abc import Collection, Mapping

from marketplace.adapters.sql.pool import Pool
from marketplace.application.messaging.presence import MOST_CONVERSATIONS, Peers
from marketplace.application.shared.actor import Actor
from marketplace.domain.messaging.conversation import ConversationNotFound
from marketplace.domain.shared.ids import ConversationId, UserId

_APART = """
EXISTS (SELECT FROM social.blocks b WHERE (b.blocker_id, b.blocked_id) IN (({one}, {other}), ({other}, {one})))"""
OF = f"""
SELECT asked.id, array_agg(DISTINCT peer.user_id) AS peers
FROM unnest($1::uuid[]) asked(id)
CROSS JOIN LATERAL (
    SELECT conversation_id FROM messaging.members WHERE user_id = asked.id AND NOT is_archived
    ORDER BY last_at DESC, conversation_id DESC LIMIT {MOST_CONVERSATIONS}
) mine
JOIN messaging.members peer ON peer.conversation_id = mine.conversation_id AND peer.user_id <> asked.id
WHERE NOT {_APART.format(one="asked.id", other="peer.user_id")}
GROUP BY asked.id
"""  # noqa: S608 - our own words
INSIDE = f"""
SELECT m.user_id, {_APART.format(one="$2::uuid", other="m.user_id")} AS is_apart
FROM messaging.members m WHERE m.conversation_id = $1
"""  # noqa: S608 - our own words


class PeersOfSocial(Peers):
    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    async def of(self, users: Collection[UserId]) -> Mapping[UserId, Collection[UserId]]:
        async with self._pool.connection() as connection:
            rows = await connection.fetch(OF, list(users))
        return {row["id"]: row["peers"] for row in rows}

    async def inside(self, actor: Actor, conversation_id: ConversationId) -> Collection[UserId]:
        async with self._pool.connection() as connection:
            rows = await connection.fetch(INSIDE, conversation_id, actor.user)
        if not any(row["user_id"] == actor.user for row in rows):
            raise ConversationNotFound("no such conversation", conversation_id=conversation_id)
        return [row["user_id"] for row in rows if row["user_id"] != actor.user and not row["is_apart"]]
