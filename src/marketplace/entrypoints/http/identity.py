from typing import Annotated, Literal

import msgspec
from dishka.integrations.litestar import FromDishka, inject
from litestar import Controller, get, post
from litestar.datastructures import CacheControlHeader
from litestar.params import JSONBody, URLEncodedBody
from msgspec import Meta

from marketplace.application.identity.accounts import NewAccount, Register
from marketplace.application.identity.authenticate import IssueSocketTicket
from marketplace.application.identity.codes import CODE_LIFE, SendOneTimeCode, VerifyOneTimeCode
from marketplace.application.identity.ports import AccountQueries, FactorAnswers
from marketplace.application.identity.sessions import EndSession, RefreshSession
from marketplace.application.identity.sign_in import LogIn, PasswordSignIn
from marketplace.application.identity.views import SignedInView, SocketTicketView, TokensView, UserView, VerifiedView
from marketplace.application.shared.actor import Actor
from marketplace.application.shared.messages import MessageChannel
from marketplace.domain.identity.user import Role
from marketplace.entrypoints.http.messages import Success
from marketplace.entrypoints.http.webauthn import AuthenticationCredential, shown

ROLES = {"buyer": Role.BUYER, "client": Role.BUYER, "seller": Role.SELLER, "worker": Role.SELLER}
BEARER: list[dict[str, list[str]]] = [{"bearer": []}]
NOT_REPEATABLE = {"idempotency": False}
"""Replies that hold a secret are never stored; deletions have none, and may be repeated anyway."""

Identifier = Annotated[
    str,
    Meta(
        min_length=1, max_length=254, description="E-mail address, username, or phone number with its +.",
        examples=["amina@marketplace.example"],
    ),
]  # fmt: skip
KnownPassword = Annotated[str, Meta(min_length=1, max_length=128, examples=["Correct-Horse-7"])]
NewPasswordText = Annotated[
    str,
    Meta(
        max_length=128, description="8 to 128 characters with upper and lower case, a digit and a special one.",
        examples=["Correct-Horse-7"],
    ),
]  # fmt: skip
RecoveryCode = Annotated[
    str, Meta(max_length=40, description="Instead of `otp_code`, good once.", examples=["k7mq-2xwd-9rtb"])
]
SixDigits = Annotated[str, Meta(min_length=6, max_length=6, pattern="^[0-9]{6}$", examples=["493817"])]


