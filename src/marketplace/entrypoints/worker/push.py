"""Pushes on their way to devices, and devices that get none any more."""

from dishka import AsyncContainer

from marketplace.application.notifications.push_tokens import ForgetPushTokens
from marketplace.application.notifications.send_push import (
    SEND_PUSH,
    SEND_TO_DEVICE,
    DevicePush,
    SendPush,
    SendToDevice,
    WantedPush,
)
from marketplace.domain.identity.session import SessionsEnded
from marketplace.domain.identity.user import UserDeleted
from marketplace.entrypoints.worker import metrics
from marketplace.entrypoints.worker.registry import Handlers


def subscribe(handlers: Handlers) -> None:
    @handlers.job(SEND_PUSH, WantedPush)
    async def send(scope: AsyncContainer, wanted: WantedPush) -> None:
        await (await scope.get(SendPush))(wanted)

    @handlers.job(SEND_TO_DEVICE, DevicePush, transactional=False, base=10.0, cap=1800.0, timeout=30.0)
    async def send_to_device(scope: AsyncContainer, wanted: DevicePush) -> None:
        verdict = await (await scope.get(SendToDevice))(wanted)
        metrics.PUSHES.labels(verdict or "too_late").inc()

    @handlers.on(SessionsEnded, "push.sessions_ended")
    async def forget_sessions(scope: AsyncContainer, event: SessionsEnded) -> None:
        await (await scope.get(ForgetPushTokens)).of_sessions(event.session_ids)

    @handlers.on(UserDeleted, "push.user_deleted")
    async def forget_person(scope: AsyncContainer, event: UserDeleted) -> None:
        await (await scope.get(ForgetPushTokens)).of(event.user_id)
