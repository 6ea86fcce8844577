from base64 import urlsafe_b64encode
from typing import Annotated, Literal

import msgspec
from dishka.integrations.litestar import FromDishka, inject
from litestar import Controller, get
from litestar.datastructures import CacheControlHeader
from msgspec import Meta

from marketplace.application.identity.signing_keys import PublicKeys
from marketplace.application.shared.ports import Clock

FIVE_MINUTES = CacheControlHeader(public=True, max_age=300)


class Jwk(msgspec.Struct, frozen=True):
    """An Ed25519 public key (RFC 8037); `kid` is its thumbprint (RFC 7638)."""

    kid: Annotated[str, Meta(examples=["kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k"])]
    x: Annotated[str, Meta(examples=["11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"])]
    kty: Literal["OKP"] = "OKP"
    crv: Literal["Ed25519"] = "Ed25519"
    alg: Literal["EdDSA"] = "EdDSA"
    use: Literal["sig"] = "sig"


class Jwks(msgspec.Struct, frozen=True):
    keys: list[Jwk]


class KeysController(Controller):
    path = "/.well-known"
    tags = ("Operations",)

    @get("/jwks.json", summary="Public keys", cache_control=FIVE_MINUTES)
    @inject
    async def public_keys(self, keys: FromDishka[PublicKeys], clock: FromDishka[Clock]) -> Jwks:
        """What access tokens are verified with (RFC 7517). A new key is here 10 minutes before it signs."""
        published = keys.published(clock.now())
        return Jwks([Jwk(kid=key.kid, x=urlsafe_b64encode(key.public_key).decode().rstrip("=")) for key in published])
