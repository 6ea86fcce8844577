"""The fakes of the unit tests and the SQL adapters keep one contract."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest

from marketplace.adapters.sql.catalog.listings import SqlListings
from marketplace.adapters.sql.catalog.media import SqlDocumentQueries, SqlDocuments, SqlNamedFiles, SqlUploads
from marketplace.adapters.sql.pool import Pool
from marketplace.adapters.sql.transaction import SqlTransaction
from marketplace.application.catalog.media_ports import DocumentQueries, Documents, Folder, NamedFiles, Uploads
from marketplace.application.catalog.ports import Listings
from marketplace.application.shared.actor import Viewer
from marketplace.application.shared.ports import Transaction
from marketplace.domain.catalog.documents import Document, DocumentId, DocumentNotFound, DocumentPurpose
from marketplace.domain.catalog.listing import Audience, Listing
from marketplace.domain.catalog.media import Media, UploadedImage
from marketplace.domain.catalog.standing import ListingStatus
from marketplace.domain.catalog.uploads import UPLOAD_LIFE, Upload, UploadId, UploadNotFound, UploadPurpose
from marketplace.domain.shared.ids import ListingId, UserId
from tests.builders.commerce import NOON, a_published_listing, a_user_id, aed
from tests.engines import Database
from tests.fakes.media import MemoryDocumentQueries, MemoryDocuments, MemoryNamedFiles, MemoryUploads
from tests.fakes.world import MemoryListings, MemoryTransaction
from tests.integration.commerce.market import add_user

FEE = aed("42.50")


@dataclass
class Shelf:
    """`seller`: somebody with an account."""

    transaction: Transaction
    listings: Listings
    documents: Documents
    queries: DocumentQueries
    uploads: Uploads
    named: NamedFiles
    seller: UserId

    async def listed(self, **changes: Any) -> Listing:
        listing = a_published_listing(seller=self.seller, **changes)
        async with self.transaction:
            await self.listings.add(listing, FEE)
        return listing

    async def add(self, listing: ListingId) -> Document:
        document = Document(
            id=DocumentId(uuid4()), owner=self.seller, listing_id=listing, purpose=DocumentPurpose.LAB_REPORT, size=9,
            sha256="0" * 64, created_at=NOON,
        )  # fmt: skip
        async with self.transaction:
            await self.documents.add(document)
        return document

    async def begin(self, **changes: Any) -> Upload:
        given: dict[str, Any] = {
            "id": UploadId(uuid4()), "owner": a_user_id(), "purpose": UploadPurpose.DOCUMENT, "size": 3, "sha256": None,
            "listing_id": ListingId(uuid4()), "expires_at": NOON + UPLOAD_LIFE,
        }  # fmt: skip
        upload = Upload(**{**given, **changes})
        async with self.transaction:
            await self.uploads.add(upload)
        return upload


class MediaContract:
    async def test_a_document_comes_back_as_it_was_added(self, shelf: Shelf) -> None:
        listing = await shelf.listed()
        documents = [await shelf.add(listing.id) for _ in range(2)]
        async with shelf.transaction:
            assert [await shelf.documents.get(one.id) for one in documents] == documents
            assert await shelf.documents.get(DocumentId(uuid4())) is None
            assert await shelf.documents.count(listing.id) == 2
        view = await shelf.queries.document(Viewer(), documents[0].id)
        assert (view.id, view.listing_id, view.purpose, view.size, view.sha256, view.created_at) == (
            documents[0].id, listing.id, DocumentPurpose.LAB_REPORT, 9, "0" * 64, NOON,
        )  # fmt: skip

    async def test_a_document_is_read_by_those_who_may_see_its_listing(self, shelf: Shelf) -> None:
        hidden = await shelf.add((await shelf.listed(audience=Audience.FOLLOWERS)).id)
        paused = await shelf.add((await shelf.listed(status=ListingStatus.DRAFT)).id)
        async with shelf.transaction:
            await shelf.listings.move(paused.listing_id, ListingStatus.PAUSED)
        for document in (hidden, paused):
            assert (await shelf.queries.document(Viewer(shelf.seller), document.id)).id == document.id
            for stranger in (Viewer(), Viewer(a_user_id())):
                with pytest.raises(DocumentNotFound):
                    await shelf.queries.document(stranger, document.id)
        async with shelf.transaction:
            await shelf.listings.move(paused.listing_id, ListingStatus.REMOVED)
        for document_id in (paused.id, DocumentId(uuid4())):
            with pytest.raises(DocumentNotFound):
                await shelf.queries.document(Viewer(shelf.seller), document_id)

    async def test_an_upload_comes_back_as_it_was_saved(self, shelf: Shelf) -> None:
        upload = await shelf.begin(sha256="0" * 64, purpose=UploadPurpose.LISTING_IMAGE)
        upload.claimed_at, upload.completed_at, upload.expires_at = NOON, NOON + timedelta(seconds=1), NOON
        async with shelf.transaction:
            await shelf.uploads.save(upload)
            assert await shelf.uploads.locked(upload.id) == upload
            with pytest.raises(UploadNotFound):
                await shelf.uploads.locked(UploadId(uuid4()))

    async def test_parts_are_kept_in_order_and_replaced(self, shelf: Shelf) -> None:
        upload, other = await shelf.begin(), await shelf.begin()
        async with shelf.transaction:
            for number, content in ((2, b"\0b"), (1, b"x"), (1, b"a\xff")):
                await shelf.uploads.put_part(upload.id, number, content)
            await shelf.uploads.put_part(other.id, 1, b"other")
            assert (await shelf.uploads.parts(upload.id), await shelf.uploads.content(upload.id)) == (
                [1, 2], b"a\xff\0b",
            )  # fmt: skip
            await shelf.uploads.drop_parts(upload.id)
            assert (await shelf.uploads.parts(upload.id), await shelf.uploads.parts(other.id)) == ([], [1])

    async def test_those_that_are_neither_complete_nor_expired_are_open(self, shelf: Shelf) -> None:
        owner = a_user_id()
        await shelf.begin(owner=owner)
        await shelf.begin(owner=owner, completed_at=NOON)
        await shelf.begin(owner=owner, expires_at=NOON)
        await shelf.begin()
        async with shelf.transaction:
            assert await shelf.uploads.open_of(owner, NOON) == 1
            assert await shelf.uploads.open_of(owner, NOON + UPLOAD_LIFE) == 0

    async def test_some_expired_ones_are_forgotten_with_their_parts(self, shelf: Shelf) -> None:
        long_ago = NOON - timedelta(days=10_000)
        old = [await shelf.begin(expires_at=long_ago) for _ in range(3)]
        kept = await shelf.begin()
        async with shelf.transaction:
            await shelf.uploads.put_part(old[0].id, 1, b"x")
            assert [await shelf.uploads.forget(long_ago, 2) for _ in range(3)] == [2, 1, 0]
            assert (await shelf.uploads.locked(kept.id)).id == kept.id
            with pytest.raises(UploadNotFound):
                await shelf.uploads.locked(old[0].id)

    async def test_files_are_used_by_what_is_not_removed(self, shelf: Shelf) -> None:
        kept, gone = await self._pictured(shelf), await self._pictured(shelf)
        report, lost = await shelf.add(kept.id), await shelf.add(gone.id)
        async with shelf.transaction:
            await shelf.listings.move(gone.id, ListingStatus.REMOVED)
        unknown = uuid4()
        names = [kept.images[0].id, gone.images[0].id, unknown]
        assert await shelf.named.unused(Folder.IMAGES, names) == {gone.images[0].id, unknown}
        assert await shelf.named.unused(Folder.DOCUMENTS, [report.id, lost.id, unknown]) == {lost.id, unknown}
        assert await shelf.named.unused(Folder.IMAGES, []) == set()

    async def _pictured(self, shelf: Shelf) -> Listing:
        image = UploadedImage(uuid4(), 10, 10)
        return await shelf.listed(images=(image,), media=Media(images=(image.link,)))


class TestMemoryMedia(MediaContract):
    @pytest.fixture
    def shelf(self) -> Shelf:
        block = MemoryTransaction()
        return Shelf(
            block, MemoryListings(block), MemoryDocuments(block), MemoryDocumentQueries(block), MemoryUploads(block),
            MemoryNamedFiles(block), a_user_id(),
        )  # fmt: skip


class TestSqlMedia(MediaContract):
    @pytest.fixture
    async def shelf(self, pool: Pool, database: Database) -> Shelf:
        seller = a_user_id()
        await add_user(database, seller, f"s{seller.hex[:20]}")
        block = SqlTransaction(pool, {})
        return Shelf(
            block, SqlListings(block), SqlDocuments(block), SqlDocumentQueries(pool), SqlUploads(block),
            SqlNamedFiles(pool), seller,
        )  # fmt: skip
