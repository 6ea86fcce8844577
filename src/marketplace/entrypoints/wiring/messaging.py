from dishka import Provider, Scope, provide, provide_all

from marketplace.adapters.bridges.messaging_asks_catalog import SubjectsOfCatalog, TitlesOfCatalog
from marketplace.adapters.bridges.messaging_asks_identity import AcquaintancesOfIdentity
from marketplace.adapters.bridges.messaging_asks_notifications import ToldMessagesOfNotifications
from marketplace.adapters.sql.messaging.conversations import SqlConversations, SqlMessages
from marketplace.adapters.sql.messaging.queries import SqlConversationQueries
from marketplace.application.messaging.conversations import (
    KeepConversation,
    MarkDelivered,
    MarkRead,
    RecordInThread,
    SendMessage,
    StartConversation,
    Threads,
)
from marketplace.application.messaging.ports import (
    Acquaintances,
    ConversationQueries,
    Conversations,
    Messages,
    Subjects,
    Titles,
    ToldMessages,
)


class MessagingProvider(Provider):
    scope = Scope.REQUEST

    conversations = provide(SqlConversations, provides=Conversations)
    messages = provide(SqlMessages, provides=Messages)
    subjects = provide(SubjectsOfCatalog, provides=Subjects)
    acquaintances = provide(AcquaintancesOfIdentity, provides=Acquaintances)
    told = provide(ToldMessagesOfNotifications, provides=ToldMessages)
    titles = provide(TitlesOfCatalog, provides=Titles, scope=Scope.APP)
    queries = provide(SqlConversationQueries, provides=ConversationQueries, scope=Scope.APP)
    use_cases = provide_all(
        Threads, StartConversation, SendMessage, RecordInThread, MarkRead, MarkDelivered, KeepConversation
    )
