from collections.abc import Mapping, Sequence

from marketplace.application.shared.rooms import Rooms
from marketplace.entrypoints.realtime.hub import Hub


class LocalRooms(Rooms):
    """The sockets of this process alone, in the rooms of their users."""

    def __init__(self, hub: Hub) -> None:
        self._hub = hub

    async def tell(self, rooms: Sequence[str], name: str, data: Mapping[str, object]) -> None:
        for connection in list(self._hub.connections):
            if f"user:{connection.user}" in rooms:
                connection.say(name, data)
