"""When digests go, and when what the notification centre keeps is forgotten."""

from datetime import datetime
from uuid import UUID

from dishka import AsyncContainer

from marketplace.application.notifications.centre import ForgetPerson, ForgetReadNotifications
from marketplace.application.notifications.digests import SEND_DIGEST, SendDigest
from marketplace.domain.identity.user import UserDeleted
from marketplace.domain.shared.ids import UserId
from marketplace.entrypoints.worker.registry import Handlers


def subscribe(handlers: Handlers) -> None:
    @handlers.timer(SEND_DIGEST)
    async def send_digest(scope: AsyncContainer, user_id: UUID) -> None:
        await (await scope.get(SendDigest))(UserId(user_id))

    @handlers.cron("notifications.forget_read", "53 2 * * *", transactional=False)
    async def forget_read(scope: AsyncContainer, _: datetime) -> None:
        await (await scope.get(ForgetReadNotifications))()

    @handlers.on(UserDeleted, "notification_centre.user_deleted", transactional=False)
    async def forget_person(scope: AsyncContainer, event: UserDeleted) -> None:
        await (await scope.get(ForgetPerson))(event.user_id)
