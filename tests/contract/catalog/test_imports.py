"""Imports, exports, room and many listings at once: the fakes of the unit tests and the SQL adapters keep one
contract."""

from dataclasses import astuple, dataclass

import pytest

from marketplace.adapters.sql.catalog.files import SqlExports, SqlImports, SqlRoom
from marketplace.adapters.sql.catalog.listings import SqlListings
from marketplace.adapters.sql.pool import Pool
from marketplace.adapters.sql.transaction import SqlTransaction
from marketplace.application.catalog.file_ports import Export, Exports, Imports, Room
from marketplace.application.catalog.ports import Listings, SellerCap
from marketplace.application.shared.ports import Transaction
from marketplace.domain.catalog.imports import (
    ExportId,
    ExportNotFound,
    FileFormat,
    FileStatus,
    ImportId,
    ImportMode,
    ImportNotFound,
    ListingImport,
    Problem,
)
from marketplace.domain.catalog.listing import Channel, Listing
from marketplace.domain.catalog.media import Media
from marketplace.domain.catalog.standing import ListingStatus
from marketplace.domain.catalog.terms import Condition, ProductTerms, ServiceTerms
from marketplace.domain.shared.geo import Location
from marketplace.domain.shared.ids import UserId
from tests.builders.commerce import NOON, a_listing, a_published_listing, a_user_id, aed, new_id
from tests.engines import Database
from tests.fakes.files import MemoryExports, MemoryImports, MemoryRoom
from tests.fakes.world import MemoryListings, MemoryTransaction
from tests.integration.commerce.market import add_user

MOST = 5


@dataclass
class Files:
    transaction: Transaction
    imports: Imports
    exports: Exports
    room: Room
    listings: Listings
    seller: UserId

    async def add_many(self, *listings: Listing) -> None:
        async with self.transaction:
            await self.listings.add_many([(listing, aed("1.00")) for listing in listings])

    async def left(self, seller: UserId) -> int:
        async with self.transaction:
            return await self.room.left(seller)


def an_import(seller: UserId) -> ListingImport:
    return ListingImport(id=ImportId(new_id()), seller=seller, mode=ImportMode.VALID_ROWS, created_at=NOON)


class FilesContract:
    async def test_an_import_is_read_back_as_it_was_saved(self, files: Files) -> None:
        one = an_import(files.seller)
        async with files.transaction:
            await files.imports.add(one)
            assert astuple(await files.imports.locked(one.id)) == astuple(one)
            one.advance(rows=9, checked=5, failed=2)
            one.finish(NOON, imported=3)
            await files.imports.save(one)
            read = await files.imports.locked(one.id)
        assert read.version == one.version + 1
        read.version = one.version
        assert astuple(read) == astuple(one)

    async def test_a_deleted_import_is_not_found_and_may_be_deleted_again(self, files: Files) -> None:
        one = an_import(files.seller)
        async with files.transaction:
            await files.imports.add(one)
            await files.imports.report(
                one.id, [Problem(1, "price", "invalid_amount", "is bad"), Problem(2, None, "a", "b")]
            )
            await files.imports.delete(one.id)
            await files.imports.delete(one.id)
        with pytest.raises(ImportNotFound):
            async with files.transaction:
                await files.imports.locked(one.id)

    async def test_an_export_is_read_back_as_it_was_saved_until_it_is_deleted(self, files: Files) -> None:
        one = Export(
            id=ExportId(new_id()), seller=files.seller, format=FileFormat.CSV, created_at=NOON, expires_at=NOON
        )  # fmt: skip
        async with files.transaction:
            await files.exports.add(one)
            assert await files.exports.get(one.id) == one
            one.status, one.rows, one.size = FileStatus.DONE, 3, 700
            await files.exports.save(one)
            assert await files.exports.get(one.id) == one
            await files.exports.delete(one.id)
            await files.exports.delete(one.id)
            await files.exports.save(one)
        with pytest.raises(ExportNotFound):
            async with files.transaction:
                await files.exports.get(one.id)

    async def test_many_listings_are_each_as_one_would_be(self, files: Files) -> None:
        full = a_published_listing(
            seller=files.seller, title='Камера "\U0001f4f7" \\', description="Two\nlines", price=aed("850.01"),
            terms=ProductTerms(condition=Condition.LIKE_NEW), location=Location(25.0657, -1e-7), tags=("a,b", "{}"),
            neighborhood="Al Barsha", media=Media(images=("https://a.example/1", "https://a.example/2")),
        )  # fmt: skip
        plain = a_published_listing(seller=files.seller, description="")
        service = a_published_listing(
            seller=files.seller, channel=Channel.SERVICES, category="plumbing", terms=ServiceTerms(duration_minutes=90)
        )
        alone = [a_listing(**_said(listing)) for listing in (full, plain, service)]
        await files.add_many(full, plain, service)
        async with files.transaction:
            for listing in alone:
                await files.listings.add(listing, aed("1.00"))
            many = [await files.listings.locked(listing.id) for listing in (full, plain, service)]
            single = [await files.listings.locked(listing.id) for listing in alone]
        assert [_said(listing) for listing in many] == [_said(listing) for listing in single]
        assert [_said(listing) for listing in many] == [_said(listing) for listing in (full, plain, service)]

    async def test_room_is_what_is_neither_sold_nor_removed(self, files: Files) -> None:
        assert await files.left(files.seller) == MOST
        await files.add_many(
            *(a_listing(seller=files.seller, status=status) for status in (ListingStatus.SOLD, ListingStatus.REMOVED)),
            a_listing(seller=files.seller, status=ListingStatus.PAUSED),
        )
        assert await files.left(files.seller) == MOST - 1
        await files.add_many(*(a_published_listing(seller=files.seller) for _ in range(MOST)))
        assert await files.left(files.seller) == 0

    async def test_there_is_no_room_without_an_account(self, files: Files) -> None:
        assert await files.left(a_user_id()) == 0


def _said(listing: Listing) -> dict[str, object]:
    kept = {"id", "version", "_events"}
    return {name: getattr(listing, name) for name in listing.__dataclass_fields__ if name not in kept}


class TestMemoryFiles(FilesContract):
    @pytest.fixture
    def files(self) -> Files:
        transaction, seller = MemoryTransaction(), a_user_id()
        return Files(
            transaction, MemoryImports(transaction), MemoryExports(transaction),
            MemoryRoom(transaction, MOST, {seller}), MemoryListings(transaction), seller,
        )  # fmt: skip


class TestSqlFiles(FilesContract):
    @pytest.fixture
    async def files(self, database: Database, pool: Pool) -> Files:
        transaction, seller = SqlTransaction(pool, {}), a_user_id()
        await add_user(database, seller, f"s{seller.hex[:20]}")
        return Files(
            transaction, SqlImports(transaction), SqlExports(transaction), SqlRoom(transaction, SellerCap(MOST)),
            SqlListings(transaction), seller,
        )  # fmt: skip
