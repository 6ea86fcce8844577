"""`Idempotency-Key` on every signed-in request that creates or moves something."""

import re
from collections.abc import Callable
from hashlib import blake2b
from typing import Any

import msgspec
from dishka import AsyncContainer
from litestar.enums import ScopeType
from litestar.types import ASGIApp, Message, Receive, Scope, Send

from marketplace.application.shared.actor import Actor
from marketplace.application.shared.idempotency import IdempotencyKeys, IdempotentRequest, StoredReply
from marketplace.domain.shared.errors import Invalid
from marketplace.entrypoints.http.messages import ApiRequest, Success, encode

_KEY = re.compile(r"[\x21-\x7e]{1,255}")
_HEADER = b"idempotency-key"


class InvalidIdempotencyKey(Invalid):
    code = "invalid_idempotency_key"


def idempotency(secret: bytes) -> Callable[[ASGIApp], ASGIApp]:
    """Requests without the header, reads and routes with `opt={"idempotency": False}` pass untouched.

    Bodies are remembered by a keyed hash: they may hold card numbers, which a plain one would give away.
    """

    def wrap(app: ASGIApp) -> ASGIApp:
        async def middleware(scope: Scope, receive: Receive, send: Send) -> None:
            key = next((value for name, value in scope["headers"] if name == _HEADER), None)
            handler: Any = scope.get("route_handler")
            if (
                scope["type"] != ScopeType.HTTP
                or key is None
                or scope["method"] in {"GET", "HEAD", "OPTIONS"}
                or handler.opt.get("idempotency") is False
            ):
                await app(scope, receive, send)
                return
            body = await ApiRequest(scope, receive, send).body()
            fingerprint = blake2b(_canonical(body), key=secret, digest_size=32).digest()
            await _once(app, scope, receive, send, key.decode("latin-1"), fingerprint)

        return middleware

    return wrap


async def _once(app: ASGIApp, scope: Any, receive: Receive, send: Send, key: str, fingerprint: bytes) -> None:
    if not _KEY.fullmatch(key):
        raise InvalidIdempotencyKey("has 1 to 255 visible ASCII characters", field="Idempotency-Key")
    container: AsyncContainer = scope["state"]["dishka_container"]
    actor = await container.get(Actor)
    keys = await container.get(IdempotencyKeys)
    status = scope["route_handler"].status_code
    route = f"{scope['method']} {scope['path']}"
    request = IdempotentRequest(actor.user, route, key, fingerprint)
    stored = await keys.open(request, lambda answer: StoredReply(status, encode(Success(answer))))
    if stored is not None:
        await _replay(stored, send)
        return

    async def forward(message: Message) -> None:
        if message["type"] == "http.response.start" and message["status"] >= 400:
            await keys.abandon()
        await send(message)

    try:
        await app(scope, receive, forward)
    except BaseException:
        await keys.abandon()
        raise


def _canonical(body: bytes) -> bytes:
    try:
        return msgspec.json.encode(msgspec.json.decode(body), order="deterministic")
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return body


async def _replay(stored: StoredReply, send: Send) -> None:
    headers = [
        (b"content-type", b"application/json"),
        (b"content-length", str(len(stored.body)).encode()),
        (b"idempotent-replayed", b"true"),
    ]
    await send({"type": "http.response.start", "status": stored.status, "headers": headers})
    await send({"type": "http.response.body", "body": stored.body, "more_body": False})
