from base64 import urlsafe_b64decode
from typing import Annotated

import msgspec
from dishka.integrations.litestar import FromDishka, inject
from litestar import Controller, delete, get, post
from litestar.datastructures import CacheControlHeader
from litestar.params import FromPath, JSONBody
from msgspec import Meta

from marketplace.application.notifications.push_tokens import (
    PushSetup,
    PushTokenQueries,
    PushTokenView,
    RegisterPushToken,
    RemovePushToken,
)
from marketplace.application.shared.actor import Actor
from marketplace.domain.notifications.push_token import (
    LONGEST_ENDPOINT,
    LONGEST_TOKEN,
    FcmToken,
    InvalidPushToken,
    Platform,
    PushAddress,
    PushTokenId,
    WebSubscription,
)
from marketplace.entrypoints.http.identity import BEARER, NOT_REPEATABLE
from marketplace.entrypoints.http.messages import Success

NO_STORE = CacheControlHeader(no_store=True)
FIVE_MINUTES = CacheControlHeader(public=True, max_age=300)

P256DH = "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4"
"""The receiver's key in RFC 8291, section 5."""


FirebaseToken = Annotated[str, Meta(max_length=LONGEST_TOKEN, examples=["fR3x1kQ0S7m:APA91bGx-a-token-of-firebase"])]


class SubscriptionKeys(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    p256dh: Annotated[str, Meta(max_length=100, examples=[P256DH])]
    auth: Annotated[str, Meta(max_length=50, examples=["BTBZMqHH6r4Tts7J_aSIgg"])]


class PushSubscription(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename="camel"):
    """As `PushSubscription.toJSON()` gives it in a browser that subscribed with our VAPID key."""

    endpoint: Annotated[
        str, Meta(max_length=LONGEST_ENDPOINT, examples=["https://updates.push.services.mozilla.com/wpush/v2/gAAAAAB"])
    ]
    keys: SubscriptionKeys
    expiration_time: Annotated[
        float | None, Meta(description="Taken, and not needed: one that expired is found out.", examples=[None])
    ] = None

    def address(self) -> WebSubscription:
        return WebSubscription(
            self.endpoint,
            _bytes(self.keys.p256dh, "subscription.keys.p256dh"),
            _bytes(self.keys.auth, "subscription.keys.auth"),
        )


class PushTokenWish(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Either `token`, a registration token of Firebase, or for `web` a browser's own `subscription`."""

    platform: Annotated[Platform, Meta(examples=["web"])]
    token: FirebaseToken | None = None
    subscription: PushSubscription | None = None
    device_name: Annotated[str, Meta(max_length=100, examples=["Firefox on Amina's laptop"])] = ""

    def __repr__(self) -> str:
        return "PushTokenWish(...)"

    def address(self) -> PushAddress:
        """Raises InvalidPushToken."""
        if (self.token is None) == (self.subscription is None):
            raise InvalidPushToken("give either a token or a subscription", field="token")
        return self.subscription.address() if self.subscription else FcmToken(self.token or "")


class VapidKeyView(msgspec.Struct, frozen=True):
    """base64url: an uncompressed point of P-256."""

    public_key: str


class PushTokensController(Controller):
    path = "/api/v1/notifications"
    tags = ("Notifications",)

    @get("/push-tokens", summary="List the devices I get pushes on", security=BEARER, cache_control=NO_STORE)
    @inject
    async def push_tokens(
        self, actor: FromDishka[Actor], queries: FromDishka[PushTokenQueries]
    ) -> Success[list[PushTokenView]]:
        """Registered last first, at most 20. Of tokens only the end is shown."""
        return Success(await queries.of_owner(actor))

    @post("/push-tokens", summary="Get pushes on this device", security=BEARER, cache_control=NO_STORE)
    @inject
    async def register_push_token(
        self, data: JSONBody[PushTokenWish], actor: FromDishka[Actor], register: FromDishka[RegisterPushToken]
    ) -> Success[PushTokenView]:
        """Call it at every start of the app, and when the token changes.

        The same device again is the same entry, also when somebody else has signed in on it: then it is theirs. With
        the 21st the one registered the longest time ago goes. The end of the session ends its pushes. For Android and
        iOS the operator sets `FCM_CREDENTIALS`; until then their tokens are refused with `push_not_set_up`.
        """
        return Success(await register(actor, data.platform, data.address(), data.device_name))

    @delete(
        "/push-tokens/{token_id:uuid}", summary="Get no more pushes on a device", opt=NOT_REPEATABLE, security=BEARER
    )  # fmt: skip
    @inject
    async def remove_push_token(
        self, token_id: FromPath[PushTokenId], actor: FromDishka[Actor], remove: FromDishka[RemovePushToken]
    ) -> None:
        """Of any of my devices."""
        await remove(actor, token_id)

    @get("/vapid-key", summary="The key that browsers subscribe with", cache_control=FIVE_MINUTES)
    @inject
    async def vapid_key(self, setup: FromDishka[PushSetup]) -> Success[VapidKeyView]:
        """The `applicationServerKey` of `pushManager.subscribe` (RFC 8292)."""
        return Success(VapidKeyView(setup.vapid_key))


def _bytes(text: str, field: str) -> bytes:
    padded = text.rstrip("=")
    try:
        return urlsafe_b64decode(padded + "=" * (-len(padded) % 4))
    except ValueError:
        raise InvalidPushToken("is not base64url", field=field) from None
