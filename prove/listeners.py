"""`python -m prove.listeners`: thousands of sockets in a process of their own, which read, answer pings and count.

The first line of its input says whom to be, each further one asks for news; every answer is one line. See crowd.py.
"""

import json
import re
import select
import socket
import struct
import sys
import time
from collections import deque
from typing import Any

AT_ONCE = 100
"""Sockets that are being opened."""

PINGS = {b'{"type":"ping"}': b'{"type":"pong"}', b"2": b"3"}
TEXT = 0x81
LONGEST_PING = 15
"""Bytes; any event is longer."""

SENT_AT = re.compile(rb'"(?:sent_at":|content":") *([0-9.]+)')
"""On the monotonic clock of the machine; a message in a conversation is nothing but its moment."""
PATHS = {"plain": "/ws?token={}", "socket.io": "/socket.io/?EIO=4&transport=websocket"}
HANDSHAKE = (
    "GET {path} HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
)


class Listener:
    __slots__ = ("buffer", "is_deaf", "is_open", "kind", "socket", "token")

    def __init__(self, port: int, kind: str, token: str, source: str, is_deaf: bool) -> None:
        self.kind, self.token, self.is_deaf = kind, token, is_deaf
        self.is_open, self.buffer = False, b""
        self.socket = socket.socket()
        if is_deaf:
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        self.socket.bind((source, 0))
        self.socket.connect(("127.0.0.1", port))
        path = PATHS.get(kind, kind).format(token)
        self.socket.sendall(HANDSHAKE.format(path=path).encode())
        self.socket.setblocking(False)

    def say(self, payload: bytes) -> None:
        """A masked text frame, RFC 6455; the mask is zeros."""
        size = len(payload)
        head = bytes([0x81, 0x80 | size]) if size < 126 else struct.pack("!BBH", 0x81, 0xFE, size)
        self.socket.send(head + bytes(4) + payload)


class Listeners:
    def __init__(self, plan: list[list[Any]]) -> None:
        self._plan = deque(plan)
        self._epoll = select.epoll()
        self._by_fd: dict[int, Listener] = {}
        self._opening = 0
        self.heard = 0
        self.closed: list[float] = []
        """When sockets were closed by the server, on the monotonic clock."""
        self.latencies: list[float] = []
        """Seconds a message was under way, of those that say when they were sent."""

    def open(self) -> None:
        while self._plan or self._opening:
            while self._plan and self._opening < AT_ONCE:
                one = Listener(*self._plan.popleft())
                self._by_fd[one.socket.fileno()] = one
                self._epoll.register(one.socket, select.EPOLLIN)
                self._opening += 1
            self.listen(1)

    def listen(self, seconds: float) -> None:
        for fd, event in self._epoll.poll(seconds, 512):
            one = self._by_fd[fd]
            try:
                data = b"" if one.is_deaf and one.is_open and event else one.socket.recv(262_144)
            except BlockingIOError:
                continue
            except OSError:
                data = b""
            if data:
                self._read(one, one.buffer + data if one.buffer else data)
            else:
                self.closed.append(time.monotonic())
                self._epoll.unregister(fd)
                self._by_fd.pop(fd).socket.close()

    def _read(self, one: Listener, data: bytes) -> None:
        if not one.is_open and data.startswith(b"HTTP"):
            head, _, data = data.partition(b"\r\n\r\n")
            if not head.startswith(b"HTTP/1.1 101"):
                raise SystemExit(f"refused: {head[:80]!r}")
            if one.kind not in PATHS:
                self._opened(one)
        at, size = 0, len(data)
        while size - at >= 2:
            start, end = _payload(data, at)
            if end > size:
                break
            if one.is_open and end - start > LONGEST_PING:
                self._hear(data, start, end)
            elif data[at] == TEXT:
                self._answer(one, data[start:end])
            at = end
        one.buffer = data[at:]

    def _hear(self, data: bytes, start: int, end: int) -> None:
        self.heard += 1
        if sent := SENT_AT.search(data, start, end):
            self.latencies.append(time.monotonic() - float(sent[1]))

    def _answer(self, one: Listener, payload: bytes) -> None:
        if pong := PINGS.get(payload):
            one.say(pong)
        elif payload.startswith(b"0{"):
            one.say(b'40{"token":"' + one.token.encode() + b'"}')
        elif b'"connected"' in payload:
            self._opened(one)

    def _opened(self, one: Listener) -> None:
        one.is_open = True
        self._opening -= 1
        if one.is_deaf:
            self._epoll.modify(one.socket, 0)  # only its end is heard


def _payload(data: bytes, at: int) -> tuple[int, int]:
    """Where it starts and ends in a frame without a mask."""
    length = data[at + 1]
    if length < 126:
        return at + 2, at + 2 + length
    size = 2 if length == 126 else 8
    start = at + 2 + size
    return start, start + int.from_bytes(data[at + 2 : start])


def main() -> None:
    listeners = Listeners(json.loads(sys.stdin.readline()))
    listeners.open()
    print(json.dumps(listeners.heard), flush=True)
    for line in iter(sys.stdin.readline, ""):
        heard, closed, seconds = json.loads(line)
        until = time.monotonic() + seconds
        while listeners.heard < heard or len(listeners.closed) < closed:
            if time.monotonic() > until:
                break
            listeners.listen(min(0.5, seconds))
        print(json.dumps([listeners.heard, listeners.closed, listeners.latencies]), flush=True)
        listeners.latencies = []


if __name__ == "__main__":
    main()
