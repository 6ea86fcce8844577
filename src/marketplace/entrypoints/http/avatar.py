from typing import Any

from dishka.integrations.litestar import FromDishka, inject
from litestar import Controller, delete, post
from litestar.datastructures import CacheControlHeader

from marketplace.application.identity.avatar import RemoveAvatar, SetAvatar
from marketplace.application.identity.views import AvatarView
from marketplace.application.shared.actor import Actor
from marketplace.application.shared.images import LARGEST_IMAGE
from marketplace.entrypoints.http.gate import MAX_UPLOAD
from marketplace.entrypoints.http.messages import ApiRequest, Success

BEARER: list[dict[str, list[str]]] = [{"bearer": []}]
AN_IMAGE: dict[str, Any] = {"file": "image/jpeg, image/png, image/webp"}
"""The types of the part `file`, for the OpenAPI document."""
HARMLESS_AGAIN = {"idempotency": False}


class AvatarController(Controller):
    path = "/api/v1/users/me/avatar"
    tags = ("Accounts",)
    security = BEARER
    cache_control = CacheControlHeader(no_store=True)

    @post(status_code=200, summary="Set my picture", request_max_body_size=MAX_UPLOAD, opt=AN_IMAGE)
    @inject
    async def set_avatar(
        self, request: ApiRequest, actor: FromDishka[Actor], set_avatar: FromDishka[SetAvatar]
    ) -> Success[AvatarView]:
        """Show this picture beside my name: the part `file` of a form, a JPEG, PNG or WebP image of at most 5 MiB and
        40 megapixels. The middle of it is kept, as WebP of 64, 256 and 512 pixels, without what the camera wrote
        beside it."""
        return Success(await set_avatar(actor, await request.file(LARGEST_IMAGE)))

    @delete(summary="Remove my picture", opt=HARMLESS_AGAIN)
    @inject
    async def remove_avatar(self, actor: FromDishka[Actor], remove_avatar: FromDishka[RemoveAvatar]) -> None:
        """Show no picture beside my name. Without one this changes nothing."""
        await remove_avatar(actor)
