from marketplace.adapters.sql.pool import Pool
from marketplace.application.catalog.feeds import MOST_FOLLOWED, Affinities, Affinity
from marketplace.application.shared.actor import Viewer

FOLLOWED_LAST = f"""
SELECT followed_id FROM social.follows WHERE follower_id = $1 ORDER BY created_at DESC LIMIT {MOST_FOLLOWED}
"""  # noqa: S608 - our own words


class AffinitiesOfSocial(Affinities):
    """Whom a viewer follows. Categories come of favourites, which are not kept yet."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    async def of(self, viewer: Viewer) -> Affinity:
        async with self._pool.connection() as connection:
            rows = await connection.fetch(FOLLOWED_LAST, viewer.user)
        return Affinity(sellers=tuple(row[0] for row in rows))
