"""What clients see of their imports and exports."""

from datetime import datetime
from typing import Annotated

import msgspec
from msgspec import Meta

from marketplace.domain.catalog.imports import ExportId, FileFormat, FileStatus, ImportId, ImportMode


class ImportView(msgspec.Struct, frozen=True):
    """`rows` is null until the file was read. `failed` counts the bad rows, `imported` the products made of the rest.

    `failed` as a status: no product was made. Imports are forgotten after 30 days.
    """

    id: ImportId
    status: FileStatus
    mode: ImportMode
    rows: int | None
    checked: int
    imported: int
    failed: int
    created_at: datetime
    finished_at: datetime | None


class ImportProblemView(msgspec.Struct, frozen=True):
    """Rows are counted from 1, without the header; null is the file as a whole."""

    row: Annotated[int | None, Meta(examples=[17])]
    field: Annotated[str | None, Meta(examples=["price"])]
    code: Annotated[str, Meta(examples=["invalid_amount"])]
    message: Annotated[str, Meta(examples=["must be greater than zero"])]

    @property
    def id(self) -> int:
        """What the list is ordered by."""
        return self.row or 0


class ExportView(msgspec.Struct, frozen=True):
    """`size` is in bytes; `rows` and it are null until the file is written. At `expires_at` it is deleted."""

    id: ExportId
    status: FileStatus
    format: FileFormat
    rows: int | None
    size: int | None
    created_at: datetime
    expires_at: datetime
