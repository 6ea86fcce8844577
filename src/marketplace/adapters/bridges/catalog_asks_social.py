from marketplace.adapters.sql.pool import Pool
from marketplace.application.catalog.feeds import MOST_FOLLOWED, Affinities, Affinity
from marketplace.domain.shared.ids import UserId

AFFINITY = f"""
SELECT ARRAY(SELECT followed_id FROM social.follows WHERE follower_id = $1
             ORDER BY created_at DESC LIMIT {MOST_FOLLOWED}) || $1::uuid AS sellers,
       ARRAY(SELECT blocked_id FROM social.blocks WHERE blocker_id = $1
             UNION SELECT blocker_id FROM social.blocks WHERE blocked_id = $1) AS hidden
"""  # noqa: S608 - our own words


class AffinitiesOfSocial(Affinities):
    """Categories will come of favourites, which are not kept yet."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    async def of(self, person: UserId) -> Affinity:
        async with self._pool.connection() as connection:
            row = await connection.fetchrow(AFFINITY, person)
        return Affinity(sellers=row["sellers"], hidden=row["hidden"])
