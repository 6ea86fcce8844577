"""One's products as a file, written by a job and kept for a day."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import timedelta

from marketplace.application.catalog.file_ports import Export, Exports, FileQueries
from marketplace.application.catalog.file_views import ExportView
from marketplace.application.catalog.files import ProductRow, written
from marketplace.application.shared.actor import Actor, Permission
from marketplace.application.shared.ports import Clock, Ids, Timers, Transaction
from marketplace.application.shared.storage import Storage, StoredObject
from marketplace.domain.catalog.imports import ExportId, ExportNotFound, FileFormat, FileStatus
from marketplace.domain.shared.errors import Conflict
from marketplace.domain.shared.ids import ListingId, UserId

RUN_EXPORT = "catalog.run_export"
FORGET_EXPORT = "catalog.forget_export"
"""Timers that call RunExport and ForgetExport."""

KEPT = timedelta(hours=24)
LARGEST_EXPORT = 64 * 1_048_576
"""Bytes; a larger one fails."""


class ExportNotReady(Conflict):
    code = "export_not_ready"


@dataclass(frozen=True, slots=True)
class RequestExport:
    exports: Exports
    transaction: Transaction
    timers: Timers
    clock: Clock
    ids: Ids

    async def __call__(self, actor: Actor, form: FileFormat) -> ExportView:
        actor.require(Permission.LIST_ITEMS)
        now = self.clock.now()
        one = Export(
            id=ExportId(self.ids.new()), seller=actor.user, format=form, created_at=now, expires_at=now + KEPT
        )  # fmt: skip
        async with self.transaction:
            await self.exports.add(one)
            self.timers.set(RUN_EXPORT, one.id, now)
            self.timers.set(FORGET_EXPORT, one.id, one.expires_at)
            return self.transaction.answers(view_of(one))


@dataclass(frozen=True, slots=True)
class RunExport:
    exports: Exports
    queries: FileQueries
    storage: Storage
    transaction: Transaction

    async def __call__(self, export_id: ExportId) -> None:
        """May run again: the file is replaced. One that was forgotten meanwhile is let be."""
        try:
            async with self.transaction:
                one = await self.exports.get(export_id)
        except ExportNotFound:
            return
        content, rows = bytearray(written((), one.format)), 0
        async for some in self._products(one.seller):
            content += written(some, one.format, first=False)
            rows += len(some)
            if len(content) > LARGEST_EXPORT:
                one.status = FileStatus.FAILED
                break
        else:
            await self.storage.put(export_key(one), bytes(content))
            one.status, one.rows, one.size = FileStatus.DONE, rows, len(content)
        async with self.transaction:
            await self.exports.save(one)

    async def _products(self, seller: UserId) -> AsyncIterator[list[ProductRow]]:
        after: ListingId | None = None
        while some := await self.queries.products(seller, after=after):
            yield [ProductRow.of(view) for view in some]
            after = some[-1].id


@dataclass(frozen=True, slots=True)
class DownloadExport:
    queries: FileQueries
    storage: Storage

    async def __call__(self, actor: Actor, export_id: ExportId) -> tuple[ExportView, StoredObject]:
        """Raises ExportNotFound and ExportNotReady."""
        one = await self.queries.export(actor, export_id)
        if one.status is not FileStatus.DONE:
            raise ExportNotReady(f"the export is {one.status}, there is no file", status=one.status)
        return one, await self.storage.get(_key(one.id, one.format))


@dataclass(frozen=True, slots=True)
class ForgetExport:
    """May run again."""

    exports: Exports
    storage: Storage
    transaction: Transaction

    async def __call__(self, export_id: ExportId) -> None:
        for form in FileFormat:
            await self.storage.delete(_key(export_id, form))
        async with self.transaction:
            await self.exports.delete(export_id)


def export_key(one: Export) -> str:
    return _key(one.id, one.format)


def _key(export_id: ExportId, form: FileFormat) -> str:
    return f"exports/{export_id}.{form}"


def view_of(one: Export) -> ExportView:
    return ExportView(
        id=one.id, status=one.status, format=one.format, rows=one.rows, size=one.size, created_at=one.created_at,
        expires_at=one.expires_at,
    )  # fmt: skip
