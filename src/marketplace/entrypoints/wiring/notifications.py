from dishka import AnyOf, AsyncContainer, Provider, Scope, provide

from marketplace.adapters.bridges.notifications_asks_identity import NamesOfIdentity
from marketplace.adapters.sql.notifications.listener import PostgresAnnouncements
from marketplace.adapters.sql.notifications.post import SqlPost
from marketplace.adapters.sql.notifications.user_events import SqlUserEventLog, SqlUserEvents
from marketplace.adapters.sql.transaction import SqlTransaction
from marketplace.application.notifications.deliver import Alert, DeliverNotices
from marketplace.application.notifications.ports import (
    Announcements,
    Names,
    UserEventEcho,
    UserEventLog,
    UserEventQueries,
)
from marketplace.application.shared.ports import Clock, Ids
from marketplace.application.shared.posting import Post
from marketplace.application.shared.user_events import UserEvents
from marketplace.entrypoints.http.answers import OverheardAnnouncements, PublicAnswers
from marketplace.entrypoints.realtime.credentials import Sessions
from marketplace.entrypoints.realtime.hub import Hub
from marketplace.entrypoints.realtime.rooms import RoomMembers


class NotificationsProvider(Provider):
    def __init__(self, dsn: str) -> None:
        super().__init__()
        self._dsn = dsn

    post = provide(SqlPost, provides=Post, scope=Scope.REQUEST)
    names = provide(NamesOfIdentity, provides=Names, scope=Scope.REQUEST)
    alert = provide(Alert, scope=Scope.REQUEST)
    deliver = provide(DeliverNotices, scope=Scope.REQUEST)
    log = provide(SqlUserEventLog, provides=AnyOf[UserEventLog, UserEventQueries], scope=Scope.APP)

    @provide(scope=Scope.REQUEST)
    def user_events(self, transaction: SqlTransaction, ids: Ids, echo: UserEventEcho) -> UserEvents:
        return SqlUserEvents(transaction, ids, echo)

    @provide(scope=Scope.APP)
    def public_answers(self) -> PublicAnswers:
        return PublicAnswers()

    @provide(scope=Scope.APP)
    def announcements(self, answers: PublicAnswers) -> Announcements:
        return OverheardAnnouncements(PostgresAnnouncements(self._dsn), answers)

    @provide(scope=Scope.APP)
    def hub(
        self,
        announcements: Announcements,
        log: UserEventLog,
        clock: Clock,
        rooms: RoomMembers,
        container: AsyncContainer,
    ) -> Hub:
        return Hub(announcements, log, Sessions(container), clock, rooms)
