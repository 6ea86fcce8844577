"""Files of listings that nobody needs any more."""

from datetime import datetime
from uuid import UUID

from dishka import AsyncContainer

from marketplace.application.catalog.documents import DELETE_DOCUMENT, DeleteDocument
from marketplace.application.catalog.images import DELETE_IMAGE, DeleteImage
from marketplace.application.catalog.sweep import SweepFiles
from marketplace.application.catalog.uploads import ForgetUploads
from marketplace.entrypoints.worker.registry import Handlers


def subscribe(handlers: Handlers) -> None:
    @handlers.timer(DELETE_IMAGE, transactional=False)
    async def delete_image(scope: AsyncContainer, name: UUID) -> None:
        await (await scope.get(DeleteImage))(name)

    @handlers.timer(DELETE_DOCUMENT, transactional=False)
    async def delete_document(scope: AsyncContainer, name: UUID) -> None:
        await (await scope.get(DeleteDocument))(name)

    @handlers.cron("catalog.sweep_files", "41 3 * * *", transactional=False, timeout=7_200.0)
    async def sweep_files(scope: AsyncContainer, _: datetime) -> None:
        await (await scope.get(SweepFiles))()

    @handlers.cron("catalog.forget_uploads", "11 * * * *", transactional=False)
    async def forget_uploads(scope: AsyncContainer, _: datetime) -> None:
        await (await scope.get(ForgetUploads))()
