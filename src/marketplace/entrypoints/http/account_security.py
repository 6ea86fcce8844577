"""Sessions, passwords and addresses of an account."""

from typing import Annotated

import msgspec
from dishka.integrations.litestar import FromDishka, inject
from litestar import Controller, delete, get, post
from litestar.datastructures import CacheControlHeader
from litestar.params import FromPath, JSONBody, Parameter
from msgspec import Meta

from marketplace.application.identity.passwords import ChangePassword, ForgetPassword, ResetPassword
from marketplace.application.identity.ports import FactorAnswers, SessionQueries
from marketplace.application.identity.sessions import EndSession, EndSessions, StepUp
from marketplace.application.identity.verification import ChangeContact, ConfirmContact, SendVerification, VerifyEmail
from marketplace.application.identity.views import SessionView, SteppedUpView
from marketplace.application.shared.actor import Actor
from marketplace.application.shared.ports import Clock
from marketplace.domain.shared.ids import SessionId
from marketplace.entrypoints.http.identity import (
    BEARER,
    NOT_REPEATABLE,
    Identifier,
    KnownPassword,
    NewPasswordText,
    RecoveryCode,
    SixDigits,
)
from marketplace.entrypoints.http.messages import Success
from marketplace.entrypoints.http.webauthn import AuthenticationCredential, shown

MailToken = Annotated[
    str, Meta(min_length=1, max_length=200, description="Of the link in the letter.", examples=["AZqk3v..."])
]


class Proof(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The password and, where the account has one, a second factor."""

    password: KnownPassword
    otp_code: SixDigits | None = None
    recovery_code: RecoveryCode | None = None
    passkey: AuthenticationCredential | None = None


class ForgottenPassword(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    identifier: Identifier


class PasswordReset(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    token: MailToken
    password: NewPasswordText


class PasswordChange(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    current_password: KnownPassword
    new_password: NewPasswordText


class EmailLink(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    token: MailToken


class NewContact(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One of the two."""

    email: Annotated[str, Meta(min_length=3, max_length=254, examples=["amina.new@marketplace.example"])] | None = None
    phone: Annotated[str, Meta(max_length=32, description="E.164.", examples=["+998901234568"])] | None = None


class ContactCode(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    otp_code: SixDigits


class Sent(msgspec.Struct, frozen=True):
    message: str
    success: bool = True


class AccountSecurityController(Controller):
    path = "/api/v1/auth"
    tags = ("Accounts",)
    cache_control = CacheControlHeader(no_store=True)

    @get("/sessions", summary="List your sessions", security=BEARER)
    @inject
    async def sessions(
        self, actor: FromDishka[Actor], queries: FromDishka[SessionQueries], clock: FromDishka[Clock]
    ) -> Success[list[SessionView]]:
        """The live ones, the last used first: at most 200."""
        actor.own_session()
        return Success(await queries.of(actor, clock.now()))

    @delete("/sessions/{session_id:uuid}", summary="End a session", opt=NOT_REPEATABLE, security=BEARER)
    @inject
    async def end_session(
        self, session_id: FromPath[SessionId], actor: FromDishka[Actor], end: FromDishka[EndSession]
    ) -> None:
        """Its tokens and sockets die at once. Another's session is not found."""
        await end(actor, session_id)

    @delete("/sessions", summary="End all your sessions", opt=NOT_REPEATABLE, security=BEARER)
    @inject
    async def end_sessions(
        self,
        actor: FromDishka[Actor],
        end_all: FromDishka[EndSessions],
        keep_current: Annotated[bool, Parameter(description="All but the one that asks.")] = False,
    ) -> None:
        """Sign out everywhere, here included unless `keep_current`."""
        await end_all(actor, keep_current=keep_current)

    @post("/step-up", status_code=200, summary="Show again who you are", opt=NOT_REPEATABLE, security=BEARER)
    @inject
    async def step_up(
        self, data: JSONBody[Proof], actor: FromDishka[Actor], step_up: FromDishka[StepUp]
    ) -> Success[SteppedUpView]:
        """For five minutes this session may change keys, factors and addresses, as right after a login."""
        answers = FactorAnswers(data.otp_code, data.recovery_code, shown(data.passkey))
        return Success(await step_up(actor, data.password, answers))

    @post("/password/forgot", status_code=200, summary="Ask for a password reset", opt=NOT_REPEATABLE)
    @inject
    async def forgot(self, data: JSONBody[ForgottenPassword], forget_password: FromDishka[ForgetPassword]) -> Sent:
        """Mail a link that is good once, for 30 minutes. The answer is the same when there is no such account."""
        await forget_password(data.identifier)
        return Sent("If there is such an account, a link is on its way to its e-mail address.")

    @post("/password/reset", status_code=200, summary="Set a new password by a mailed link", opt=NOT_REPEATABLE)
    @inject
    async def reset(self, data: JSONBody[PasswordReset], reset_password: FromDishka[ResetPassword]) -> Sent:
        """Every session of the account ends, and every lock after failed logins."""
        await reset_password(data.token, data.password)
        return Sent("The password is changed. Log in with it.")

    @post("/password/change", status_code=200, summary="Change your password", opt=NOT_REPEATABLE, security=BEARER)
    @inject
    async def change(
        self, data: JSONBody[PasswordChange], actor: FromDishka[Actor], change_password: FromDishka[ChangePassword]
    ) -> Sent:
        """Every other session ends. None of the last five passwords is accepted."""
        await change_password(actor, data.current_password, data.new_password)
        return Sent("The password is changed; your other sessions have ended.")

    @post("/verify-email", status_code=200, summary="Verify an e-mail address by a mailed link", opt=NOT_REPEATABLE)
    @inject
    async def verify_email(self, data: JSONBody[EmailLink], verify: FromDishka[VerifyEmail]) -> Sent:
        """The token is that of the letter of welcome, or of one asked for again. Good for 48 hours."""
        await verify(data.token)
        return Sent("The e-mail address is verified.")

    @post(
        "/verify-email/resend", status_code=200, summary="Mail the verification link again", opt=NOT_REPEATABLE,
        security=BEARER,
    )  # fmt: skip
    @inject
    async def resend(self, actor: FromDishka[Actor], send_verification: FromDishka[SendVerification]) -> Sent:
        """To the account's own address; refused once that is verified."""
        await send_verification(actor)
        return Sent("The link is on its way to your e-mail address.")

    @post(
        "/contact", status_code=200, summary="Ask to change your e-mail address or phone number",
        opt=NOT_REPEATABLE, security=BEARER,
    )  # fmt: skip
    @inject
    async def change_contact(
        self, data: JSONBody[NewContact], actor: FromDishka[Actor], change: FromDishka[ChangeContact]
    ) -> Sent:
        """A code goes to the new address or number; `contact/confirm` makes the change. Needs a recent proof."""
        await change(actor, email=data.email, phone=data.phone)
        return Sent("A code is on its way to the new address.")

    @post(
        "/contact/confirm", status_code=200, summary="Confirm the new address or number", opt=NOT_REPEATABLE,
        security=BEARER,
    )  # fmt: skip
    @inject
    async def confirm_contact(
        self, data: JSONBody[ContactCode], actor: FromDishka[Actor], confirm: FromDishka[ConfirmContact]
    ) -> Sent:
        """The account has the new address, verified; its other sessions end and the old address is told."""
        await confirm(actor, data.otp_code)
        return Sent("The change is made; your other sessions have ended.")
