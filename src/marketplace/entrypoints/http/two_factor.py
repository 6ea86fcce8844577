from typing import Annotated

import msgspec
from dishka.integrations.litestar import FromDishka, inject
from litestar import Controller, get, post
from litestar.datastructures import CacheControlHeader
from litestar.params import JSONBody
from msgspec import Meta

from marketplace.application.identity.factor_ports import FactorQueries
from marketplace.application.identity.factor_views import RecoveryCodesView, TwoFactorSetupView, TwoFactorView
from marketplace.application.identity.two_factor import (
    DisableTwoFactor,
    EnableTwoFactor,
    RenewRecoveryCodes,
    SetUpTwoFactor,
)
from marketplace.application.shared.actor import Actor
from marketplace.entrypoints.http.identity import BEARER, NOT_REPEATABLE, SixDigits
from marketplace.entrypoints.http.messages import Success

RecoveryCode = Annotated[
    str,
    Meta(
        min_length=1, max_length=64, description="Hyphens, spaces and capitals do not matter.",
        examples=["k7f2mq-x9d4tw-bh3rza-e8vn5c"],
    ),
]  # fmt: skip


class AppCode(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    code: SixDigits


class AppCodeOrRecoveryCode(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One of the two; of both only `code` is looked at."""

    code: SixDigits | None = None
    recovery_code: RecoveryCode | None = None


class TwoFactorController(Controller):
    path = "/api/v1/auth/2fa"
    tags = ("Factors",)
    cache_control = CacheControlHeader(no_store=True)
    security = BEARER
    opt = NOT_REPEATABLE

    @get("/", summary="See two-factor authentication")
    @inject
    async def state(self, actor: FromDishka[Actor], queries: FromDishka[FactorQueries]) -> Success[TwoFactorView]:
        """Whether it is enabled, and how many recovery codes are left."""
        return Success(await queries.two_factor(actor))

    @post("/setup", status_code=200, summary="Set up an authenticator app")
    @inject
    async def set_up(
        self, actor: FromDishka[Actor], set_up_two_factor: FromDishka[SetUpTwoFactor]
    ) -> Success[TwoFactorSetupView]:
        """A new secret for the app. It does nothing until `verify`; called again, the secret before is dead.

        Needs a recent proof of identity, as everything here that changes something does.
        """
        return Success(await set_up_two_factor(actor))

    @post("/verify", status_code=200, summary="Enable two-factor authentication")
    @inject
    async def verify(
        self, data: JSONBody[AppCode], actor: FromDishka[Actor], enable_two_factor: FromDishka[EnableTwoFactor]
    ) -> Success[RecoveryCodesView]:
        """Show a first code of the app. The recovery codes are shown this once; all other sessions end."""
        return Success(await enable_two_factor(actor, data.code))

    @post("/disable", status_code=200, summary="Disable two-factor authentication")
    @inject
    async def disable(
        self,
        data: JSONBody[AppCodeOrRecoveryCode],
        actor: FromDishka[Actor],
        disable_two_factor: FromDishka[DisableTwoFactor],
    ) -> Success[TwoFactorView]:
        """Takes a code of the app, or a recovery code. All other sessions end."""
        return Success(await disable_two_factor(actor, data.code, data.recovery_code))

    @post("/recovery-codes", status_code=200, summary="Renew the recovery codes")
    @inject
    async def renew_recovery_codes(
        self, data: JSONBody[AppCode], actor: FromDishka[Actor], renew: FromDishka[RenewRecoveryCodes]
    ) -> Success[RecoveryCodesView]:
        """Ten new ones, shown this once; the old ones are dead, and all other sessions end."""
        return Success(await renew(actor, data.code))
