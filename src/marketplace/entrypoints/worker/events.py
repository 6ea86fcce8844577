from datetime import datetime

from dishka import AsyncContainer

from marketplace.application.notifications.forget import ForgetOldEvents
from marketplace.entrypoints.worker.registry import Handlers


def subscribe(handlers: Handlers) -> None:
    @handlers.cron("notifications.forget_old_events", "29 2 * * *", transactional=False, timeout=3_600.0)
    async def forget_old_events(scope: AsyncContainer, _: datetime) -> None:
        await (await scope.get(ForgetOldEvents))()
