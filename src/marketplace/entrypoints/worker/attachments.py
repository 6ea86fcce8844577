"""Files of conversations that no message shows."""

from uuid import UUID

from dishka import AsyncContainer

from marketplace.application.messaging.attachments import REMOVE_ATTACHMENT, ForgetAttachments, RemoveAttachment
from marketplace.domain.identity.user import UserDeleted
from marketplace.entrypoints.worker.registry import Handlers


def subscribe(handlers: Handlers) -> None:
    @handlers.timer(REMOVE_ATTACHMENT, transactional=False)
    async def remove_attachment(scope: AsyncContainer, name: UUID) -> None:
        await (await scope.get(RemoveAttachment))(name)

    @handlers.on(UserDeleted, "messaging.forget_attachments")
    async def forget_attachments(scope: AsyncContainer, event: UserDeleted) -> None:
        await (await scope.get(ForgetAttachments)).of_person(event.user_id)
