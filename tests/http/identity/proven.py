"""Sessions whose person has just shown who they are, or did so long ago."""

from dataclasses import replace
from datetime import timedelta

from dishka import Provider, Scope, provide

from marketplace.application.identity.authenticate import LiveSessions
from marketplace.application.identity.ports import SessionToken
from marketplace.application.shared.actor import PROOF_LIFE, Actor


class ProvenSessions(LiveSessions):
    async def actor(self, token: SessionToken) -> Actor:
        return replace(await LiveSessions.actor(self, token), proven_at=self.clock.now())


class StaleSessions(LiveSessions):
    async def actor(self, token: SessionToken) -> Actor:
        long_ago = self.clock.now() - PROOF_LIFE - timedelta(seconds=1)
        return replace(await LiveSessions.actor(self, token), proven_at=long_ago)


class Proven(Provider):
    sessions = provide(ProvenSessions, provides=LiveSessions, scope=Scope.APP, override=True)


class Stale(Provider):
    sessions = provide(StaleSessions, provides=LiveSessions, scope=Scope.APP, override=True)
