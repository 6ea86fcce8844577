"""uvicorn's WebSocket with its transport within reach: `wire` in the scope's extensions, see realtime/outbox.py.

A server's frames are not masked and nothing is compressed here, so that one encoded frame is right for every socket.
This leans on private parts of uvicorn 0.54, pinned and tested with real clients.
"""

import socket
import struct
from collections.abc import Callable
from typing import Any

from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from websockets.http11 import Request
from websockets.protocol import State

KERNEL_BUFFER = 65_536
"""Bytes, which Linux doubles: by itself it would take in four megabytes for a client that reads nothing."""

_RESET = struct.pack("ii", 1, 0)


class WebSocketProtocol(WebSocketsSansIOProtocol):
    def handle_connect(self, event: Request) -> None:
        super().handle_connect(event)
        if self.response.status_code == 101:
            self.on_writable: Callable[[], None] = _nothing
            extensions: dict[str, Any] = self.scope["extensions"] or {}
            extensions["wire"] = self

    def handle_ping(self) -> None:
        """Unanswered while the client does not read: it may send more pings than it takes pongs."""
        if self.writable.is_set():
            super().handle_ping()
        else:
            self.conn.data_to_send()

    def start_keepalive(self) -> None:
        """Called when the connection is open: what opened it need not be kept as long."""
        super().start_keepalive()
        self.transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, KERNEL_BUFFER)
        del self.request, self.response

    def write(self, frame: bytes) -> bool:
        if self.conn.state is not State.OPEN or not self.writable.is_set() or self.transport.is_closing():
            return False
        self.transport.write(frame)
        return True

    def resume_writing(self) -> None:
        super().resume_writing()
        self.on_writable()

    def connection_lost(self, exc: Exception | None) -> None:
        super().connection_lost(exc)
        self.on_writable = _nothing

    def abort(self) -> None:
        """A reset: the kernel would else keep what is under way for as long as the client does not read it."""
        if not self.transport.is_closing():
            self.transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
        self.transport.abort()


def _nothing() -> None: ...
