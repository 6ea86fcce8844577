from marketplace.adapters.sql.transaction import SqlTransaction
from marketplace.application.social.ports import Relations
from marketplace.domain.shared.ids import UserId
from marketplace.domain.social.relations import Block, Follow

_LOCK_PAIR = """
SELECT pg_advisory_xact_lock(hashtextextended(least($1::uuid, $2::uuid)::text || greatest($1::uuid, $2::uuid)::text, 0))
"""
_TOTALS = """
totals AS (
    SELECT user_id, sum(followers) AS followers, sum(following) AS following
    FROM (SELECT followed_id AS user_id, 1 AS followers, 0 AS following FROM changed
          UNION ALL SELECT follower_id, 0, 1 FROM changed) one
    GROUP BY user_id
)"""
_FOLLOW = f"""
WITH changed AS (
    INSERT INTO social.follows (follower_id, followed_id, created_at) VALUES ($1, $2, $3)
    ON CONFLICT DO NOTHING RETURNING follower_id, followed_id
), {_TOTALS}, counted AS (
    INSERT INTO social.follow_counts AS counts (user_id, followers, following)
    SELECT user_id, followers, following FROM totals ORDER BY user_id
    ON CONFLICT (user_id) DO UPDATE
        SET followers = counts.followers + excluded.followers, following = counts.following + excluded.following
)
SELECT count(*) FROM changed
"""  # noqa: S608 - our own words
_FOLLOWED_AT = "SELECT created_at FROM social.follows WHERE follower_id = $1 AND followed_id = $2"


def _take_back(which: str) -> str:
    return f"""
WITH changed AS (
    DELETE FROM social.follows WHERE {which} RETURNING follower_id, followed_id
), {_TOTALS}, locked AS MATERIALIZED (
    SELECT user_id FROM social.follow_counts WHERE user_id IN (SELECT user_id FROM totals) ORDER BY user_id FOR UPDATE
), counted AS (
    UPDATE social.follow_counts AS counts
    SET followers = counts.followers - totals.followers, following = counts.following - totals.following
    FROM totals JOIN locked USING (user_id) WHERE counts.user_id = totals.user_id
)
SELECT count(*) FROM changed
"""  # noqa: S608 - our own words


_UNFOLLOW = _take_back("follower_id = $1 AND followed_id = $2")
_PART = _take_back("(follower_id = $1 AND followed_id = $2) OR (follower_id = $2 AND followed_id = $1)")
_FORGET_FOLLOWS = _take_back(
    "(follower_id, followed_id) IN "
    "(SELECT follower_id, followed_id FROM social.follows WHERE follower_id = $1 OR followed_id = $1 LIMIT $2)"
)
_FORGET_BLOCKS = """
WITH forgotten AS (
    DELETE FROM social.blocks WHERE (blocker_id, blocked_id) IN
        (SELECT blocker_id, blocked_id FROM social.blocks WHERE blocker_id = $1 OR blocked_id = $1 LIMIT $2)
    RETURNING 1
)
SELECT count(*) FROM forgotten
"""
_BLOCK = """
INSERT INTO social.blocks (blocker_id, blocked_id, created_at) VALUES ($1, $2, $3)
ON CONFLICT (blocker_id, blocked_id) DO UPDATE SET created_at = blocks.created_at RETURNING created_at
"""
_UNBLOCK = "DELETE FROM social.blocks WHERE blocker_id = $1 AND blocked_id = $2"
_BLOCKED_BETWEEN = """
SELECT EXISTS (SELECT FROM social.blocks WHERE blocker_id = $1 AND blocked_id = $2)
    OR EXISTS (SELECT FROM social.blocks WHERE blocker_id = $2 AND blocked_id = $1)
"""


class SqlRelations(Relations):
    def __init__(self, transaction: SqlTransaction) -> None:
        self._transaction = transaction

    async def lock_pair(self, one: UserId, other: UserId) -> None:
        await self._transaction.connection.execute(_LOCK_PAIR, one, other)

    async def follow(self, follow: Follow) -> Follow:
        connection = self._transaction.connection
        if await connection.fetchval(_FOLLOW, follow.follower, follow.followed, follow.created_at):
            self._transaction.ship(follow, follow.followed)
            return follow
        since = await connection.fetchval(_FOLLOWED_AT, follow.follower, follow.followed)
        return Follow(follower=follow.follower, followed=follow.followed, created_at=since)

    async def unfollow(self, follower: UserId, followed: UserId) -> None:
        await self._transaction.connection.execute(_UNFOLLOW, follower, followed)

    async def block(self, block: Block) -> Block:
        connection = self._transaction.connection
        since = await connection.fetchval(_BLOCK, block.blocker, block.blocked, block.created_at)
        await connection.execute(_PART, block.blocker, block.blocked)
        return Block(blocker=block.blocker, blocked=block.blocked, created_at=since)

    async def unblock(self, blocker: UserId, blocked: UserId) -> None:
        await self._transaction.connection.execute(_UNBLOCK, blocker, blocked)

    async def blocked_between(self, one: UserId, other: UserId) -> bool:
        return bool(await self._transaction.connection.fetchval(_BLOCKED_BETWEEN, one, other))

    async def forget(self, user_id: UserId, limit: int) -> int:
        connection = self._transaction.connection
        follows: int = await connection.fetchval(_FORGET_FOLLOWS, user_id, limit)
        blocks: int = await connection.fetchval(_FORGET_BLOCKS, user_id, limit)
        return follows + blocks
