from datetime import timedelta

from dishka import Provider, Scope, provide, provide_all
from redis.asyncio import Redis

from marketplace.adapters.bridges.messaging_asks_social import PeersOfSocial
from marketplace.adapters.redis.presence import RedisPresence
from marketplace.adapters.redis.typists import RedisTypists
from marketplace.application.messaging.presence import LookInside, Peers, SayTyping, TellPeers, Typing, Typists
from marketplace.application.shared.ports import Ids
from marketplace.application.shared.presence import Presence
from marketplace.entrypoints.realtime.hub import Hub
from marketplace.entrypoints.realtime.presence import PresenceKeeper

LIFE = timedelta(seconds=60)
"""Of a process that is not heard of."""


class PresenceProvider(Provider):
    scope = Scope.APP

    peers = provide(PeersOfSocial, provides=Peers)
    use_cases = provide_all(TellPeers, Typing, SayTyping, LookInside)

    @provide
    def typists(self, redis: Redis) -> Typists:
        return RedisTypists(redis)

    @provide
    def presence(self, redis: Redis, ids: Ids) -> Presence:
        return RedisPresence(redis, ids.new(), LIFE)

    @provide
    def keeper(self, hub: Hub, presence: Presence, tell: TellPeers) -> PresenceKeeper:
        return PresenceKeeper(hub, presence, tell)
