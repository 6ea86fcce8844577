"""Listings by the file: what became of one import, row by row."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import NewType
from uuid import UUID

from marketplace.domain.shared.aggregate import Aggregate
from marketplace.domain.shared.errors import NotFound
from marketplace.domain.shared.ids import UserId

MOST_PROBLEMS = 1_000
"""Of one import that are kept; all of them are counted."""

ImportId = NewType("ImportId", UUID)
ExportId = NewType("ExportId", UUID)


class ImportNotFound(NotFound):
    code = "import_not_found"


class ExportNotFound(NotFound):
    code = "export_not_found"


class FileFormat(StrEnum):
    CSV = "csv"
    JSONL = "jsonl"


class ImportMode(StrEnum):
    """What is done where some rows are bad: nothing, or the rest."""

    ALL_OR_NOTHING = "all_or_nothing"
    VALID_ROWS = "valid_rows"


class FileStatus(StrEnum):
    QUEUED = "queued"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Problem:
    """Why a row is refused; row 0 is the whole file, the first row of data is 1."""

    row: int
    field: str | None
    code: str
    message: str


@dataclass(slots=True, kw_only=True, eq=False)
class ListingImport(Aggregate):
    """`rows` is None until the file was read. Whatever happens, its listings come into being at most once."""

    id: ImportId
    seller: UserId
    mode: ImportMode
    status: FileStatus = FileStatus.QUEUED
    rows: int | None = None
    checked: int = 0
    imported: int = 0
    failed: int = 0
    created_at: datetime
    finished_at: datetime | None = None

    @property
    def is_over(self) -> bool:
        return self.finished_at is not None

    def advance(self, *, rows: int, checked: int, failed: int) -> None:
        self.status, self.rows, self.checked, self.failed = FileStatus.RUNNING, rows, checked, failed

    def takes(self, good: int) -> bool:
        """Whether so many good rows are to be imported, as far as the bad ones go."""
        return good > 0 and (self.failed == 0 or self.mode is ImportMode.VALID_ROWS)

    def finish(self, now: datetime, *, imported: int) -> None:
        self.imported, self.finished_at = imported, now
        self.status = FileStatus.DONE if imported else FileStatus.FAILED
