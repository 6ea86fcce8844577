from marketplace.adapters.sql.pool import Pool
from marketplace.application.catalog.feeds import MOST_FOLLOWED, Affinities, Affinity
from marketplace.domain.shared.ids import UserId

FAVORITES_LOOKED_AT = 100
MOST_CATEGORIES = 3
AFFINITY = f"""
SELECT ARRAY(SELECT followed_id FROM social.follows WHERE follower_id = $1
             ORDER BY created_at DESC LIMIT {MOST_FOLLOWED}) || $1::uuid AS sellers,
       ARRAY(SELECT blocked_id FROM social.blocks WHERE blocker_id = $1
             UNION SELECT blocker_id FROM social.blocks WHERE blocked_id = $1) AS hidden,
       ARRAY(SELECT category FROM (
           SELECT l.category FROM catalog.favorites f
           CROSS JOIN LATERAL (SELECT category FROM catalog.listings WHERE id = f.listing_id LIMIT 1) l
           WHERE f.user_id = $1 ORDER BY f.id DESC LIMIT {FAVORITES_LOOKED_AT}
       ) liked GROUP BY category ORDER BY count(*) DESC, category LIMIT {MOST_CATEGORIES}) AS categories
"""  # noqa: S608 - our own words


class AffinitiesOfSocial(Affinities):
    """Social says whom a person follows and blocks; the categories are those of their last favourites."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    async def of(self, person: UserId) -> Affinity:
        async with self._pool.connection() as connection:
            row = await connection.fetchrow(AFFINITY, person)
        return Affinity(sellers=row["sellers"], categories=row["categories"], hidden=row["hidden"])
