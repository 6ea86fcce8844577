"""One event on its way to one endpoint."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import NewType
from uuid import UUID

from marketplace.domain.shared.errors import Conflict, NotFound
from marketplace.domain.webhooks.endpoint import EndpointId

DeliveryId = NewType("DeliveryId", int)
"""Later events of one person have higher ones."""

RETRY_AFTER = (
    timedelta(seconds=5), timedelta(minutes=5), timedelta(minutes=30), timedelta(hours=2), timedelta(hours=5),
    timedelta(hours=10), timedelta(hours=14), timedelta(hours=20), timedelta(hours=24),
)  # fmt: skip
"""Those of Standard Webhooks: ten tries within 75 hours."""
JITTER = 0.1
"""A wait is up to this part shorter or longer."""
LONGEST_ANSWER = 1024
"""Bytes of an answer that are kept."""
ATTEMPTS_KEPT = 20
KEPT_FOR = timedelta(days=30)


class DeliveryNotFound(NotFound):
    code = "webhook_delivery_not_found"

    def __init__(self) -> None:
        super().__init__("no such webhook delivery")


class DeliveryPending(Conflict):
    code = "webhook_delivery_pending"

    def __init__(self) -> None:
        super().__init__("this event is still to be delivered: wait for the outcome")


class DeliveryStatus(StrEnum):
    PENDING = "pending"
    DELIVERED = "delivered"
    FAILED = "failed"
    SKIPPED = "skipped"


DELIVERY_MOVES: Mapping[DeliveryStatus, frozenset[DeliveryStatus]] = {
    DeliveryStatus.PENDING: frozenset({DeliveryStatus.DELIVERED, DeliveryStatus.FAILED, DeliveryStatus.SKIPPED}),
    DeliveryStatus.DELIVERED: frozenset({DeliveryStatus.PENDING}),
    DeliveryStatus.FAILED: frozenset({DeliveryStatus.PENDING}),
    DeliveryStatus.SKIPPED: frozenset({DeliveryStatus.PENDING}),
}
"""Skipped: its endpoint was disabled. Whatever has ended can be delivered again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NewDelivery:
    """`subject`: the aggregate whose events reach the endpoint in order. `body`: the bytes that are signed, as text."""

    endpoint_id: EndpointId
    event_id: UUID
    event_type: str
    subject: UUID
    body: str
    status: DeliveryStatus
    created_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """`status` is that of HTTP, None without an answer, which `error` then explains."""

    at: datetime
    status: int | None
    duration_ms: int
    error: str | None
    answer: str

    @property
    def succeeded(self) -> bool:
        return self.status is not None and 200 <= self.status < 300


@dataclass(frozen=True, slots=True, kw_only=True)
class DueDelivery:
    """`tries`: how often it was sent since it last became pending."""

    id: DeliveryId
    event_id: UUID
    subject: UUID
    body: str
    tries: int

    def after(self, attempt: Attempt, now: datetime, chance: float) -> tuple[DeliveryStatus, datetime | None]:
        """How it stands, and when it is sent again. `chance` is between 0 and 1."""
        if attempt.succeeded:
            return DeliveryStatus.DELIVERED, None
        if self.tries == len(RETRY_AFTER):
            return DeliveryStatus.FAILED, None
        wait = RETRY_AFTER[self.tries] * (1 + JITTER * (2 * chance - 1))
        return DeliveryStatus.PENDING, now + wait
