"""The pages that links in letters lead to. They work without JavaScript and load nothing from other hosts.

Opening one changes nothing, since programs open links too: the form does.
"""

from importlib.resources import files
from typing import Annotated

import msgspec
from dishka.integrations.litestar import FromDishka, inject
from jinja2 import Environment, StrictUndefined
from litestar import Controller, MediaType, get, post
from litestar.datastructures import CacheControlHeader
from litestar.params import Parameter, URLEncodedBody
from msgspec import Meta

from marketplace.application.identity.passwords import ResetPassword
from marketplace.application.identity.verification import VerifyEmail
from marketplace.application.shared.caller import Caller
from marketplace.domain.identity.mail_token import InvalidMailToken
from marketplace.domain.identity.password import PasswordUsedBefore, WeakPassword
from marketplace.domain.shared.errors import DomainError
from marketplace.entrypoints.http.messages import ApiResponse
from marketplace.entrypoints.http.problems import status_of
from marketplace.entrypoints.web.words import WORDS, Words

_HERE = files("marketplace.entrypoints.web")
_TEMPLATE = Environment(autoescape=True, undefined=StrictUndefined).from_string(
    (_HERE / "page.html").read_text("utf-8")
)
_CSS = (_HERE / "page.css").read_bytes()
_HEADERS = {
    "content-security-policy": "default-src 'none'; style-src 'self'; img-src data:; form-action 'self'; "
    "frame-ancestors 'none'; base-uri 'none'",
    "cache-control": "no-store",
}

Token = Annotated[str, Parameter(max_length=200)]
TokenField = Annotated[str, Meta(max_length=200)]


class VerifyForm(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    token: TokenField


class ResetForm(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    token: TokenField
    password: Annotated[str, Meta(max_length=128)]


class AccountPages(Controller):
    path = "/account"
    include_in_schema = False

    @get("/page.css", cache_control=CacheControlHeader(public=True, max_age=86_400))
    async def style(self) -> ApiResponse:
        return ApiResponse(_CSS, media_type="text/css; charset=utf-8")

    @get("/verify-email")
    @inject
    async def ask_to_verify(self, caller: FromDishka[Caller], token: Token = "") -> ApiResponse:
        words = WORDS[caller.language]
        return _page(caller, words.verify_title, "verify-email", token, "" if token else words.dead_link)

    @post("/verify-email", status_code=200)
    @inject
    async def verify(
        self, data: URLEncodedBody[VerifyForm], caller: FromDishka[Caller], verify_email: FromDishka[VerifyEmail]
    ) -> ApiResponse:
        words = WORDS[caller.language]
        try:
            await verify_email(data.token)
        except DomainError as error:
            return _refused(caller, words.verify_title, "verify-email", data.token, error)
        return _page(caller, words.verify_title, "verify-email", "", words.verified, done=True)

    @get("/reset-password")
    @inject
    async def ask_for_password(self, caller: FromDishka[Caller], token: Token = "") -> ApiResponse:
        words = WORDS[caller.language]
        return _page(caller, words.reset_title, "reset-password", token, "" if token else words.dead_link)

    @post("/reset-password", status_code=200)
    @inject
    async def reset(
        self, data: URLEncodedBody[ResetForm], caller: FromDishka[Caller], reset_password: FromDishka[ResetPassword]
    ) -> ApiResponse:
        words = WORDS[caller.language]
        try:
            await reset_password(data.token, data.password)
        except DomainError as error:
            return _refused(caller, words.reset_title, "reset-password", data.token, error)
        return _page(caller, words.reset_title, "reset-password", "", words.reset_done, done=True)


def _refused(caller: Caller, title: str, action: str, token: str, error: DomainError) -> ApiResponse:
    said = _say(WORDS[caller.language], error)
    kept = "" if isinstance(error, InvalidMailToken) else token
    return _page(caller, title, action, kept, said, status=status_of(error))


def _say(words: Words, error: DomainError) -> str:
    match error:
        case InvalidMailToken():
            return words.dead_link
        case PasswordUsedBefore():
            return words.used_before
        case WeakPassword():
            return words.weak
    return words.try_again


def _page(
    caller: Caller, title: str, action: str, token: str, message: str, *, done: bool = False, status: int = 200
) -> ApiResponse:
    html = _TEMPLATE.render(
        language=caller.language, words=WORDS[caller.language], title=title, action=f"/account/{action}", token=token,
        message=message, done=done,
    )  # fmt: skip
    return ApiResponse(html.encode(), media_type=MediaType.HTML, status_code=status, headers=_HEADERS)
