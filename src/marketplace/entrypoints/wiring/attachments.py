from dishka import Provider, Scope, provide, provide_all

from marketplace.adapters.sql.messaging.attachments import SqlAttachmentQueries, SqlAttachments
from marketplace.adapters.sql.messaging.search import SqlMessageSearch
from marketplace.application.messaging.attachments import (
    AddAttachment,
    ForgetAttachments,
    OpenAttachment,
    ReadAttachment,
    RemoveAttachment,
)
from marketplace.application.messaging.ports import AttachmentQueries, Attachments
from marketplace.application.messaging.search import MessageSearch


class AttachmentsProvider(Provider):
    scope = Scope.REQUEST

    attachments = provide(SqlAttachments, provides=Attachments)
    queries = provide(SqlAttachmentQueries, provides=AttachmentQueries, scope=Scope.APP)
    search = provide(SqlMessageSearch, provides=MessageSearch, scope=Scope.APP)
    use_cases = provide_all(AddAttachment, ReadAttachment, OpenAttachment, RemoveAttachment, ForgetAttachments)
