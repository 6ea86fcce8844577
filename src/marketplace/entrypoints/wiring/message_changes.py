from urllib.parse import urlsplit

from dishka import Provider, Scope, provide, provide_all

from marketplace.adapters.sql.messaging.reports import SqlApproaches, SqlMessageReports, SqlReportedMessageQueries
from marketplace.application.messaging.changes import Changes, DeleteMessage, EditMessage
from marketplace.application.messaging.moderation import JudgeMessage, ReadReportedMessage, ReportMessage
from marketplace.application.messaging.moderation_ports import MessageReports, ReportedMessageQueries
from marketplace.application.messaging.ports import Approaches, Home


class MessageChangesProvider(Provider):
    """`public_url` is where people reach us."""

    scope = Scope.REQUEST

    def __init__(self, public_url: str) -> None:
        super().__init__()
        self._home = Home(urlsplit(public_url).hostname or "")

    @provide(scope=Scope.APP)
    def home(self) -> Home:
        return self._home

    approaches = provide(SqlApproaches, provides=Approaches)
    reports = provide(SqlMessageReports, provides=MessageReports)
    reported = provide(SqlReportedMessageQueries, provides=ReportedMessageQueries, scope=Scope.APP)
    use_cases = provide_all(Changes, EditMessage, DeleteMessage, ReportMessage, ReadReportedMessage, JudgeMessage)
