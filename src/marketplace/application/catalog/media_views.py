from datetime import datetime
from typing import Annotated
from uuid import UUID

import msgspec
from msgspec import Meta

from marketplace.domain.catalog.documents import DocumentId, DocumentPurpose
from marketplace.domain.catalog.media import WIDTHS, UploadedImage
from marketplace.domain.catalog.uploads import Upload, UploadId, UploadPurpose
from marketplace.domain.shared.ids import ListingId

_IMAGE = "/media/listings/5f0c8a31d2e94b7796a1c0de4b3f2a17-{}.webp"


class ImageView(msgspec.Struct, frozen=True):
    """`urls`: paths of its files by their width, which none exceeds; `width` and `height` are those of the largest."""

    id: UUID
    width: Annotated[int, Meta(examples=[1600])]
    height: Annotated[int, Meta(examples=[1200])]
    urls: Annotated[dict[str, str], Meta(examples=[{str(width): _IMAGE.format(width) for width in WIDTHS}])]


def image_view(image: UploadedImage) -> ImageView:
    return ImageView(image.id, image.width, image.height, {str(width): image.address(width) for width in WIDTHS})


class DocumentView(msgspec.Struct, frozen=True):
    """`size` is in bytes, `sha256` in hexadecimal digits."""

    id: DocumentId
    listing_id: ListingId
    purpose: DocumentPurpose
    size: Annotated[int, Meta(examples=[184_320])]
    sha256: Annotated[str, Meta(examples=["9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"])]
    created_at: datetime


class UploadView(msgspec.Struct, frozen=True):
    """A file on its way. Each of its `part_count` parts has `part_size` bytes, the last one what is left.

    `parts` are those that are here. Once it `is_complete` its image or document is there, under the upload's own id.
    """

    id: UploadId
    purpose: UploadPurpose
    listing_id: ListingId
    size: Annotated[int, Meta(examples=[2_500_000])]
    part_size: Annotated[int, Meta(examples=[1_048_576])]
    part_count: Annotated[int, Meta(examples=[3])]
    parts: Annotated[list[int], Meta(examples=[[1, 2]])]
    is_complete: bool
    expires_at: datetime

    @classmethod
    def of(cls, upload: Upload, parts: list[int]) -> "UploadView":
        return cls(
            id=upload.id, purpose=upload.purpose, listing_id=upload.listing_id, size=upload.size,
            part_size=upload.part_size, part_count=upload.part_count, parts=parts,
            is_complete=upload.completed_at is not None, expires_at=upload.expires_at,
        )  # fmt: skip
