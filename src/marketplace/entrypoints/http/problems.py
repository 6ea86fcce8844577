"""Refusals become RFC 9457 problems here and nowhere else; sockets use the same table."""

import re
from http import HTTPStatus
from typing import Any

import msgspec
import structlog
from dishka import AsyncContainer
from litestar import Request
from litestar.exceptions import HTTPException, ValidationException
from litestar.types import ExceptionHandlersMap

from marketplace.application.shared.audit import Acting, AuditEntry, Facts, Outcome, Refusals
from marketplace.application.shared.caller import Caller
from marketplace.domain.shared.errors import (
    Conflict,
    DomainError,
    Forbidden,
    Gone,
    Invalid,
    NotFound,
    RateLimited,
    Unauthenticated,
    Unavailable,
)
from marketplace.entrypoints.http.messages import ApiResponse, BodyTooLarge, MalformedBody, UnsupportedMediaType

PROBLEM_JSON = "application/problem+json"

STATUS_OF_KIND: dict[type[DomainError], int] = {
    MalformedBody: 400, Unauthenticated: 401, Forbidden: 403, NotFound: 404, Conflict: 409, Gone: 410,
    BodyTooLarge: 413, UnsupportedMediaType: 415, Invalid: 422, RateLimited: 429, Unavailable: 503,
}  # fmt: skip

CLIENT_LEFT = "client disconnected prematurely"
"""Litestar's words for it, as an error of its own."""

CODE_OF_STATUS = {
    400: "bad_request", 401: "not_authenticated", 403: "forbidden", 404: "not_found", 405: "method_not_allowed",
    413: "body_too_large", 415: "unsupported_media_type", 429: "rate_limited", 503: "unavailable",
}  # fmt: skip


class FieldError(msgspec.Struct, frozen=True):
    field: str
    message: str


class Problem(msgspec.Struct, frozen=True, omit_defaults=True):
    """RFC 9457 problem details. `code` is stable; `detail` is for people and may change."""

    type: str
    title: str
    status: int
    detail: str
    instance: str
    code: str
    request_id: str
    success: bool = msgspec.field(default_factory=lambda: False)
    errors: list[FieldError] = []
    facts: dict[str, Any] = {}


def status_of(error: DomainError) -> int:
    return next(STATUS_OF_KIND[kind] for kind in type(error).mro() if kind in STATUS_OF_KIND)


def problem(
    scope: Any,
    status: int,
    code: str,
    detail: str,
    *,
    errors: list[FieldError] | None = None,
    facts: dict[str, Any] | None = None,
) -> Problem:
    return Problem(
        type=f"/problems/{code}", title=HTTPStatus(status).phrase, status=status, detail=detail,
        instance=scope["path"], code=code, request_id=scope["state"].get("request_id", ""),
        errors=errors or [], facts=facts or {},
    )  # fmt: skip


def _respond(body: Problem, headers: dict[str, str] | None = None) -> ApiResponse:
    return ApiResponse(body, status_code=body.status, media_type=PROBLEM_JSON, headers=headers)


def headers_of(error: DomainError) -> dict[str, str]:
    if isinstance(error, (RateLimited, Unavailable)):
        return {"retry-after": str(error.retry_after)}
    if isinstance(error, Unauthenticated):
        return {"www-authenticate": "Bearer"}
    return {}


def _refused(request: Request[Any, Any, Any], error: DomainError) -> ApiResponse:
    field = error.field if isinstance(error, Invalid) else None
    errors = [FieldError(field, error.detail)] if field else []
    body = problem(request.scope, status_of(error), error.code, error.detail, errors=errors, facts=error.facts)
    return _respond(body, headers_of(error))


_MISSING = re.compile(r"Missing required \w+ parameter '([^']+)'")


def _invalid_parameters(request: Request[Any, Any, Any], error: ValidationException) -> ApiResponse:
    extra = error.extra if isinstance(error.extra, list) else []
    keys = ("body" if one.get("key") in {None, "data"} else str(one["key"]).rstrip("_") for one in extra)
    errors = [FieldError(key, _said(one)) for key, one in zip(keys, extra, strict=True)]
    if missing := _MISSING.match(error.detail):
        errors.append(FieldError(missing[1], "is missing"))
    return _respond(problem(request.scope, 422, "invalid_request", "the request is not acceptable", errors=errors))


def _said(one: dict[str, Any]) -> str:
    """Litestar's words, which are a mere KeyError where there is no body at all."""
    message = str(one.get("message", ""))
    return "is missing" if message == "'data'" else message


def _http_error(request: Request[Any, Any, Any], error: HTTPException) -> ApiResponse:
    if error.detail == CLIENT_LEFT:
        return _respond(problem(request.scope, 400, "bad_request", "the body ended early"))
    if error.status_code >= 500:
        return _unexpected(request, error)
    code = CODE_OF_STATUS.get(error.status_code, "bad_request")
    phrase = HTTPStatus(error.status_code).phrase.lower()
    return _respond(problem(request.scope, error.status_code, code, phrase), error.headers)


def _unexpected(request: Request[Any, Any, Any], error: Exception) -> ApiResponse:
    """Our own fault: the caller learns the request id, the log the place."""
    structlog.get_logger().error(
        "request failed", request_id=request.scope["state"].get("request_id"), error=type(error).__name__,
        exc_info=error,
    )  # fmt: skip
    detail = "something went wrong on our side; tell us the request id"
    return _respond(problem(request.scope, 500, "internal_error", detail))


async def note_refusal(error: Exception, scope: Any) -> None:
    """Bad credentials, missing rights and used-up limits go into the audit trail; a request without credentials not."""
    if isinstance(error, DomainError) and is_audited(error):
        container: AsyncContainer = scope["state"]["dishka_container"]
        route = f"{scope['method']} {scope.get('path_template', 'unrouted')}"
        await note_in_trail(container, error, route)


async def note_in_trail(request: AsyncContainer, error: DomainError, route: str) -> None:
    """`request` is the REQUEST scope, `route` what was asked for, without anybody's values."""
    refusals, acting = await request.get(Refusals), await request.get(Acting)
    facts: Facts = {"route": route, "code": error.code, "status": status_of(error)}
    entry = AuditEntry(action="access.refused", outcome=Outcome.REFUSED, facts=facts)
    refusals.note(entry, await request.get(Caller), acting.actor)


def is_audited(error: DomainError) -> bool:
    nothing_shown = isinstance(error, Unauthenticated) and error.code == CODE_OF_STATUS[401]
    return isinstance(error, (Unauthenticated, Forbidden, RateLimited)) and not nothing_shown


EXCEPTION_HANDLERS: ExceptionHandlersMap = {
    DomainError: _refused,
    ValidationException: _invalid_parameters,
    HTTPException: _http_error,
    Exception: _unexpected,
}
