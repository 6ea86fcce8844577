from datetime import timedelta

from dishka import Provider, Scope, provide
from redis.asyncio import Redis

from marketplace.adapters.bridges.messaging_asks_social import PeersOfSocial
from marketplace.adapters.redis.presence import RedisPresence
from marketplace.adapters.redis.typists import RedisTypists
from marketplace.application.messaging.presence import LookInside, Peers, SayTyping, TellPeers, Typists
from marketplace.application.shared.ports import Ids
from marketplace.application.shared.presence import Presence
from marketplace.entrypoints.realtime.hub import Hub
from marketplace.entrypoints.realtime.presence import PresenceKeeper

LIFE = timedelta(seconds=60)
"""Of a process that is not heard of."""


class PresenceProvider(Provider):
    scope = Scope.APP

    peers = provide(PeersOfSocial, provides=Peers)
    typists = provide(RedisTypists, provides=Typists)
    tell = provide(TellPeers)
    say = provide(SayTyping)
    look = provide(LookInside)

    @provide
    def presence(self, redis: Redis, ids: Ids) -> Presence:
        return RedisPresence(redis, ids.new(), LIFE)

    @provide
    def keeper(self, hub: Hub, presence: Presence, tell: TellPeers) -> PresenceKeeper:
        return PresenceKeeper(hub, presence, tell)
