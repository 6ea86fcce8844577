"""In-memory documents and uploads; proven by tests/contract/catalog/test_media.py and tests/contract/shared."""

from collections.abc import Sequence
from copy import deepcopy
from datetime import datetime
from uuid import UUID

from marketplace.application.catalog.media_ports import DocumentQueries, Documents, Folder, NamedFiles, Uploads
from marketplace.application.catalog.media_views import DocumentView
from marketplace.application.shared.actor import Viewer
from marketplace.application.shared.links import Holder, InvalidLink, LinkHolders
from marketplace.application.shared.scanning import (
    DocumentInspector,
    InfectedFile,
    ScannerUnavailable,
    UnusableDocument,
    VirusScan,
)
from marketplace.domain.catalog.documents import Document, DocumentId, DocumentNotFound
from marketplace.domain.catalog.listing import Audience
from marketplace.domain.catalog.standing import SHOWN, ListingStatus
from marketplace.domain.catalog.uploads import Upload, UploadId, UploadNotFound
from marketplace.domain.shared.ids import ListingId, UserId
from tests.fakes.clamd import EICAR
from tests.fakes.world import MemoryTransaction


class MemoryDocuments(Documents):
    def __init__(self, transaction: MemoryTransaction) -> None:
        self._transaction = transaction

    async def add(self, document: Document) -> None:
        self._transaction.inside.documents[document.id] = document

    async def get(self, document_id: DocumentId) -> Document | None:
        return self._transaction.inside.documents.get(document_id)

    async def count(self, listing_id: ListingId) -> int:
        return sum(one.listing_id == listing_id for one in self._transaction.inside.documents.values())


class MemoryDocumentQueries(DocumentQueries):
    """Nobody follows or blocks anybody."""

    def __init__(self, transaction: MemoryTransaction) -> None:
        self._transaction = transaction

    async def document(self, viewer: Viewer, document_id: DocumentId) -> DocumentView:
        rows = self._transaction.rows
        if document := rows.documents.get(document_id):
            listing, _ = rows.listings[document.listing_id]
            own = viewer.user == document.owner and listing.status is not ListingStatus.REMOVED
            if own or (listing.status in SHOWN and listing.audience is Audience.EVERYONE):
                return DocumentView(
                    id=document.id, listing_id=document.listing_id, purpose=document.purpose, size=document.size,
                    sha256=document.sha256, created_at=document.created_at,
                )  # fmt: skip
        raise DocumentNotFound("no such document")


class MemoryUploads(Uploads):
    def __init__(self, transaction: MemoryTransaction) -> None:
        self._transaction = transaction

    async def add(self, upload: Upload) -> None:
        self._transaction.inside.uploads[upload.id] = (deepcopy(upload), {})

    async def locked(self, upload_id: UploadId) -> Upload:
        if upload_id not in self._transaction.inside.uploads:
            raise UploadNotFound("no such upload")
        return deepcopy(self._transaction.inside.uploads[upload_id][0])

    async def save(self, upload: Upload) -> None:
        _, parts = self._transaction.inside.uploads[upload.id]
        self._transaction.inside.uploads[upload.id] = (deepcopy(upload), parts)

    async def open_of(self, owner: UserId, now: datetime) -> int:
        uploads = [upload for upload, _ in self._transaction.inside.uploads.values()]
        return sum(one.owner == owner and one.completed_at is None and one.expires_at > now for one in uploads)

    async def put_part(self, upload_id: UploadId, number: int, content: bytes) -> None:
        self._transaction.inside.uploads[upload_id][1][number] = content

    async def parts(self, upload_id: UploadId) -> list[int]:
        return sorted(self._transaction.inside.uploads[upload_id][1])

    async def content(self, upload_id: UploadId) -> bytes:
        return b"".join(content for _, content in sorted(self._transaction.inside.uploads[upload_id][1].items()))

    async def drop_parts(self, upload_id: UploadId) -> None:
        self._transaction.inside.uploads[upload_id][1].clear()

    async def forget(self, now: datetime, limit: int) -> int:
        rows = self._transaction.inside.uploads
        gone = [upload_id for upload_id, (upload, _) in rows.items() if upload.expires_at <= now][:limit]
        for upload_id in gone:
            del rows[upload_id]
        return len(gone)


class MemoryNamedFiles(NamedFiles):
    def __init__(self, transaction: MemoryTransaction) -> None:
        self._transaction = transaction

    async def unused(self, folder: Folder, names: Sequence[UUID]) -> set[UUID]:
        rows = self._transaction.rows
        living = {key: one for key, (one, _) in rows.listings.items() if one.status is not ListingStatus.REMOVED}
        used: set[UUID] = {document.id for document in rows.documents.values() if document.listing_id in living}
        if folder is Folder.IMAGES:
            used = {image.id for listing in living.values() for image in listing.images}
        return {*names} - used


class MemoryLinkHolders(LinkHolders):
    def __init__(self) -> None:
        self.live: set[Holder] = set()

    async def require_live(self, holder: Holder, now: datetime) -> None:
        if holder not in self.live:
            raise InvalidLink


class MemoryScan(VirusScan):
    """Knows one virus. `unreachable`: nothing arrives."""

    def __init__(self) -> None:
        self.unreachable = False

    async def scan(self, content: bytes) -> None:
        if self.unreachable:
            raise ScannerUnavailable("the virus scanner does not answer, try again")
        if EICAR in content:
            raise InfectedFile("contains malware", field="file")


class MemoryInspector(DocumentInspector):
    """Looks at the first and the last bytes, and for scripts that do not hide."""

    async def require_harmless(self, content: bytes) -> None:
        if not content.startswith(b"%PDF-1.") or b"%%EOF" not in content[-20:] or b"/JavaScript" in content:
            raise UnusableDocument("must be a PDF", field="file")
