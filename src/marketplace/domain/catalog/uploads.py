"""A file that arrives in parts, in any order, over as many connections as it takes."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from hashlib import sha256
from typing import ClassVar, NewType
from uuid import UUID

from marketplace.domain.shared.errors import Conflict, Invalid, NotFound
from marketplace.domain.shared.ids import ListingId, UserId

UploadId = NewType("UploadId", UUID)

LARGEST_UPLOAD = 5 * 1024 * 1024
"""Bytes."""
PART_SIZE = 1024 * 1024
"""Bytes."""
UPLOAD_LIFE = timedelta(hours=24)
MOST_OPEN_UPLOADS = 10
"""Of one person."""
CLAIM_LIFE = timedelta(minutes=2)
"""A completion that has not ended by then was cut off: another one may begin."""


class UploadNotFound(NotFound):
    code = "upload_not_found"


class UploadComplete(Conflict):
    code = "upload_complete"


class UploadInCompletion(Conflict):
    code = "upload_in_completion"


class UploadIncomplete(Conflict):
    code = "upload_incomplete"


class TooManyUploads(Conflict):
    code = "too_many_uploads"


class InvalidPart(Invalid):
    code = "invalid_part"


class WrongDigest(Invalid):
    code = "wrong_digest"


class UploadPurpose(StrEnum):
    LISTING_IMAGE = "listing_image"
    DOCUMENT = "document"


@dataclass(slots=True, kw_only=True)
class Upload:
    """`size` is in bytes; `sha256` is what the sender says, in hexadecimal digits."""

    part_size: ClassVar[int] = PART_SIZE
    id: UploadId
    owner: UserId
    purpose: UploadPurpose
    listing_id: ListingId
    size: int
    sha256: str | None
    expires_at: datetime
    claimed_at: datetime | None = None
    completed_at: datetime | None = None

    @property
    def part_count(self) -> int:
        return -(-self.size // PART_SIZE)

    def require_owner(self, user: UserId, now: datetime) -> None:
        """Raises UploadNotFound for everybody else, and for its owner too when its time is over."""
        if user != self.owner or now >= self.expires_at:
            raise UploadNotFound("no such upload")

    def require_part(self, number: int, length: int) -> None:
        """Raises InvalidPart, or UploadComplete."""
        self._require_open()
        if not 1 <= number <= self.part_count:
            raise InvalidPart(f"parts are numbered from 1 to {self.part_count}", field="part_number")
        wanted = min(PART_SIZE, self.size - (number - 1) * PART_SIZE)
        if length != wanted:
            raise InvalidPart(f"part {number} has {wanted} bytes, not {length}", field="body")

    def claim(self, parts: list[int], now: datetime) -> None:
        """Begin to make of it what it is for; raises UploadIncomplete, UploadInCompletion or UploadComplete."""
        self._require_open()
        if missing := sorted({*range(1, self.part_count + 1)} - {*parts}):
            raise UploadIncomplete(f"parts {', '.join(map(str, missing))} are missing", missing=missing)
        if self.claimed_at is not None and now - self.claimed_at < CLAIM_LIFE:
            raise UploadInCompletion("this upload is being completed at this moment")
        self.claimed_at = now

    def failed(self, now: datetime, *, for_good: bool) -> None:
        """Give the claim back, or end the upload."""
        self.claimed_at = None
        if for_good:
            self.expires_at = now

    def is_over(self, now: datetime) -> bool:
        return self.completed_at is not None or now >= self.expires_at

    def require_digest(self, content: bytes) -> None:
        """Raises WrongDigest."""
        if self.sha256 is not None and sha256(content).hexdigest() != self.sha256:
            raise WrongDigest("the parts together have another SHA-256; send them again", field="sha256")

    def _require_open(self) -> None:
        if self.completed_at is not None:
            raise UploadComplete("this upload is complete")
