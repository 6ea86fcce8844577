from collections.abc import Mapping

from marketplace.adapters.sql.transaction import SqlTransaction
from marketplace.application.catalog.personal_ports import Favorites, SeenListings
from marketplace.domain.catalog.favorite import Favorite
from marketplace.domain.catalog.listing import ListingNotFound
from marketplace.domain.catalog.standing import SHOWN
from marketplace.domain.shared.ids import ListingId, UserId

_SHOWN = ", ".join(f"'{status}'" for status in sorted(SHOWN))


def visible(listing: str, viewer: str) -> str:
    """SELECT of a listing's seller, if this viewer may open its page."""
    return f"""
SELECT l.seller_id FROM catalog.listings l JOIN catalog.listing_states s ON s.listing_id = l.id
JOIN identity.public_profiles p ON p.id = l.seller_id AND p.is_active
WHERE l.id = {listing} AND s.status IN ({_SHOWN}) AND catalog.may_see({viewer}, l.seller_id, l.audience)
LIMIT 1"""  # noqa: S608 - our own words


_SELLER = visible("$1", "$2")
_KEEP = """
INSERT INTO catalog.favorites (id, user_id, listing_id, created_at) VALUES ($1, $2, $3, $4)
ON CONFLICT (user_id, listing_id) DO NOTHING RETURNING id"""
_KEEP_AGAIN = """
UPDATE catalog.favorites SET id = $1, created_at = $4, taken_back = false
WHERE user_id = $2 AND listing_id = $3 AND taken_back RETURNING id"""
_KEPT = "SELECT id, created_at FROM catalog.favorites WHERE user_id = $1 AND listing_id = $2"
_TAKE_BACK = """
UPDATE catalog.favorites SET taken_back = true WHERE user_id = $1 AND listing_id = $2 AND NOT taken_back"""
WATCHERS = """
SELECT f.user_id, p.id IS NOT NULL AND catalog.may_see(f.user_id, l.seller_id, l.audience) AS may_see
FROM catalog.favorites f JOIN catalog.listings l ON l.id = f.listing_id
LEFT JOIN identity.public_profiles p ON p.id = f.user_id AND p.is_active
WHERE f.listing_id = $1 AND NOT f.taken_back ORDER BY f.id DESC LIMIT $2::int"""
_CLEAR = "UPDATE catalog.listing_views SET seen_at = NULL WHERE user_id = $1 AND seen_at IS NOT NULL"


def forget(table: str, key: str) -> str:
    """DELETE of up to $2 rows of the person $1; gives how many."""
    return f"""
WITH gone AS (
    DELETE FROM catalog.{table} WHERE user_id = $1 AND {key} IN (
        SELECT {key} FROM catalog.{table} WHERE user_id = $1 LIMIT $2
    ) RETURNING 1
)
SELECT count(*) FROM gone"""  # noqa: S608 - our own words


FORGET_FAVORITES = forget("favorites", "listing_id")
FORGET_VIEWS = forget("listing_views", "listing_id")


class SqlFavorites(Favorites):
    def __init__(self, transaction: SqlTransaction) -> None:
        self._transaction = transaction

    async def seller_of(self, viewer: UserId, listing_id: ListingId) -> UserId:
        seller: UserId | None = await self._transaction.connection.fetchval(_SELLER, listing_id, viewer)
        if seller is None:
            raise ListingNotFound("no such product", product_id=listing_id)
        return seller

    async def keep(self, favorite: Favorite) -> tuple[Favorite, bool]:
        connection = self._transaction.connection
        row = (favorite.id, favorite.user, favorite.listing_id, favorite.created_at)
        if await connection.fetchval(_KEEP, *row):
            return favorite, True
        if await connection.fetchval(_KEEP_AGAIN, *row):
            return favorite, False
        id_, since = await connection.fetchrow(_KEPT, favorite.user, favorite.listing_id)
        return Favorite(id=id_, user=favorite.user, listing_id=favorite.listing_id, created_at=since), False

    async def take_back(self, user: UserId, listing_id: ListingId) -> None:
        await self._transaction.connection.execute(_TAKE_BACK, user, listing_id)

    async def watchers(self, listing_id: ListingId, limit: int) -> Mapping[UserId, bool]:
        return dict(await self._transaction.connection.fetch(WATCHERS, listing_id, limit))

    async def forget(self, user: UserId, limit: int) -> int:
        gone: int = await self._transaction.connection.fetchval(FORGET_FAVORITES, user, limit)
        return gone


class SqlSeenListings(SeenListings):
    def __init__(self, transaction: SqlTransaction) -> None:
        self._transaction = transaction

    async def clear(self, user: UserId) -> None:
        await self._transaction.connection.execute(_CLEAR, user)

    async def forget(self, user: UserId, limit: int) -> int:
        gone: int = await self._transaction.connection.fetchval(FORGET_VIEWS, user, limit)
        return gone
