"""The outermost ASGI layer: what every request meets before routing and every answer on its way out."""

import re
from collections.abc import Callable, Iterable, Mapping
from functools import lru_cache
from hashlib import blake2b
from ipaddress import IPv4Network, IPv6Network
from time import perf_counter
from typing import Any
from uuid import UUID

from litestar.enums import ScopeType
from litestar.types import ASGIApp, Message, Receive, Scope, Send

from marketplace.application.catalog.files import LARGEST_FILE
from marketplace.application.shared.images import LARGEST_IMAGE
from marketplace.entrypoints.http.caller import Addresses, calling
from marketplace.entrypoints.http.messages import encode
from marketplace.entrypoints.http.metrics import request_seconds
from marketplace.entrypoints.http.problems import PROBLEM_JSON, problem
from marketplace.entrypoints.logs import log_request

MAX_BODY = 1_048_576
"""Bytes of a request body; uploads have a limit of their own."""

MAX_UPLOAD = LARGEST_IMAGE + 65_536
"""Bytes of a body with a file in it: the file, and the form around it."""

UPLOADS = re.compile(
    r"/api/v1/(?:users/me/avatar|products/[^/]+/media|documents|disputes/[^/]+/evidence|conversations/[^/]+/attachments)"
)
"""Paths whose routes have `request_max_body_size=MAX_UPLOAD`."""

MAX_IMPORT = LARGEST_FILE + 65_536
"""Bytes of a body with a file of products in it."""

IMPORTS = re.compile(r"/api/v1/products/imports")
"""Paths whose routes have `request_max_body_size=MAX_IMPORT`."""

MORE_HEADERS = "more_headers"
"""Where in a request's state headers may be left for its answer, whatever that will be: (name, value) in bytes."""

Headers = list[tuple[bytes, bytes]]

