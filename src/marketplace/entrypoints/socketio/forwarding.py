"""One request, or one websocket, handed over to another process of this node through its Unix socket.

What the client said of its own address is not passed on: X-Forwarded-For is what this process found it to be.
"""

import asyncio
from contextlib import suppress
from pathlib import Path
from typing import Any

from litestar.types import Scope
from websockets.asyncio.client import ClientConnection, unix_connect
from websockets.exceptions import ConnectionClosed, WebSocketException

PATIENCE = 60.0
"""Seconds for an answer; longer than a long poll lasts."""

MAX_BODY = 1_048_576
LAST_WORDS = 3.0

PASSED_ON = {
    b"accept", b"content-type", b"cookie", b"host", b"origin", b"user-agent", b"x-forwarded-host", b"x-forwarded-proto",
    b"x-request-id",
}  # fmt: skip
PASSED_BACK = {
    b"access-control-allow-credentials", b"access-control-allow-headers", b"access-control-allow-methods",
    b"access-control-allow-origin", b"content-length", b"content-type", b"set-cookie",
}  # fmt: skip


async def forward_request(owner: Path, scope: Scope, receive: Any, send: Any) -> None:
    """An owner that is gone answers like one that does not know the session: the client starts anew."""
    try:
        async with asyncio.timeout(PATIENCE):
            body = await _body(receive)
            status, headers, answer = await _exchange(owner, _request(scope, body))
    except (OSError, TimeoutError, ValueError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
        status, headers, answer = 400, [(b"content-type", b"text/plain")], b'"Invalid session"'
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": answer, "more_body": False})


async def _body(receive: Any) -> bytes:
    parts, more = [], True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise OSError("the client has left")
        parts.append(message.get("body", b""))
        more = message.get("more_body", False)
        if sum(map(len, parts)) > MAX_BODY:
            raise ValueError("the body is too large")
    return b"".join(parts)


def _request(scope: Any, body: bytes) -> bytes:
    target = scope["path"].encode() + b"/?" + scope["query_string"]
    lines = [scope["method"].encode() + b" " + target + b" HTTP/1.1", b"connection: close"]
    lines += [name + b": " + value for name, value in scope["headers"] if name in PASSED_ON]
    lines += [b"x-forwarded-for: " + scope["state"]["address"].encode(), b"content-length: %d" % len(body)]
    return b"\r\n".join([*lines, b"", body])


async def _exchange(owner: Path, request: bytes) -> tuple[int, list[tuple[bytes, bytes]], bytes]:
    reader, writer = await asyncio.open_unix_connection(str(owner))
    try:
        writer.write(request)
        head, *lines = (await reader.readuntil(b"\r\n\r\n")).strip().split(b"\r\n")
        fields = [(name.lower(), value.strip()) for name, _, value in (line.partition(b":") for line in lines)]
        answer = await reader.readexactly(int(dict(fields)[b"content-length"]))
    except KeyError:
        raise ValueError("an answer without a length") from None
    finally:
        writer.close()
    return int(head.split()[1]), [field for field in fields if field[0] in PASSED_BACK], answer


async def forward_websocket(owner: Path, scope: Any, receive: Any, send: Any, upstreams: set[ClientConnection]) -> None:
    """`upstreams` has the connection to the owner as long as it lasts: closing that one closes the client's."""
    await receive()
    fields = {name: value.decode("latin-1") for name, value in scope["headers"] if name in PASSED_ON}
    fields[b"x-forwarded-for"] = scope["state"]["address"]
    host = fields.pop(b"host", "localhost")
    target = f"ws://{host}{scope['path']}/?{scope['query_string'].decode('latin-1')}"
    try:
        upstream = await unix_connect(
            str(owner), target, additional_headers=[(name.decode(), value) for name, value in fields.items()],
            compression=None, ping_interval=None, open_timeout=5, close_timeout=LAST_WORDS, user_agent_header=None,
        )  # fmt: skip
    except (OSError, TimeoutError, WebSocketException):
        await send({"type": "websocket.close", "code": 1013, "reason": ""})
        return
    await send({"type": "websocket.accept", "subprotocol": None, "headers": []})
    down = asyncio.create_task(_down(upstream, send))
    down.add_done_callback(
        lambda _: asyncio.get_running_loop().call_later(LAST_WORDS, scope["extensions"]["wire"].abort)
    )
    upstreams.add(upstream)
    try:
        await _up(upstream, receive)
    finally:
        upstreams.discard(upstream)
        down.cancel()
        await upstream.close()


async def _up(upstream: ClientConnection, receive: Any) -> None:
    with suppress(ConnectionClosed):
        while (message := await receive())["type"] == "websocket.receive":
            text = message.get("text")
            await upstream.send(message["bytes"] if text is None else text)


async def _down(upstream: ClientConnection, send: Any) -> None:
    with suppress(OSError):
        async for message in upstream:
            kind = "text" if isinstance(message, str) else "bytes"
            await send({"type": "websocket.send", "text": None, "bytes": None, kind: message})
        await send({"type": "websocket.close", "code": upstream.close_code or 1001, "reason": ""})
