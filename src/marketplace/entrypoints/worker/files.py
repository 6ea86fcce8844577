"""Jobs that read and write files of products."""

from uuid import UUID

from dishka import AsyncContainer

from marketplace.application.catalog.exports import FORGET_EXPORT, RUN_EXPORT, ForgetExport, RunExport
from marketplace.application.catalog.imports import FORGET_IMPORT, RUN_IMPORT, ForgetImport, RunImport
from marketplace.domain.catalog.imports import ExportId, ImportId
from marketplace.entrypoints.worker.registry import Handlers


def subscribe(handlers: Handlers) -> None:
    @handlers.timer(RUN_IMPORT, transactional=False)
    async def run_import(scope: AsyncContainer, import_id: UUID) -> None:
        await (await scope.get(RunImport))(ImportId(import_id))

    @handlers.timer(FORGET_IMPORT, transactional=False)
    async def forget_import(scope: AsyncContainer, import_id: UUID) -> None:
        await (await scope.get(ForgetImport))(ImportId(import_id))

    @handlers.timer(RUN_EXPORT, transactional=False)
    async def run_export(scope: AsyncContainer, export_id: UUID) -> None:
        await (await scope.get(RunExport))(ExportId(export_id))

    @handlers.timer(FORGET_EXPORT, transactional=False)
    async def forget_export(scope: AsyncContainer, export_id: UUID) -> None:
        await (await scope.get(ForgetExport))(ExportId(export_id))
