"""Files: pictures for everybody, written by us, and documents for whoever has a link to one."""

import re
from uuid import UUID

from dishka.integrations.litestar import FromDishka, inject
from litestar import Controller, Response, get
from litestar.datastructures import CacheControlHeader
from litestar.params import FromPath, FromQuery

from marketplace.application.catalog.documents import OpenDocument
from marketplace.application.shared.storage import ObjectNotFound, Storage, StoredObject
from marketplace.domain.catalog.documents import DocumentId
from marketplace.entrypoints.http.messages import ApiResponse

FOR_EVER = CacheControlHeader(public=True, max_age=31_536_000, immutable=True)
"""Another picture has another name."""

HEADERS = {
    "content-disposition": "inline",
    "content-security-policy": "default-src 'none'; sandbox; frame-ancestors 'none'",
    "cross-origin-resource-policy": "cross-origin",
}
"""Pages of other origins may show it; opened by itself it may do nothing."""

TO_KEEP_ELSEWHERE = {
    "content-security-policy": "default-src 'none'; sandbox; frame-ancestors 'none'",
    "cache-control": "private, no-store",
}
"""What somebody sent us is never shown at our address, and the copy for one person is for nobody else."""

_PICTURES = re.compile(r"avatars/[0-9a-f]{32}-(?:64|256|512)\.webp|listings/[0-9a-f]{32}-(?:320|800|1600)\.webp")


class MediaController(Controller):
    path = "/media"
    include_in_schema = False

    @get("/{folder:str}/{name:str}", cache_control=FOR_EVER)
    @inject
    async def picture(
        self, folder: FromPath[str], name: FromPath[str], storage: FromDishka[Storage]
    ) -> Response[bytes]:
        key = f"{folder}/{name}"
        if not _PICTURES.fullmatch(key):
            raise ObjectNotFound("no such file")
        found = await storage.get(key)
        return ApiResponse(await found.read(), media_type=found.content_type, headers=HEADERS)


class FilesController(Controller):
    path = "/files"
    include_in_schema = False

    @get("/{document_id:uuid}")
    @inject
    async def document(
        self, document_id: FromPath[DocumentId], open_document: FromDishka[OpenDocument], link: FromQuery[str] = ""
    ) -> Response[bytes]:
        return await downloaded(document_id, await open_document(document_id, link))


async def downloaded(name: UUID, found: StoredObject) -> Response[bytes]:
    """Never shown: what is kept under a name of ours."""
    ending = found.content_type.rpartition("/")[2]
    disposition = {"content-disposition": f'attachment; filename="{name}.{ending}"'}
    return ApiResponse(await found.read(), media_type=found.content_type, headers={**TO_KEEP_ELSEWHERE, **disposition})