class Registration(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A new account. `client` means buyer and `worker` means seller."""

    email: Annotated[str, Meta(min_length=3, max_length=254, examples=["amina@marketplace.example"])]
    username: Annotated[
        str, Meta(min_length=3, max_length=30, description="Letters a-z, digits, `.`, `_`, `-`.", examples=["amina"])
    ]
    password: NewPasswordText
    full_name: Annotated[str, Meta(max_length=100, examples=["Amina Karimova"])]
    role: Annotated[Literal["buyer", "seller", "client", "worker"], Meta(examples=["buyer"])]
    phone: Annotated[str, Meta(max_length=32, description="E.164.", examples=["+998901234567"])] | None = None

    def account(self) -> NewAccount:
        return NewAccount(
            email=self.email, username=self.username, password=self.password, full_name=self.full_name,
            role=ROLES[self.role], phone=self.phone,
        )  # fmt: skip


class Login(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    identifier: Identifier
    password: KnownPassword
    otp_code: Annotated[SixDigits, Meta(description="For accounts with two-factor authentication.")] | None = None
    recovery_code: RecoveryCode | None = None
    passkey: AuthenticationCredential | None = None
    device_token: (
        Annotated[str, Meta(max_length=200, description="Of an earlier sign-in on this device.", examples=["b3f1..."])]
        | None
    ) = None

    def given(self) -> PasswordSignIn:
        answers = FactorAnswers(self.otp_code, self.recovery_code, shown(self.passkey))
        return PasswordSignIn(self.identifier, self.password, answers, self.device_token or "")


class OAuth2Form(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The password form of OAuth 2 (RFC 6749, section 4.3); `username` may be any identifier."""

    username: Identifier
    password: KnownPassword
    grant_type: Annotated[str, Meta(pattern="^(password)?$", max_length=8, examples=["password"])] = "password"
    scope: Annotated[str, Meta(max_length=200, description="Not used.", examples=[""])] = ""
    client_id: Annotated[str, Meta(max_length=200, description="Not used.", examples=[""])] = ""
    client_secret: Annotated[str, Meta(max_length=200, description="Not used.", examples=[""])] = ""


class Refresh(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    refresh_token: Annotated[
        str, Meta(min_length=1, max_length=256, description="The newest one: each is good once.", examples=["0197..."])
    ]


class CodeWish(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Where the code goes is the account's own address; `sms` falls back to e-mail."""

    identifier: Identifier
    type: Annotated[MessageChannel, Meta(examples=["email"])] = MessageChannel.EMAIL


class CodeAnswer(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    identifier: Identifier
    otp_code: SixDigits


class OAuth2Tokens(Success[SignedInView], frozen=True, kw_only=True):
    """The envelope, and beside it what OAuth 2 clients look for."""

    access_token: str
    refresh_token: str
    token_type: str
    expires_in: int


class CodeSent(msgspec.Struct, frozen=True):
    """`expires_in` is the code's life in seconds."""

    message: str
    expires_in: int
    success: bool = True


class CodeAccepted(Success[VerifiedView], frozen=True, kw_only=True):
    """The code is used up, so it expires in 0 seconds."""

    message: str
    expires_in: int


class AccountsController(Controller):
    path = "/api/v1/auth"
    tags = ("Accounts",)
    cache_control = CacheControlHeader(no_store=True)

    @post("/register", summary="Register", opt=NOT_REPEATABLE)
    @inject
    async def register(self, data: JSONBody[Registration], register: FromDishka[Register]) -> Success[SignedInView]:
        """Make an account and be signed in with it. Ask for a code with `send-otp` to verify it."""
        return Success(await register(data.account()))

    @post("/login", status_code=200, summary="Log in", opt=NOT_REPEATABLE)
    @inject
    async def log_in(self, data: JSONBody[Login], log_in: FromDishka[LogIn]) -> Success[SignedInView]:
        """Start a session by e-mail address, username or phone number, and password."""
        return Success(await log_in(data.given()))

    @post("/login/oauth2", status_code=200, summary="Log in with an OAuth 2 form", opt=NOT_REPEATABLE)
    @inject
    async def log_in_by_form(
        self,
        data: URLEncodedBody[OAuth2Form],
        log_in: FromDishka[LogIn],
    ) -> OAuth2Tokens:
        """The same as `login`, for clients that speak OAuth 2's password grant."""
        view = await log_in(PasswordSignIn(data.username, data.password))
        return OAuth2Tokens(
            data=view, access_token=view.access_token, refresh_token=view.refresh_token, token_type=view.token_type,
            expires_in=view.expires_in,
        )  # fmt: skip

    @post("/refresh", status_code=200, summary="Refresh the tokens", opt=NOT_REPEATABLE)
    @inject
    async def refresh(
        self, data: JSONBody[Refresh], refresh_session: FromDishka[RefreshSession]
    ) -> Success[TokensView]:
        """Trade the refresh token for new tokens. One that is used a second time ends its session."""
        return Success(await refresh_session(data.refresh_token))

    @post("/logout", status_code=200, summary="Log out", opt=NOT_REPEATABLE, security=BEARER)
    @inject
    async def log_out(self, actor: FromDishka[Actor], end_session: FromDishka[EndSession]) -> Success[None]:
        """End the session of this access token: its tokens and sockets die at once."""
        await end_session(actor)
        return Success(None)

    @get("/me", summary="Who am I", security=BEARER)
    @inject
    async def me(self, actor: FromDishka[Actor], accounts: FromDishka[AccountQueries]) -> Success[UserView]:
        """The account of this access token."""
        return Success(await accounts.me(actor))

    @post("/send-otp", status_code=200, summary="Send a one-time code", opt=NOT_REPEATABLE)
    @inject
    async def send_code(self, data: JSONBody[CodeWish], send_one_time_code: FromDishka[SendOneTimeCode]) -> CodeSent:
        """Send six digits to the account's address. The answer is the same when there is no such account."""
        await send_one_time_code(data.identifier, data.type)
        message = "If there is such an account, a code is on its way to its address."
        return CodeSent(message=message, expires_in=int(CODE_LIFE.total_seconds()))

    @post("/verify-otp", status_code=200, summary="Verify a one-time code", opt=NOT_REPEATABLE)
    @inject
    async def verify_code(
        self, data: JSONBody[CodeAnswer], verify_one_time_code: FromDishka[VerifyOneTimeCode]
    ) -> CodeAccepted:
        """Mark the account as verified. A code is good once, for 10 minutes and 3 tries."""
        await verify_one_time_code(data.identifier, data.otp_code)
        return CodeAccepted(data=VerifiedView(is_verified=True), message="The account is verified.", expires_in=0)

    @post("/ws-ticket", summary="Get a ticket for a socket", opt=NOT_REPEATABLE, security=BEARER)
    @inject
    async def issue_ticket(
        self, actor: FromDishka[Actor], issue_socket_ticket: FromDishka[IssueSocketTicket]
    ) -> Success[SocketTicketView]:
        """A ticket that opens one WebSocket (`/ws?ticket=`), so that no access token stands in an address."""
        return Success(await issue_socket_ticket(actor))
