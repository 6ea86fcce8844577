"""Passkeys (Web Authentication)."""

from typing import Annotated, Any

import msgspec
from dishka.integrations.litestar import FromDishka, inject
from litestar import Controller, delete, get, post
from litestar.datastructures import CacheControlHeader
from litestar.params import FromPath, JSONBody
from msgspec import Meta

from marketplace.application.identity.factor_ports import FactorQueries
from marketplace.application.identity.factor_views import PasskeyView
from marketplace.application.identity.passkeys import (
    AddPasskey,
    LogInWithPasskey,
    OfferNewPasskey,
    OfferPasskeyLogin,
    RemovePasskey,
)
from marketplace.application.identity.views import SignedInView
from marketplace.application.shared.actor import Actor
from marketplace.domain.identity.passkey import LONGEST_NAME, PasskeyId
from marketplace.entrypoints.http.identity import BEARER, NOT_REPEATABLE
from marketplace.entrypoints.http.messages import Success
from marketplace.entrypoints.http.webauthn import AuthenticationCredential, RegistrationCredential, as_json


class NewPasskey(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    credential: RegistrationCredential
    name: Annotated[
        str,
        Meta(
            min_length=1, max_length=LONGEST_NAME, description="What the owner calls it.", examples=["Amina's phone"]
        ),
    ]  # fmt: skip


class PasskeyLogin(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    credential: AuthenticationCredential


class PasskeysController(Controller):
    path = "/api/v1/auth/passkeys"
    tags = ("Passkeys",)
    cache_control = CacheControlHeader(no_store=True)
    opt = NOT_REPEATABLE

    @post("/options", status_code=200, summary="Ask for a new passkey", security=BEARER)
    @inject
    async def offer_new(
        self, actor: FromDishka[Actor], offer_new_passkey: FromDishka[OfferNewPasskey]
    ) -> Success[dict[str, Any]]:
        """For `PublicKeyCredential.parseCreationOptionsFromJSON()`. Good once, in this session, for 5 minutes.

        Needs a recent proof of identity, as everything here that changes something does.
        """
        return Success(await offer_new_passkey(actor))

    @post("/", summary="Add a passkey", security=BEARER)
    @inject
    async def add(
        self, data: JSONBody[NewPasskey], actor: FromDishka[Actor], add_passkey: FromDishka[AddPasskey]
    ) -> Success[PasskeyView]:
        """What the authenticator answered to the options. An account has at most 10; all other sessions end."""
        return Success(await add_passkey(actor, as_json(data.credential), data.name))

    @get("/", summary="List the passkeys", security=BEARER)
    @inject
    async def see(self, actor: FromDishka[Actor], queries: FromDishka[FactorQueries]) -> Success[list[PasskeyView]]:
        """The caller's own, oldest first."""
        return Success(await queries.passkeys(actor))

    @delete("/{passkey_id:uuid}", status_code=200, summary="Remove a passkey", security=BEARER)
    @inject
    async def remove(
        self, passkey_id: FromPath[PasskeyId], actor: FromDishka[Actor], remove_passkey: FromDishka[RemovePasskey]
    ) -> Success[None]:
        """It signs nobody in any more; all other sessions end."""
        await remove_passkey(actor, passkey_id)
        return Success(None)

    @post("/login/options", status_code=200, summary="Ask for a passkey")
    @inject
    async def offer_login(self, offer_passkey_login: FromDishka[OfferPasskeyLogin]) -> Success[dict[str, Any]]:
        """For `PublicKeyCredential.parseRequestOptionsFromJSON()`. They name nobody. Good once, for 5 minutes."""
        return Success(await offer_passkey_login())

    @post("/login", status_code=200, summary="Log in with a passkey")
    @inject
    async def log_in(
        self, data: JSONBody[PasskeyLogin], log_in_with_passkey: FromDishka[LogInWithPasskey]
    ) -> Success[SignedInView]:
        """Start a session without a password: the authenticator must verify its user, so it counts as both factors."""
        return Success(await log_in_with_passkey(as_json(data.credential)))
