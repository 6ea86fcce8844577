from typing import Annotated

import msgspec
from dishka.integrations.litestar import FromDishka, inject
from litestar import Controller, post
from litestar.datastructures import CacheControlHeader
from litestar.params import JSONBody
from msgspec import Meta

from marketplace.application.identity.outside import (
    FinishOutsideSignIn,
    LinkOutsideIdentity,
    OutsideSignInView,
    StartOutsideSignIn,
)
from marketplace.application.identity.ports import FactorAnswers
from marketplace.application.identity.views import SignedInView
from marketplace.application.shared.actor import Actor
from marketplace.entrypoints.http.identity import BEARER, NOT_REPEATABLE, RecoveryCode, SixDigits
from marketplace.entrypoints.http.messages import Success
from marketplace.entrypoints.http.webauthn import AuthenticationCredential, shown

NOT_SET_UP = {"problems": (404,)}
"""Without a provider there is nothing here to be found."""


class OutsideSignInWish(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Where the provider sends the person back to, a page of one of the ALLOWED_ORIGINS; ours if left out."""

    redirect_uri: (
        Annotated[str, Meta(min_length=1, max_length=2048, examples=["https://shop.example/signed-in"])] | None
    ) = None


class OutsideAnswer(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What the provider added to the redirect. Compare `state` with the one that `start` gave to this browser."""

    code: Annotated[str, Meta(min_length=1, max_length=4096, examples=["SplxlOBeZQQYbYS6WxSbIA"])]
    state: Annotated[str, Meta(min_length=1, max_length=256, examples=["Xk3vO0cT2m9Yq4o1c7n5bW8sJ6hR0uLZ"])]


class OutsideLogin(OutsideAnswer, frozen=True, forbid_unknown_fields=True):
    """With the second factor of an account that asks for one; without it start again, as `code` is good once."""

    otp_code: SixDigits | None = None
    recovery_code: RecoveryCode | None = None
    passkey: AuthenticationCredential | None = None


class OpenIdController(Controller):
    path = "/api/v1/auth/oidc"
    tags = ("Accounts",)
    opt = NOT_SET_UP
    cache_control = CacheControlHeader(no_store=True)

    @post("/start", status_code=200, summary="Begin to sign in with a provider", opt=NOT_REPEATABLE)
    @inject
    async def start_outside(
        self, data: JSONBody[OutsideSignInWish], start: FromDishka[StartOutsideSignIn]
    ) -> Success[OutsideSignInView]:
        """Where to send the person. The provider comes back within 10 minutes with `code` and `state`."""
        return Success(await start(data.redirect_uri))

    @post("/callback", status_code=200, summary="Sign in with what the provider answered", opt=NOT_REPEATABLE)
    @inject
    async def finish_outside(
        self, data: JSONBody[OutsideLogin], finish: FromDishka[FinishOutsideSignIn]
    ) -> Success[SignedInView]:
        """The same answer as `login`. Whoever is new and has a verified e-mail address gets an account."""
        answers = FactorAnswers(data.otp_code, data.recovery_code, shown(data.passkey))
        return Success(await finish(data.code, data.state, answers))

    @post("/link", status_code=200, summary="Link a provider to my account", security=BEARER)
    @inject
    async def link_outside(
        self, data: JSONBody[OutsideAnswer], actor: FromDishka[Actor], link: FromDishka[LinkOutsideIdentity]
    ) -> Success[None]:
        """From now on the provider signs in this account. Needs a recent proof of identity."""
        await link(actor, data.code, data.state)
        return Success(None)
