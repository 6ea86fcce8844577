from dishka import Provider, Scope, provide

from marketplace.adapters.sql.notifications.user_events import SqlEventWindow
from marketplace.application.notifications.forget import ForgetOldEvents
from marketplace.application.notifications.ports import EventWindow
from marketplace.application.shared.ports import Clock, Transaction
from marketplace.entrypoints.realtime.credentials import Origins
from marketplace.entrypoints.wiring.settings import Settings


class EventsProvider(Provider):
    """How long events are kept, and which pages may listen to them."""

    window = provide(SqlEventWindow, provides=EventWindow, scope=Scope.REQUEST)

    @provide(scope=Scope.REQUEST)
    def forget(
        self, window: EventWindow, transaction: Transaction, clock: Clock, settings: Settings
    ) -> ForgetOldEvents:
        return ForgetOldEvents(window, transaction, clock, settings.events_kept)

    @provide(scope=Scope.APP)
    def origins(self, settings: Settings) -> Origins:
        return Origins.of(settings.allowed_origins)
