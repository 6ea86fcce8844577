from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum
from typing import Protocol
from uuid import UUID

from marketplace.application.catalog.media_views import DocumentView
from marketplace.application.shared.actor import Viewer
from marketplace.domain.catalog.documents import Document, DocumentId
from marketplace.domain.catalog.uploads import Upload, UploadId
from marketplace.domain.shared.ids import ListingId, UserId


class Documents(Protocol):
    async def add(self, document: Document) -> None: ...

    async def get(self, document_id: DocumentId) -> Document | None: ...

    async def count(self, listing_id: ListingId) -> int: ...


class DocumentQueries(Protocol):
    async def document(self, viewer: Viewer, document_id: DocumentId) -> DocumentView:
        """For its owner, and for whoever may see its listing; raises DocumentNotFound, also once that is removed."""
        ...


class Uploads(Protocol):
    async def add(self, upload: Upload) -> None: ...

    async def locked(self, upload_id: UploadId) -> Upload:
        """Raises UploadNotFound."""
        ...

    async def save(self, upload: Upload) -> None: ...

    async def open_of(self, owner: UserId, now: datetime) -> int:
        """How many of a person are neither complete nor expired."""
        ...

    async def put_part(self, upload_id: UploadId, number: int, content: bytes) -> None:
        """In place of the part that has this number, if there is one."""
        ...

    async def parts(self, upload_id: UploadId) -> list[int]:
        """The numbers of those that are here, in order."""
        ...

    async def content(self, upload_id: UploadId) -> bytes:
        """All parts, one behind the other."""
        ...

    async def drop_parts(self, upload_id: UploadId) -> None: ...

    async def forget(self, now: datetime, limit: int) -> int:
        """Delete some of those that have expired, with their parts; how many."""
        ...


class Folder(StrEnum):
    """Where in the storage the files of listings are."""

    IMAGES = "listings"
    DOCUMENTS = "documents"


class NamedFiles(Protocol):
    async def unused(self, folder: Folder, names: Sequence[UUID]) -> set[UUID]:
        """Which of these images or documents no listing has, or only one that is removed."""
        ...
