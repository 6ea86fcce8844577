from dishka import Provider, Scope, provide, provide_all

from marketplace.adapters.mail.notifications import CatalogWording
from marketplace.adapters.mail.phrases import Phrases
from marketplace.adapters.sql.notifications.centre import SqlCentre
from marketplace.adapters.sql.notifications.centre_queries import SqlNotificationQueries
from marketplace.adapters.sql.notifications.preferences import SqlCollected, SqlPreferenceBook
from marketplace.application.notifications.centre import (
    DeleteNotification,
    DeleteReadNotifications,
    ForgetPerson,
    ForgetReadNotifications,
    ReadAllNotifications,
    ReadNotification,
)
from marketplace.application.notifications.centre_ports import (
    Centre,
    Collected,
    NotificationQueries,
    PreferenceBook,
    Wording,
)
from marketplace.application.notifications.digests import SendDigest, SetPreferences
from marketplace.application.notifications.tell import Tell


class NotificationCentreProvider(Provider):
    scope = Scope.REQUEST

    @provide(scope=Scope.APP)
    def wording(self) -> Wording:
        return CatalogWording(Phrases())

    queries = provide(SqlNotificationQueries, provides=NotificationQueries, scope=Scope.APP)
    centre = provide(SqlCentre, provides=Centre)
    book = provide(SqlPreferenceBook, provides=PreferenceBook)
    collected = provide(SqlCollected, provides=Collected)
    use_cases = provide_all(
        Tell, ReadNotification, ReadAllNotifications, DeleteNotification, DeleteReadNotifications,
        ForgetReadNotifications, ForgetPerson, SendDigest, SetPreferences,
    )  # fmt: skip
