from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from marketplace.application.catalog.file_views import ExportView, ImportProblemView, ImportView
from marketplace.application.catalog.views import ProductView
from marketplace.application.shared.actor import Actor
from marketplace.application.shared.paging import Slice
from marketplace.domain.catalog.imports import ExportId, FileFormat, FileStatus, ImportId, ListingImport, Problem
from marketplace.domain.shared.ids import ListingId, UserId


@dataclass(slots=True, kw_only=True)
class Export:
    """A file of one's products. `rows` and `size` (bytes) are None until it is written."""

    id: ExportId
    seller: UserId
    format: FileFormat
    status: FileStatus = FileStatus.QUEUED
    rows: int | None = None
    size: int | None = None
    created_at: datetime
    expires_at: datetime


class Imports(Protocol):
    async def add(self, one: ListingImport) -> None: ...

    async def locked(self, import_id: ImportId) -> ListingImport:
        """Raises ImportNotFound."""
        ...

    async def save(self, one: ListingImport) -> None: ...

    async def report(self, import_id: ImportId, problems: Sequence[Problem]) -> None:
        """One for each row at most."""
        ...

    async def delete(self, import_id: ImportId) -> None:
        """With its problems; what is not there is deleted already."""
        ...


class Exports(Protocol):
    async def add(self, one: Export) -> None: ...

    async def get(self, export_id: ExportId) -> Export:
        """Raises ExportNotFound."""
        ...

    async def save(self, one: Export) -> None: ...

    async def delete(self, export_id: ExportId) -> None:
        """What is not there is deleted already."""
        ...


class Room(Protocol):
    async def left(self, seller: UserId) -> int:
        """How many more listings a seller may have, until the transaction ends; 0 without an active account."""
        ...


class FileQueries(Protocol):
    """Only what is the actor's own; raises ImportNotFound and ExportNotFound for all else."""

    async def import_(self, actor: Actor, import_id: ImportId) -> ImportView: ...

    async def imports(self, actor: Actor, *, after: ImportId | None, skip: int, limit: int) -> Slice[ImportView]:
        """Newest first: those after one, or those after skipping some."""
        ...

    async def problems(
        self, actor: Actor, import_id: ImportId, *, after: int | None, skip: int, limit: int
    ) -> Slice[ImportProblemView]:
        """By row."""
        ...

    async def export(self, actor: Actor, export_id: ExportId) -> ExportView: ...

    async def products(self, seller: UserId, *, after: ListingId | None) -> list[ProductView]:
        """Some of a seller's, neither sold nor rejected nor removed, oldest first; no services, no lots."""
        ...
