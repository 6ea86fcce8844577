import asyncio
from collections.abc import Callable
from typing import Any


class Outbox(asyncio.Queue[Any]):
    """What waits to be written to one socket, counted in characters of text.

    Events are put in while there is `room`; answers always, so that one who reads none of them `overflows`.
    """

    ROOM = 128 * 1024
    LIMIT = 256 * 1024
    BATCH = 16
    """Items taken without waiting in between: clients in Python refuse an answer to a poll that has more."""

    def __init__(self) -> None:
        super().__init__()
        self.size = 0
        self.taken = 0
        self._batch = 0
        self.on_room: Callable[[], None] | None = None

    @property
    def room(self) -> bool:
        return self.size < self.ROOM

    @property
    def overflows(self) -> bool:
        return self.size > self.LIMIT

    async def get(self) -> Any:
        self._batch = 0
        return await super().get()

    def get_nowait(self) -> Any:
        if self._batch == self.BATCH:
            raise asyncio.QueueEmpty
        self._batch += 1
        return super().get_nowait()

    def _put(self, item: Any) -> None:
        super()._put(item)
        self.size += _size(item)

    def _get(self) -> Any:
        item = super()._get()
        had_room = self.room
        self.size -= _size(item)
        self.taken += 1
        if not had_room and self.room and self.on_room:
            self.on_room()
        return item


def _size(item: Any) -> int:
    """Of a text, or of a packet that carries one."""
    text = getattr(item, "data", item)
    return len(text) + 64 if isinstance(text, str) else 64