_REQUEST_ID = re.compile(rb"[A-Za-z0-9._-]{1,64}")
_SECURITY_HEADERS = [
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
    (b"referrer-policy", b"no-referrer"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"strict-transport-security", b"max-age=31536000; includeSubDomains"),
]
_API_POLICY = (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'")


class Gate:
    """Request id, canonical path, refusals that need no routing, security headers, ETag, one metric, one log line.

    `allowed_hosts` are names, or `*.` and a name for all below it; none means any.
    """

    def __init__(
        self,
        app: ASGIApp,
        *,
        allowed_hosts: frozenset[str],
        new_id: Callable[[], UUID],
        trusted_proxies: Iterable[IPv4Network | IPv6Network] = (),
    ) -> None:
        self._app = app
        self.addresses = Addresses(trusted_proxies)
        self._exact_hosts = frozenset(host for host in allowed_hosts if not host.startswith("*."))
        self._parent_hosts = tuple(host[1:] for host in allowed_hosts if host.startswith("*."))
        self._new_id = new_id
        self.answers_for = lru_cache(1_024)(self._answers_for)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != ScopeType.HTTP:
            if scope["type"] == ScopeType.WEBSOCKET:
                scope["path"] = scope["path"].rstrip("/") or "/"
                scope.setdefault("state", {})["address"] = self.addresses.of(scope)
                with calling(scope):
                    await self._app(scope, receive, send)
                return
            await self._app(scope, receive, send)
            return
        is_head = scope["method"] == "HEAD"
        if is_head:
            scope = {**scope, "method": "GET"}  # a copy: the server looks into its own to know that no body comes
        exchange = _Exchange(scope, send, self._new_id, is_bodiless=is_head)
        scope["state"]["bodiless"] = is_head
        canonical_path(scope)
        if refusal := self._refusal(scope, exchange.headers):
            await exchange.refuse(*refusal)
            return
        scope["state"]["address"] = self.addresses.of(scope)
        try:
            with calling(scope):
                await self._app(scope, receive, exchange.send)
        finally:
            exchange.finish()

    def _answers_for(self, host: bytes) -> bool:
        if not self._exact_hosts and not self._parent_hosts:
            return True
        name = _PORT.sub("", host.decode("latin-1").lower())
        return name in self._exact_hosts or name.endswith(self._parent_hosts)

    def _refusal(self, scope: Scope, headers: dict[bytes, bytes]) -> tuple[int, str, str] | None:
        if not self.answers_for(headers.get(b"host", b"")):
            return 400, "unknown_host", "this service does not answer for that host"
        if "\0" in scope["path"] or b"%00" in scope["query_string"]:
            return 400, "bad_request", "the address must not contain the character NUL"
        length = headers.get(b"content-length", b"0")
        if not length.isdigit():
            return 400, "bad_request", "the Content-Length is not a number"
        limit = _limit(scope["path"])
        if int(length) > limit:
            return 413, "body_too_large", f"a body has at most {limit} bytes"
        return None


def _limit(path: str) -> int:
    """Bytes of a body."""
    if IMPORTS.fullmatch(path):
        return MAX_IMPORT
    return MAX_UPLOAD if UPLOADS.fullmatch(path) else MAX_BODY


_PORT = re.compile(r":\d*$")


def canonical_path(scope: Scope) -> None:
    """`/api/orders/create/` (system 1) and `/api/v1/orders/create` are one address; a trailing slash never matters."""
    path = scope["path"]
    if path.startswith("/api/") and not path.startswith(("/api/v1/", "/api/schema")):
        path = "/api/v1/" + path[5:]
    if len(path) > 1 and path.endswith("/"):
        path = path.rstrip("/") or "/"
    scope["path"] = path
    scope["raw_path"] = path.encode("utf-8", "surrogatepass")


class _Exchange:
    """One request and its answer."""

    __slots__ = ("_bodiless", "_held", "_send", "_started", "_status", "headers", "request_id", "scope")

    def __init__(self, scope: Any, send: Send, new_id: Callable[[], UUID], *, is_bodiless: bool) -> None:
        self.scope: Any = scope
        self.headers: dict[bytes, bytes] = dict(scope["headers"])
        self.request_id = request_id_of(self.headers, new_id)
        scope.setdefault("state", {})["request_id"] = self.request_id.decode()
        self._send = send
        self._bodiless = is_bodiless
        self._started = perf_counter()
        self._status = 0
        self._held: Any = None

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self._status = message["status"]
            headers, is_public = dressed(message["headers"], self.scope["path"], self.headers)
            headers += [(b"x-request-id", self.request_id), *self.scope["state"].get(MORE_HEADERS, ())]
            if self._status == 413:
                headers.append((b"connection", b"close"))  # what is still coming is not read
            message["headers"] = headers
            if is_public and self._status == 200 and self.scope["method"] == "GET":
                self._held = message
                return
        elif self._held is not None:
            start, self._held = self._held, None
            if not message.get("more_body", False):
                start, message = self._revalidate(start, message)
            await self._send(start)
        if self._bodiless and message["type"] == "http.response.body":
            message = {**message, "body": b""}
        await self._send(message)

    def _revalidate(self, start: Any, message: Any) -> tuple[Any, Any]:
        """A public answer carries an ETag of its bytes; who has them already is told so."""
        tag = dict(start["headers"]).get(b"etag")
        if tag is None:
            tag = etag_of(message["body"])
            start["headers"].append((b"etag", tag))
        if knows(self.headers.get(b"if-none-match", b""), tag):
            self._status = start["status"] = 304
            start["headers"] = without_content(start["headers"])
            message = {"type": "http.response.body", "body": b"", "more_body": False}
        return start, message

    async def refuse(self, status: int, code: str, detail: str) -> None:
        body = encode(problem(self.scope, status, code, detail))
        headers = [(b"content-type", PROBLEM_JSON.encode()), (b"content-length", str(len(body)).encode())]
        start: Any = {"type": "http.response.start", "status": status, "headers": headers}
        await self.send(start)
        await self.send({"type": "http.response.body", "body": body, "more_body": False})
        self.finish()

    def finish(self) -> None:
        method, route = self.scope["method"], self.scope.get("path_template", "unrouted")
        note(self.scope["state"]["request_id"], method, route, self._status, self._started)


def request_id_of(headers: Mapping[bytes, bytes], new_id: Callable[[], UUID]) -> bytes:
    given = headers.get(b"x-request-id", b"")
    return given if _REQUEST_ID.fullmatch(given) else str(new_id()).encode()


def dressed(given: Iterable[tuple[bytes, bytes]], path: str, asked: Mapping[bytes, bytes]) -> tuple[Headers, bool]:
    """What the application said and what every answer says; and whether it is for everybody.

    What the API shows to everybody it may show otherwise to who signs in: such an answer is that caller's alone.
    """
    headers = [(name.lower(), value) for name, value in given]
    said = dict(headers)
    headers += [header for header in _SECURITY_HEADERS if header[0] not in said]
    if b"content-security-policy" not in said:
        headers.append(_API_POLICY)
    is_public = b"public" in said.get(b"cache-control", b"")
    if is_public and path.startswith("/api/"):
        headers.append((b"vary", b"Authorization"))
        if b"authorization" in asked:
            headers = [header for header in headers if header[0] != b"cache-control"]
            return [*headers, (b"cache-control", b"private, no-store")], False
    return headers, is_public


def etag_of(body: bytes) -> bytes:
    return b'"' + blake2b(body, digest_size=12).hexdigest().encode() + b'"'


def knows(if_none_match: bytes, etag: bytes) -> bool:
    return if_none_match == b"*" or etag in [one.strip().removeprefix(b"W/") for one in if_none_match.split(b",")]


def without_content(headers: Headers) -> Headers:
    return [header for header in headers if header[0] not in (b"content-length", b"content-type")]


def note(request_id: str, method: str, route: str, status: int, started: float) -> None:
    """One metric and one log line of a request that came at `started`, by perf_counter."""
    seconds = perf_counter() - started
    request_seconds(method, route, status // 100).observe(seconds)
    log_request(request_id, method, route, status, round(seconds * 1000, 1))
