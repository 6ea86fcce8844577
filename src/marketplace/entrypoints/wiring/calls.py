from dishka import Provider, Scope, provide, provide_all

from marketplace.adapters.bridges.calls_asks_messaging import LinesOfMessaging
from marketplace.adapters.memory.call_limits import LocalCallLimits
from marketplace.adapters.sql.calls.calls import SqlCalls, SqlLiveCalls
from marketplace.adapters.sql.calls.queries import SqlCallQueries
from marketplace.application.calls.calls import AcceptCall, DeclineCall, HangUp, MissCall, SaveCall, StartCall
from marketplace.application.calls.ice import IssueIceServers, Turn
from marketplace.application.calls.ports import CallLimits, CallQueries, Calls, Lines, LiveCalls
from marketplace.application.calls.presence import EndLostCalls, Watch
from marketplace.application.calls.signals import RelaySignal
from marketplace.entrypoints.realtime.call_beats import CallBeats
from marketplace.entrypoints.wiring.values import Secret


class CallsProvider(Provider):
    scope = Scope.REQUEST

    def __init__(self, turn_urls: tuple[str, ...], turn_secret: Secret) -> None:
        super().__init__()
        self._turn = Turn(turn_urls, turn_secret.reveal().encode())

    @provide(scope=Scope.APP)
    def turn(self) -> Turn:
        return self._turn

    calls = provide(SqlCalls, provides=Calls)
    live_calls = provide(SqlLiveCalls, provides=LiveCalls, scope=Scope.APP)
    queries = provide(SqlCallQueries, provides=CallQueries, scope=Scope.APP)
    lines = provide(LinesOfMessaging, provides=Lines, scope=Scope.APP)
    limits = provide(LocalCallLimits, provides=CallLimits, scope=Scope.APP)
    ice_servers = provide(IssueIceServers, scope=Scope.APP)
    relay = provide(RelaySignal, scope=Scope.APP)
    watch = provide(Watch, scope=Scope.APP)
    beats = provide(CallBeats, scope=Scope.APP)
    moves = provide_all(SaveCall, StartCall, AcceptCall, DeclineCall, HangUp, MissCall, EndLostCalls)
