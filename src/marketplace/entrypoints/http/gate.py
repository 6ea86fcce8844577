"""The outermost ASGI layer: what every request meets before routing and every answer on its way out."""

import re
from collections.abc import Callable, Iterable
from hashlib import blake2b
from ipaddress import IPv4Network, IPv6Network
from time import perf_counter
from typing import Any
from uuid import UUID

from litestar.enums import ScopeType
from litestar.types import ASGIApp, Message, Receive, Scope, Send

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

UPLOADS = re.compile(r"/api/v1/(?:users/me/avatar|products/[^/]+/media|documents)")
"""Paths whose routes have `request_max_body_size=MAX_UPLOAD`."""

MORE_HEADERS = "more_headers"
"""Where in a request's state headers may be left for its answer, whatever that will be: (name, value) in bytes."""

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
        self._addresses = Addresses(trusted_proxies)
        self._exact_hosts = frozenset(host for host in allowed_hosts if not host.startswith("*."))
        self._parent_hosts = tuple(host[1:] for host in allowed_hosts if host.startswith("*."))
        self._new_id = new_id

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != ScopeType.HTTP:
            if scope["type"] == ScopeType.WEBSOCKET:
                scope["path"] = scope["path"].rstrip("/") or "/"
                scope.setdefault("state", {})["address"] = self._addresses.of(scope)
                with calling(scope):
                    await self._app(scope, receive, send)
                return
            await self._app(scope, receive, send)
            return
        exchange = _Exchange(scope, send, self._new_id)
        canonical_path(scope)
        if refusal := self._refusal(scope, exchange.headers):
            await exchange.refuse(*refusal)
            return
        scope["state"]["address"] = self._addresses.of(scope)
        try:
            with calling(scope):
                await self._app(scope, receive, exchange.send)
        finally:
            exchange.finish()

    def _answers_for(self, host: bytes) -> bool:
        name = _PORT.sub("", host.decode("latin-1").lower())
        return name in self._exact_hosts or name.endswith(self._parent_hosts)

    def _refusal(self, scope: Scope, headers: dict[bytes, bytes]) -> tuple[int, str, str] | None:
        if (self._exact_hosts or self._parent_hosts) and not self._answers_for(headers.get(b"host", b"")):
            return 400, "unknown_host", "this service does not answer for that host"
        if "\0" in scope["path"] or b"%00" in scope["query_string"]:
            return 400, "bad_request", "the address must not contain the character NUL"
        length = headers.get(b"content-length", b"0")
        if not length.isdigit():
            return 400, "bad_request", "the Content-Length is not a number"
        limit = MAX_UPLOAD if UPLOADS.fullmatch(scope["path"]) else MAX_BODY
        if int(length) > limit:
            return 413, "body_too_large", f"a body has at most {limit} bytes"
        return None


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

    def __init__(self, scope: Any, send: Send, new_id: Callable[[], UUID]) -> None:
        self.scope: Any = scope
        self.headers: dict[bytes, bytes] = dict(scope["headers"])
        given = self.headers.get(b"x-request-id", b"")
        self.request_id = given if _REQUEST_ID.fullmatch(given) else str(new_id()).encode()
        scope.setdefault("state", {})["request_id"] = self.request_id.decode()
        self._send = send
        self._bodiless = self.scope["method"] == "HEAD"
        if self._bodiless:
            self.scope["method"] = "GET"
        self._started = perf_counter()
        self._status = 0
        self._held: Any = None

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self._status = message["status"]
            given = {name.lower(): value for name, value in message["headers"]}
            headers = [*message["headers"], (b"x-request-id", self.request_id)]
            headers += [header for header in _SECURITY_HEADERS if header[0] not in given]
            headers += self.scope["state"].get(MORE_HEADERS, ())
            if self._status == 413:
                headers.append((b"connection", b"close"))  # what is still coming is not read
            if b"content-security-policy" not in given:
                headers.append(_API_POLICY)
            message["headers"] = headers
            public = b"public" in given.get(b"cache-control", b"")
            if public and self._status == 200 and self.scope["method"] == "GET":
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
        tag = b'"' + blake2b(message["body"], digest_size=12).hexdigest().encode() + b'"'
        start["headers"].append((b"etag", tag))
        known = self.headers.get(b"if-none-match", b"")
        if known == b"*" or tag in [one.strip().removeprefix(b"W/") for one in known.split(b",")]:
            self._status = start["status"] = 304
            start["headers"] = [
                (name, value) for name, value in start["headers"] if name not in (b"content-length", b"content-type")
            ]
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
        seconds = perf_counter() - self._started
        method, route = self.scope["method"], self.scope.get("path_template", "unrouted")
        request_seconds(method, route, self._status // 100).observe(seconds)
        log_request(self.scope["state"]["request_id"], method, route, self._status, round(seconds * 1000, 1))
