"""What payment providers told us, applied; and what is forgotten with a person."""

from datetime import datetime
from uuid import UUID

import structlog
from dishka import AsyncContainer

from marketplace.application.payments.inbox import APPLY_PROVIDER_EVENT, ApplyProviderEvent, ForgetProviderEvents
from marketplace.application.payments.methods import RemoveSavedMethod
from marketplace.domain.identity.user import UserDeleted
from marketplace.entrypoints.worker import metrics
from marketplace.entrypoints.worker.registry import Handlers

log = structlog.get_logger()


def subscribe(handlers: Handlers) -> None:
    @handlers.timer(APPLY_PROVIDER_EVENT, transactional=False)
    async def apply_provider_event(scope: AsyncContainer, event_id: UUID) -> None:
        """What cannot be applied stays with its error: `marketplace replay-events` after the cause was mended."""
        try:
            event = await (await scope.get(ApplyProviderEvent))(event_id)
        except Exception:
            metrics.PROVIDER_EVENTS.labels("failed").inc()
            log.error("provider_event_failed", event_id=event_id)
            raise
        metrics.PROVIDER_EVENTS.labels("applied").inc()
        if event.told.kind in WORTH_A_LOOK:
            log.warning("provider_event", kind=event.told.kind, event_id=event_id)

    @handlers.cron("payments.forget_provider_events", "37 3 * * *", transactional=False)
    async def forget_provider_events(scope: AsyncContainer, _: datetime) -> None:
        await (await scope.get(ForgetProviderEvents))()

    @handlers.on(UserDeleted, "payments.forget_methods", transactional=False)
    async def forget_saved_methods(scope: AsyncContainer, event: UserDeleted) -> None:
        await (await scope.get(RemoveSavedMethod)).every(event.user_id)


WORTH_A_LOOK = {"payout.failed", "transfer.reversed", "refund.failed", "charge.refund.updated"}
"""Told by Stripe of money that did not arrive: nothing follows by itself, so people are told."""
