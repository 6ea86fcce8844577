"""What waits to be written to one socket."""

import asyncio
from abc import ABC, abstractmethod
from collections import deque
from collections.abc import Callable, Iterator
from typing import Any, Protocol


class Waiting(ABC):
    """Counted in characters or bytes of text.

    Events are put in while there is `room`; answers always, so that one who reads none of them `overflows`.
    """

    ROOM = 128 * 1024
    LIMIT = 256 * 1024

    def __init__(self) -> None:
        self.size = 0
        self.taken = 0
        self.on_room: Callable[[], None] | None = None

    @property
    def room(self) -> bool:
        return self.size < self.ROOM

    @property
    def overflows(self) -> bool:
        return self.size > self.LIMIT

    @abstractmethod
    def empty(self) -> bool: ...

    def _take(self, size: int) -> None:
        had_room = self.room
        self.size -= size
        self.taken += 1
        if not had_room and self.room and self.on_room:
            self.on_room()


class Outbox(asyncio.Queue[Any], Waiting):
    """For a reader who comes and takes."""

    BATCH = 16
    """Items taken without waiting in between: clients in Python refuse an answer to a poll that has more."""

    def __init__(self) -> None:
        asyncio.Queue.__init__(self)
        Waiting.__init__(self)
        self._batch = 0

    async def get(self) -> Any:
        self._batch = 0
        return await super().get()

    def get_nowait(self) -> Any:
        if self._batch == self.BATCH:
            raise asyncio.QueueEmpty
        self._batch += 1
        return super().get_nowait()

    def drain(self) -> Iterator[Any]:
        while not self.empty():
            yield super().get_nowait()

    def _put(self, item: Any) -> None:
        super()._put(item)
        self.size += _size(item)

    def _get(self) -> Any:
        item = super()._get()
        self._take(_size(item))
        return item


class Wire(Protocol):
    """The transport under a websocket. It asks for more by `on_writable` when it refused and has sent what it had."""

    on_writable: Callable[[], None]

    def write(self, frame: bytes) -> bool:
        """Whether it took the frame: not with 64 KiB under way already, nor before the opening and after a close."""
        ...

    def abort(self) -> None: ...


class WiredOutbox(Waiting):
    """Frames go straight to the wire, without a task or a wait; they stay here in order while it takes none.

    With the 64 KiB on the wire `LIMIT` makes 256.
    """

    LIMIT = 192 * 1024

    def __init__(self, wire: Wire) -> None:
        super().__init__()
        self._write = wire.write
        self._frames: deque[bytes] | None = None
        wire.on_writable = self._flush

    def empty(self) -> bool:
        return not self._frames

    def put(self, frame: bytes) -> None:
        if self._frames or not self._write(frame):
            if self._frames is None:
                self._frames = deque()
            self._frames.append(frame)
            self.size += len(frame)

    def _flush(self) -> None:
        while self._frames and self._write(self._frames[0]):
            self._take(len(self._frames.popleft()))


def text_frame(text: str) -> bytes:
    """A whole text message from a server, unmasked (RFC 6455, section 5.2)."""
    payload = text.encode()
    size = len(payload)
    if size < 126:
        return bytes((0x81, size)) + payload
    if size < 65_536:
        return b"\x81\x7e" + size.to_bytes(2) + payload
    return b"\x81\x7f" + size.to_bytes(8) + payload


def _size(item: Any) -> int:
    """Of a text, or of a packet that carries one."""
    text = getattr(item, "data", item)
    return len(text) + 64 if isinstance(text, str) else 64
