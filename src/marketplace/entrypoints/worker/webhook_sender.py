"""Sends events to the endpoints of developers, and reacts to what concerns those (docs/adr/0041)."""

import asyncio
from datetime import datetime
from uuid import UUID

import structlog
from dishka import AsyncContainer

from marketplace.application.notifications.deliver import DeliverNotices
from marketplace.application.shared.user_events import Notice
from marketplace.application.webhooks.deliveries import SLOW_AFTER, SendDue
from marketplace.application.webhooks.endpoints import FORGET_DELIVERIES, ForgetEndpoints, ForgetOldDeliveries
from marketplace.application.webhooks.ports import ForgetDeliveries, Shift, Shifts, Taken
from marketplace.domain.identity.user import UserDeleted
from marketplace.domain.webhooks.endpoint import EndpointId, WebhookDisabled
from marketplace.entrypoints.worker import metrics
from marketplace.entrypoints.worker.registry import Handlers

log = structlog.get_logger()

BRISK, SLOW = 32, 128
"""Endpoints that one worker sends to at once: those that answer soon, and those that do not."""
POLL = 1.0
"""Seconds at most between two looks for endpoints with something due."""
BREATH = 0.01
"""Seconds before each look, so that of many turns that end at once there is one."""


def subscribe(handlers: Handlers) -> None:
    @handlers.routine("send_webhooks", POLL)
    async def send(scope: AsyncContainer) -> None:
        await (await scope.get(WebhookSender)).run()

    @handlers.job(FORGET_DELIVERIES, UUID, transactional=False)
    async def forget_deliveries(scope: AsyncContainer, endpoint_id: UUID) -> None:
        await (await scope.get(ForgetDeliveries)).of_endpoint(EndpointId(endpoint_id))

    @handlers.cron("webhooks.forget_old_deliveries", "41 2 * * *", transactional=False)
    async def forget_old_deliveries(scope: AsyncContainer, _: datetime) -> None:
        await (await scope.get(ForgetOldDeliveries))()

    @handlers.on(UserDeleted, "webhooks.user_deleted")
    async def forget_endpoints(scope: AsyncContainer, event: UserDeleted) -> None:
        await (await scope.get(ForgetEndpoints))(event.user_id)

    @handlers.on(WebhookDisabled, "notifications.webhook_disabled")
    async def tell_of_end(scope: AsyncContainer, event: WebhookDisabled) -> None:
        payload = {"endpointId": event.endpoint_id, "url": event.url, "because": event.because}
        await (await scope.get(DeliverNotices))([Notice(event.owner, "webhook:disabled", payload)])


class WebhookSender:
    """Gives each endpoint with something due its turn, many at once.

    An endpoint that does not answer soon leaves its slot to others while it is waited for, and gets its next turns
    among its like.
    """

    def __init__(self, container: AsyncContainer, shifts: Shifts) -> None:
        self._container = container
        self._shifts = shifts
        self._brisk: set[asyncio.Task[None]] = set()
        self._slow: set[asyncio.Task[None]] = set()

    async def run(self) -> None:
        """Until the database goes away, which it raises, or the task is cancelled."""
        async with self._shifts.begin() as shift:
            try:
                while True:
                    await shift.wait(await self._start_turns(shift))
                    await asyncio.sleep(BREATH)
            finally:
                turns = self._brisk | self._slow
                for task in turns:
                    task.cancel()
                await asyncio.gather(*turns, return_exceptions=True)

    async def drain(self, limit: int = 1000) -> int:
        """For tests: every turn that is due, one at a time. How many they were."""
        async with self._shifts.begin() as shift:
            for done in range(limit):
                taken, _ = await shift.take(1, 1)
                if not taken:
                    return done
                for one in taken:
                    await self._turn(one, shift)
        raise RuntimeError(f"still not drained after {limit} turns")

    async def _start_turns(self, shift: Shift) -> float:
        """The seconds until the next look."""
        taken, pause = await shift.take(max(BRISK - len(self._brisk), 0), max(SLOW - len(self._slow), 0))
        for one in taken:
            self._start(one, shift)
        return min(POLL, POLL if pause is None else pause)

    def _start(self, one: Taken, shift: Shift) -> None:
        task = asyncio.create_task(self._turn(one, shift))
        (self._slow if one.is_slow else self._brisk).add(task)
        alarm = asyncio.get_running_loop().call_later(SLOW_AFTER, self._make_room, task, shift)

        def ended(_: object) -> None:
            alarm.cancel()
            self._brisk.discard(task)
            self._slow.discard(task)
            shift.wake()

        task.add_done_callback(ended)

    def _make_room(self, task: "asyncio.Task[None]", shift: Shift) -> None:
        if len(self._slow) < SLOW:
            self._brisk.discard(task)
            self._slow.add(task)
            shift.wake()

    async def _turn(self, one: Taken, shift: Shift) -> None:
        """What fails is tried again as long as the shift lasts: nobody else may have the endpoint meanwhile."""
        while True:
            try:
                async with self._container() as scope:
                    sent = await (await scope.get(SendDue))(one.endpoint_id, shift.holder)
                for status in sent:
                    metrics.WEBHOOKS.labels(status).inc()
                return
            except Exception as error:
                log.warning("webhook_turn_failed", endpoint=str(one.endpoint_id), error=type(error).__name__)
                await asyncio.sleep(POLL)
