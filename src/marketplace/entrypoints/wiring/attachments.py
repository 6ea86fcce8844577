from dishka import Provider, Scope, provide, provide_all

from marketplace.adapters.sql.messaging.attachments import SqlAttachmentQueries, SqlAttachments
from marketplace.application.messaging.attachments import (
    AddAttachment,
    ForgetAttachments,
    OpenAttachment,
    ReadAttachment,
    RemoveAttachment,
)
from marketplace.application.messaging.ports import AttachmentQueries, Attachments


class AttachmentsProvider(Provider):
    scope = Scope.REQUEST

    attachments = provide(SqlAttachments, provides=Attachments)
    queries = provide(SqlAttachmentQueries, provides=AttachmentQueries, scope=Scope.APP)
    use_cases = provide_all(AddAttachment, ReadAttachment, OpenAttachment, RemoveAttachment, ForgetAttachments)
