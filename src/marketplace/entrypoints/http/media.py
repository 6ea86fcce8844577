"""Files for everybody, written by us: nothing here is what somebody uploaded."""

import re

from dishka.integrations.litestar import FromDishka, inject
from litestar import Controller, Response, get
from litestar.datastructures import CacheControlHeader
from litestar.params import FromPath

from marketplace.application.shared.storage import ObjectNotFound, Storage
from marketplace.entrypoints.http.messages import ApiResponse

FOR_EVER = CacheControlHeader(public=True, max_age=31_536_000, immutable=True)
"""Another picture has another name."""

HEADERS = {
    "content-disposition": "inline",
    "content-security-policy": "default-src 'none'; sandbox; frame-ancestors 'none'",
    "cross-origin-resource-policy": "cross-origin",
}
"""Pages of other origins may show it; opened by itself it may do nothing."""

_AVATAR = re.compile(r"[0-9a-f]{32}-(?:64|256|512)\.webp")


class MediaController(Controller):
    path = "/media"
    include_in_schema = False

    @get("/avatars/{name:str}", cache_control=FOR_EVER)
    @inject
    async def avatar(self, name: FromPath[str], storage: FromDishka[Storage]) -> Response[bytes]:
        if not _AVATAR.fullmatch(name):
            raise ObjectNotFound("no such file")
        found = await storage.get(f"avatars/{name}")
        return ApiResponse(await found.read(), media_type=found.content_type, headers=HEADERS)
