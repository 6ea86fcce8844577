"""Adding pictures, documents and uploads, at every point where it can fail."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest

from marketplace.application.catalog.documents import DELETE_DOCUMENT, AddDocument, DeleteDocument, document_key
from marketplace.application.catalog.images import DELETE_IMAGE, KEPT, AddImage, DeleteImage, RemoveImage, image_key
from marketplace.application.catalog.sweep import ORPHAN_AGE, SweepFiles
from marketplace.application.catalog.uploads import BeginUpload, CompleteUpload, NewFile, PutPart
from marketplace.application.shared.scanning import InfectedFile, ScannerUnavailable
from marketplace.application.shared.storage import StorageUnavailable
from marketplace.domain.catalog.documents import DocumentPurpose
from marketplace.domain.catalog.listing import Listing
from marketplace.domain.catalog.media import WIDTHS
from marketplace.domain.catalog.standing import ListingStatus
from marketplace.domain.catalog.uploads import CLAIM_LIFE, UploadId, UploadInCompletion, UploadPurpose
from marketplace.domain.shared.ids import ListingId
from marketplace.domain.shared.money import Money
from tests.builders.documents import a_pdf
from tests.fakes.clamd import EICAR
from tests.fakes.market import Market
from tests.fakes.media import MemoryDocuments, MemoryInspector, MemoryNamedFiles, MemoryScan, MemoryUploads
from tests.fakes.storage import MemoryImageEncoder, MemoryStorage
from tests.fakes.world import MemoryListings, MemoryTimers, MemoryTransaction

PICTURE = b"\xff\xd8\xff" + bytes(200)
REPORT = DocumentPurpose.LAB_REPORT


class FailingStorage(MemoryStorage):
    """Fails the `fails_at`-th put; refuses to be called inside a transaction."""

    def __init__(self, block: MemoryTransaction) -> None:
        super().__init__()
        self._block = block
        self.fails_at = 0

    async def put(self, key: str, content: bytes) -> None:
        assert not self._block.is_open
        self.fails_at -= 1
        if self.fails_at == 0:
            raise StorageUnavailable("the file storage does not answer, try again")
        await super().put(key, content)


class FailingListings(MemoryListings):
    gone = False

    async def save(self, listing: Listing, fee: Money) -> None:
        if self.gone:
            raise ConnectionError("the database has gone")
        await super().save(listing, fee)


class Desk:
    def __init__(self) -> None:
        self.market = market = Market()
        block, clock = market.transaction, market.clock
        self.storage, self.listings = FailingStorage(block), FailingListings(block)
        self.scan = MemoryScan()
        timers, fees = MemoryTimers(block), market.revise_listing.fees
        documents, uploads = MemoryDocuments(block), MemoryUploads(block)
        self.add_image = AddImage(self.listings, fees, MemoryImageEncoder(), self.storage, block, timers, clock)
        self.remove_image = RemoveImage(self.listings, fees, block, timers, clock)
        self.add_document = AddDocument(
            self.listings, documents, MemoryInspector(), self.scan, self.storage, block, timers, clock
        )
        self.begin = BeginUpload(uploads, self.listings, block, clock)
        self.put_part = PutPart(uploads, block, clock)
        self.complete = CompleteUpload(uploads, self.add_image, self.add_document, block, clock)
        self.sweep = SweepFiles(self.storage, MemoryNamedFiles(block), clock)

    @property
    def keys(self) -> set[str]:
        return {*self.storage.objects}

    async def images(self, listing: ListingId) -> list[Any]:
        async with self.market.transaction:
            return (await self.listings.shown(listing)).images

    async def timers_fire(self) -> None:
        for timer, use_case in ((DELETE_IMAGE, DeleteImage), (DELETE_DOCUMENT, DeleteDocument)):
            for name in self.market.timers(timer):
                await use_case(self.storage)(name)
                del self.market.rows.timers[timer, name]

    async def uploaded(self, listing: ListingId) -> UploadId:
        file = NewFile(purpose=UploadPurpose.LISTING_IMAGE, listing_id=listing, size=len(PICTURE), sha256=None)
        upload = (await self.begin(self.market.seller, file)).id
        await self.put_part(self.market.seller, upload, 1, PICTURE)
        return upload


@pytest.fixture
def desk() -> Desk:
    return Desk()


async def test_a_picture_is_stored_before_it_is_shown(desk: Desk) -> None:
    listing = await desk.market.listed()
    image = await desk.add_image(desk.market.seller, listing, PICTURE)
    assert await desk.images(listing) == [image]
    assert desk.keys == {image_key(image.id, width) for width in WIDTHS}
    assert desk.market.timers(DELETE_IMAGE) == []
    assert desk.market.news[-1] == "catalog.listing_revised"


@pytest.mark.parametrize("fails_at", [1, 2, 3])
async def test_a_storage_that_fails_half_way_leaves_no_rubbish(desk: Desk, fails_at: int) -> None:
    listing = await desk.market.listed()
    desk.storage.fails_at = fails_at
    with pytest.raises(StorageUnavailable):
        await desk.add_image(desk.market.seller, listing, PICTURE)
    assert await desk.images(listing) == []
    await desk.timers_fire()
    assert desk.keys == set()


async def test_a_commit_that_fails_leaves_no_rubbish(desk: Desk) -> None:
    listing = await desk.market.listed()
    desk.listings.gone = True
    with pytest.raises(ConnectionError):
        await desk.add_image(desk.market.seller, listing, PICTURE)
    await desk.timers_fire()
    assert (await desk.images(listing), desk.keys) == ([], set())


async def test_a_removed_picture_is_deleted_after_an_hour(desk: Desk) -> None:
    listing = await desk.market.listed()
    kept, removed = [await desk.add_image(desk.market.seller, listing, PICTURE) for _ in range(2)]
    await desk.remove_image(desk.market.seller, listing, removed.id)
    assert desk.market.rows.timers[DELETE_IMAGE, removed.id] == desk.market.clock.now() + KEPT
    await desk.timers_fire()
    assert desk.keys == {image_key(kept.id, width) for width in WIDTHS}


async def test_the_sweep_takes_what_is_a_day_old_and_not_named(desk: Desk) -> None:
    listing, removed = await desk.market.listed(), await desk.market.listed()
    image = await desk.add_image(desk.market.seller, listing, PICTURE)
    report = await desk.add_document(desk.market.seller, listing, REPORT, a_pdf())
    await desk.add_image(desk.market.seller, removed, PICTURE)
    await desk.add_document(desk.market.seller, removed, REPORT, a_pdf())
    for width in WIDTHS:
        await desk.storage.put(image_key(uuid4(), width), b"x")
    await desk.market.move_listing(removed, ListingStatus.REMOVED)
    everything = desk.keys
    desk.storage.put_at = dict.fromkeys(everything, desk.market.clock.now())
    await desk.sweep()
    assert desk.keys == everything
    desk.market.clock.advance(ORPHAN_AGE + timedelta(seconds=1))
    await desk.sweep()
    assert desk.keys == {document_key(report.id), *(image_key(image.id, width) for width in WIDTHS)}


async def test_a_document_that_is_not_stored_has_no_row_and_one_without_a_row_no_file(desk: Desk) -> None:
    listing = await desk.market.listed()
    desk.storage.fails_at = 1
    with pytest.raises(StorageUnavailable):
        await desk.add_document(desk.market.seller, listing, REPORT, a_pdf())
    assert desk.market.rows.documents == {}
    assert len(desk.market.timers(DELETE_DOCUMENT)) == 1
    await desk.timers_fire()
    await desk.add_document(desk.market.seller, listing, REPORT, a_pdf())
    assert (len(desk.keys), desk.market.timers(DELETE_DOCUMENT)) == (1, [])


async def test_nothing_is_stored_that_was_not_scanned(desk: Desk) -> None:
    listing = await desk.market.listed()
    with pytest.raises(InfectedFile):
        await desk.add_document(desk.market.seller, listing, REPORT, a_pdf(EICAR))
    desk.scan.unreachable = True
    with pytest.raises(ScannerUnavailable):
        await desk.add_document(desk.market.seller, listing, REPORT, a_pdf())
    assert desk.keys == set()


async def test_a_completion_that_fails_may_be_tried_again(desk: Desk) -> None:
    listing = await desk.market.listed()
    upload = await desk.uploaded(listing)
    desk.storage.fails_at = 2
    with pytest.raises(StorageUnavailable):
        await desk.complete(desk.market.seller, upload)
    image = await desk.complete(desk.market.seller, upload)
    assert await desk.images(listing) == [image]
    assert desk.market.rows.uploads[upload][1] == {}


async def test_a_completion_that_was_killed_keeps_others_away_for_a_while_and_adds_nothing_twice(desk: Desk) -> None:
    listing = await desk.market.listed()
    upload = await desk.uploaded(listing)
    await desk.complete(desk.market.seller, upload)
    row, parts = desk.market.rows.uploads[upload]
    row.completed_at, row.claimed_at, parts[1] = None, desk.market.clock.now(), PICTURE
    with pytest.raises(UploadInCompletion):
        await desk.complete(desk.market.seller, upload)
    desk.market.clock.advance(CLAIM_LIFE)
    image = await desk.complete(desk.market.seller, upload)
    assert await desk.images(listing) == [image]
    assert len(desk.keys) == 3
