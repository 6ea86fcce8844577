"""Ahead of routing: what anybody may see is asked for once by all who ask for it at the same time, and kept."""

import asyncio
from collections.abc import Callable
from functools import lru_cache
from typing import Any

from litestar.config.cors import CORSConfig
from litestar.types import ASGIApp, Message, Receive, Send

from marketplace.application.shared.limits import TooManyCalls
from marketplace.entrypoints.http.ahead import CallsAhead
from marketplace.entrypoints.http.answers import LARGEST, Filling, Kept, PublicAnswers, lines
from marketplace.entrypoints.http.gate import MORE_HEADERS, Headers, etag_of
from marketplace.entrypoints.http.limits import COUNTED
from marketplace.entrypoints.http.public_routes import PublicRoutes

OF_ONE_CALLER = frozenset({b"authorization", b"cookie", b"content-length", b"transfer-encoding", b"expect", b"upgrade"})
"""A request with one of these is answered by itself."""

LONGEST_QUERY = 1_024
"""Bytes."""

NO_HOST = (b"host", b"localhost")
"""For what Litestar makes of a host; no answer names it."""

KNOWN_VARIATIONS = frozenset({b"", b"accept-language", b"authorization", b"origin"})
"""What may stand in Vary: languages are told apart, who signs in is not answered from here, origins are added here."""


class SharedAnswers:
    """Stands between the gate and the application.

    Who makes an answer for others is asked without any header of its own request but Accept-Language, so that nothing
    else can get into what the others see.
    """

    def __init__(
        self, app: ASGIApp, answers: PublicAnswers, routes: PublicRoutes, calls: CallsAhead, cors: "CorsHeaders"
    ) -> None:
        self._app = app
        self._answers = answers
        self._routes = routes
        self._calls = calls
        self._cors = cors

    async def __call__(self, scope: Any, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] != "GET" or len(scope["query_string"]) > LONGEST_QUERY:
            await self._app(scope, receive, send)
            return
        headers = dict(scope["headers"])
        is_public, listing = self._routes.match(scope["path"])
        if not is_public or not OF_ONE_CALLER.isdisjoint(headers) or not await self._is_counted(scope):
            await self._app(scope, receive, send)
            return
        key = key_of(scope["path"].encode(), scope["query_string"])
        language = headers.get(b"accept-language", b"")
        origin = headers.get(b"origin", b"")
        kept = self._answers.find(key, language)
        if kept is None:
            filling = self._answers.filling(key, language)
            if filling is None:
                filling = self._answers.begin(key, language, listing)
                await self._fill(filling, scope, receive, _with(send, self._cors.of(origin)))
                return
            kept = await asyncio.shield(filling.answer)
        if kept is None:
            await self._app(scope, receive, send)
            return
        scope["path_template"] = kept.route
        await send({"type": "http.response.start", "status": 200, "headers": [*kept.headers, *self._cors.of(origin)]})
        await send({"type": "http.response.body", "body": kept.body, "more_body": False})

    async def _is_counted(self, scope: Any) -> bool:
        """One that is refused goes on to where all are refused."""
        try:
            scope["state"][MORE_HEADERS] = await self._calls.take(scope["state"]["address"])
        except TooManyCalls:
            return False
        scope["state"][COUNTED] = True
        return True

    async def _fill(self, filling: Filling, scope: Any, receive: Receive, send: Send) -> None:
        scope["headers"] = [NO_HOST, *([(b"accept-language", filling.language)] if filling.language else [])]
        messages: list[Message] = []
        kept = None

        async def hear(message: Message) -> None:
            messages.append(message)

        try:
            await self._app(scope, receive, hear)
            kept = self._kept(scope, messages)
        finally:
            self._answers.end(filling, kept)
        for message in messages:
            await send(message)

    def _kept(self, scope: Any, messages: list[Any]) -> Kept | None:
        """None for what may not be shared."""
        if [message["type"] for message in messages] != ["http.response.start", "http.response.body"]:
            return None
        start, body = messages[0], messages[1]["body"]
        start["headers"] = [(name.lower(), value) for name, value in start["headers"]] + self._cors.always
        said = dict(start["headers"])
        variations = [value for name, value in start["headers"] if name == b"vary"]
        varies = {one.strip().lower() for value in variations for one in value.split(b",")}
        if (
            start["status"] != 200 or b"public" not in said.get(b"cache-control", b"") or b"set-cookie" in said
            or not varies <= KNOWN_VARIATIONS or len(body) > LARGEST
        ):  # fmt: skip
            return None
        etag = etag_of(body)
        start["headers"].append((b"etag", etag))
        return Kept(scope["path_template"], start["headers"], body, etag, by_language=b"accept-language" in varies)


def key_of(path: bytes, query: bytes) -> bytes:
    return path + b"?" + query if query else path


def _with(send: Send, more: Headers) -> Send:
    async def sending(message: Any) -> None:
        if message["type"] == "http.response.start":
            message["headers"] = [*message["headers"], *more]
        await send(message)

    return sending


class CorsHeaders:
    """What Litestar's middleware would say to an origin, and `always`, so that caches on the way keep origins apart."""

    def __init__(self, config: CORSConfig) -> None:
        self._config = config
        self.always: Headers = [] if config.is_allow_all_origins else [(b"vary", b"Origin")]
        self.of: Callable[[bytes], Headers] = lru_cache(1_024)(self._of)
        self.lines: Callable[[bytes], bytes] = lru_cache(1_024)(lambda origin: lines(self._of(origin)))

    def _of(self, origin: bytes) -> Headers:
        if not origin:
            return []
        headers = {
            **self._config.simple_headers,
            "access-control-allow-headers": ", ".join(sorted(set(self._config.allow_headers))),
            "access-control-allow-methods": ", ".join(sorted(set(self._config.allow_methods))),
        }
        if not self._config.is_allow_all_origins and self._config.is_origin_allowed(origin.decode("latin-1")):
            headers["access-control-allow-origin"] = origin.decode("latin-1")
        return [(name.lower().encode(), value.encode("latin-1")) for name, value in headers.items()]
