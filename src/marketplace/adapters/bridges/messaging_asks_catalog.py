from collections.abc import Collection, Mapping
from uuid import UUID

from marketplace.adapters.sql.pool import Pool
from marketplace.adapters.sql.transaction import SqlTransaction
from marketplace.application.catalog.ports import Listings
from marketplace.application.messaging.ports import Subjects, Titles
from marketplace.application.messaging.views import AboutView
from marketplace.domain.catalog.listing import ListingNotFound
from marketplace.domain.shared.ids import UserId
from marketplace.domain.shared.subject import Subject, SubjectKind

_SELLER = "SELECT seller_id FROM catalog.listings WHERE id = $1"
_TITLES = "SELECT id, title, image_urls[1] AS image FROM catalog.listings WHERE id = ANY($1::uuid[])"


class SubjectsOfCatalog(Subjects):
    def __init__(self, listings: Listings, transaction: SqlTransaction) -> None:
        self._listings = listings
        self._transaction = transaction

    async def owner(self, viewer: UserId, subject: Subject) -> UserId:
        (listing_id,) = subject.listings
        if not await self._listings.visible_to(viewer, listing_id):
            raise ListingNotFound("no such product", product_id=listing_id)
        seller: UserId = await self._transaction.connection.fetchval(_SELLER, listing_id)
        return seller


class TitlesOfCatalog(Titles):
    """Listings say what they are; other subjects have no title of their own."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    async def of(self, subjects: Collection[tuple[SubjectKind, UUID]]) -> Mapping[tuple[SubjectKind, UUID], AboutView]:
        async with self._pool.connection() as connection:
            rows = await connection.fetch(_TITLES, [id_ for kind, id_ in subjects if kind is SubjectKind.LISTING])
        found = {row["id"]: (row["title"], row["image"]) for row in rows}
        return {(kind, id_): AboutView(kind, id_, *found.get(id_, (None, None))) for kind, id_ in subjects}
