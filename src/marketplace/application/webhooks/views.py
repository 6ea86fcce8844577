from datetime import datetime
from typing import Annotated, Any, Self
from uuid import UUID

import msgspec
from msgspec import Meta

from marketplace.domain.webhooks.delivery import Attempt, DeliveryId, DeliveryStatus
from marketplace.domain.webhooks.endpoint import DisabledBecause, Endpoint, EndpointId


class EndpointView(msgspec.Struct, frozen=True, kw_only=True):
    """`failing_since`: of the first failure since an event was last delivered."""

    id: EndpointId
    url: Annotated[str, Meta(examples=["https://hooks.shop.example/market"])]
    description: Annotated[str, Meta(examples=["Stock system"])]
    event_types: Annotated[list[str], Meta(examples=[["order.*", "offer.received"]])]
    enabled: bool
    disabled_because: DisabledBecause | None
    failing_since: datetime | None
    former_secret_until: datetime | None
    created_at: datetime

    @classmethod
    def of(cls, endpoint: Endpoint, **more: Any) -> Self:
        return cls(
            id=endpoint.id, url=endpoint.url, description=endpoint.description,
            event_types=list(endpoint.event_types), enabled=endpoint.is_enabled,
            disabled_because=endpoint.disabled_because, failing_since=endpoint.failing_since,
            former_secret_until=endpoint.former_until, created_at=endpoint.created_at, **more,
        )  # fmt: skip


class NewEndpointView(EndpointView, frozen=True, kw_only=True):
    """`secret` is shown this once."""

    secret: Annotated[str, Meta(examples=["whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"])]


class DeliveryView(msgspec.Struct, frozen=True, kw_only=True):
    """`event_id` is the header `webhook-id`, and the id of the same event in /sync/events."""

    id: DeliveryId
    endpoint_id: EndpointId
    event_id: UUID
    event_type: Annotated[str, Meta(examples=["order.created"])]
    status: DeliveryStatus
    tries: Annotated[int, Meta(description="Since it last became pending.", examples=[1])]
    next_at: Annotated[
        datetime | None, Meta(description="Of the next try; null too while an earlier event has to arrive first.")
    ]
    created_at: datetime
    ended_at: datetime | None


class AttemptView(msgspec.Struct, frozen=True, kw_only=True):
    """`status` is null without an answer; `answer` is the first KiB of its body."""

    at: datetime
    status: Annotated[int | None, Meta(examples=[200])]
    duration_ms: Annotated[int, Meta(examples=[48])]
    error: Annotated[str | None, Meta(examples=["did not answer within 15 s"])]
    answer: Annotated[str, Meta(examples=["ok"])]

    @classmethod
    def of(cls, attempt: Attempt) -> Self:
        return cls(
            at=attempt.at, status=attempt.status, duration_ms=attempt.duration_ms, error=attempt.error,
            answer=attempt.answer,
        )  # fmt: skip


class DeliveryDetailView(DeliveryView, frozen=True, kw_only=True):
    """`payload` is the body that is sent; the last 20 attempts, oldest first."""

    payload: Any
    attempts: list[AttemptView]


class TestView(msgspec.Struct, frozen=True, kw_only=True):
    """`delivered`: it answered with a status from 200 to 299."""

    delivered: bool
    attempt: AttemptView


class ReplayView(msgspec.Struct, frozen=True, kw_only=True):
    """`next_from`: where to go on if there are more than one call replays."""

    replayed: Annotated[int, Meta(examples=[120])]
    next_from: datetime | None


class EventTypeView(msgspec.Struct, frozen=True):
    """`json_schema` and `example` are of the event's `data`."""

    name: Annotated[str, Meta(examples=["order.created"])]
    description: str
    json_schema: Annotated[Any, Meta(description="JSON Schema.")]
    example: Any
