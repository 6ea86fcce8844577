"""Rooms of one process. It honours the port contract, see tests/contract/shared/test_rooms.py."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager

import msgspec

from marketplace.application.shared.rooms import Expelled, RoomListening, RoomNews, Rooms, Told
from marketplace.domain.shared.ids import UserId

_JSON = msgspec.json.Encoder(decimal_format="number")


class MemoryRooms(Rooms, RoomListening):
    def __init__(self) -> None:
        self.listeners: dict[Callable[[RoomNews], None], asyncio.Future[None]] = {}

    async def tell(
        self, rooms: Sequence[str], name: str, data: Mapping[str, object], *, fades_to: str | None = None
    ) -> None:
        self._say(Told(tuple(rooms), name, msgspec.Raw(_JSON.encode(data)), fades_to))

    async def expel(self, user: UserId, room: str) -> None:
        self._say(Expelled(user, room))

    def break_off(self) -> None:
        for lost in self.listeners.values():
            lost.set_result(None)
        self.listeners.clear()

    @asynccontextmanager
    async def listen(self, heard: Callable[[RoomNews], None]) -> AsyncIterator[Awaitable[None]]:
        lost = self.listeners[heard] = asyncio.get_running_loop().create_future()
        try:
            yield lost
        finally:
            self.listeners.pop(heard, None)

    def _say(self, news: RoomNews) -> None:
        for heard in list(self.listeners):
            heard(news)
