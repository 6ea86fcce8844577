from collections.abc import Mapping

from dishka import AsyncContainer, Provider, Scope, provide
from redis.asyncio import Redis

from marketplace.adapters.redis.rooms import RedisRoomListening, RedisRooms
from marketplace.application.shared.rooms import RoomListening, Rooms
from marketplace.entrypoints.realtime.credentials import Sessions
from marketplace.entrypoints.realtime.rooms import MayHear, RoomKinds, RoomMembers

KINDS: Mapping[str, MayHear] = {}
"""Each kind of room beside `user`: its `subscribe`, `<kind>:join` and `<kind>:leave` follow from the line here."""


class RoomsProvider(Provider):
    scope = Scope.APP

    def __init__(self, redis_url: str) -> None:
        super().__init__()
        self._redis_url = redis_url

    @provide
    def rooms(self, redis: Redis) -> Rooms:
        return RedisRooms(redis)

    @provide
    def listening(self) -> RoomListening:
        return RedisRoomListening(self._redis_url)

    @provide
    def kinds(self) -> RoomKinds:
        return RoomKinds(KINDS)

    @provide
    def members(self, listening: RoomListening, kinds: RoomKinds, container: AsyncContainer) -> RoomMembers:
        return RoomMembers(listening, kinds, container, Sessions(container))
