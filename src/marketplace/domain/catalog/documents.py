"""Documents beside a listing: kept as they were sent, and read by those who may see the listing."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import NewType
from uuid import UUID

from marketplace.domain.shared.errors import Conflict, NotFound
from marketplace.domain.shared.ids import ListingId, UserId

DocumentId = NewType("DocumentId", UUID)

LARGEST_DOCUMENT = 5 * 1024 * 1024
"""Bytes."""
MOST_DOCUMENTS = 10
"""Of one listing."""


class DocumentNotFound(NotFound):
    code = "document_not_found"


class TooManyDocuments(Conflict):
    code = "too_many_documents"


class DocumentPurpose(StrEnum):
    LAB_REPORT = "lab_report"


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """`size` is in bytes, `sha256` in hexadecimal digits."""

    id: DocumentId
    owner: UserId
    listing_id: ListingId
    purpose: DocumentPurpose
    size: int
    sha256: str
    created_at: datetime
