"""A developer's address that hears of what happens to its owner."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, ClassVar, NewType, Self
from uuid import UUID

from marketplace.domain.shared.aggregate import Aggregate, DomainEvent
from marketplace.domain.shared.errors import Conflict, Invalid, NotFound
from marketplace.domain.shared.ids import UserId
from marketplace.domain.shared.text import clean_text
from marketplace.domain.webhooks.event_types import known_patterns
from marketplace.domain.webhooks.signature import Secret

EndpointId = NewType("EndpointId", UUID)

MOST_ENDPOINTS = 10
"""Of one person."""
FORMER_SECRET_LIFE = timedelta(hours=24)
GIVE_UP_AFTER = timedelta(days=5)
"""So long nothing but failures, and the endpoint is disabled."""
GONE = 410
"""The HTTP status by which an endpoint says that it wants nothing any more."""


class EndpointNotFound(NotFound):
    code = "webhook_endpoint_not_found"

    def __init__(self) -> None:
        super().__init__("no such webhook endpoint")


class EndpointDisabled(Conflict):
    code = "webhook_endpoint_disabled"

    def __init__(self) -> None:
        super().__init__("this endpoint is disabled: enable it first")


class TooManyEndpoints(Conflict):
    code = "too_many_webhook_endpoints"

    def __init__(self) -> None:
        super().__init__(f"there are {MOST_ENDPOINTS} webhook endpoints already: delete one first")


class UrlRefused(Invalid):
    """We do not send to this address."""

    code = "webhook_url_refused"

    def __init__(self, detail: str) -> None:
        super().__init__(detail, field="url")


class DisabledBecause(StrEnum):
    OWNER = "owner"
    FAILING = "failing"
    GONE = "gone"


@dataclass(frozen=True, slots=True, kw_only=True)
class WebhookDisabled(DomainEvent):
    """Not by its owner."""

    name: ClassVar[str] = "webhooks.endpoint_disabled.v1"
    endpoint_id: EndpointId
    owner: UserId
    url: str
    because: DisabledBecause


@dataclass(slots=True, kw_only=True, eq=False)
class Endpoint(Aggregate):
    """`event_types` are names, beginnings as `order.*`, or `*`. Its secrets are shown once and never logged."""

    id: EndpointId
    owner: UserId
    url: str
    description: str
    event_types: tuple[str, ...]
    secret: Secret = field(repr=False)
    former_secret: Secret | None = field(default=None, repr=False)
    former_until: datetime | None = None
    disabled_because: DisabledBecause | None = None
    failing_since: datetime | None = None
    created_at: datetime

    @classmethod
    def create(
        cls, endpoint_id: EndpointId, owner: UserId, *, url: str, description: str, event_types: Iterable[str],
        secret: Secret, now: datetime,
    ) -> Self:  # fmt: skip
        return cls(
            id=endpoint_id, owner=owner, url=url, description=_described(description),
            event_types=known_patterns(event_types), secret=secret, created_at=now,
        )  # fmt: skip

    @property
    def is_enabled(self) -> bool:
        return self.disabled_because is None

    def secrets(self, now: datetime) -> tuple[Secret, ...]:
        """Each signs: the newest, and the one before until a day after the rotation."""
        if self.former_secret and self.former_until and now < self.former_until:
            return self.secret, self.former_secret
        return (self.secret,)

    def revise(self, changes: Mapping[str, Any]) -> None:
        """`url`, `description`, `event_types`, `enabled`; one that is enabled begins anew."""
        if "url" in changes:
            self.url = changes["url"]
        if "description" in changes:
            self.description = _described(changes["description"])
        if "event_types" in changes:
            self.event_types = known_patterns(changes["event_types"])
        if changes.get("enabled") is True:
            self.disabled_because = self.failing_since = None
        elif "enabled" in changes:
            self.disabled_because = self.disabled_because or DisabledBecause.OWNER

    def rotate(self, secret: Secret, now: datetime) -> datetime:
        """Until when the former secret signs too."""
        self.secret, self.former_secret, self.former_until = secret, self.secret, now + FORMER_SECRET_LIFE
        return self.former_until

    def has_answered(self, statuses: Iterable[int | None], *, delivered: bool, now: datetime) -> None:
        """What came of a few events that were sent at once, None for no answer; `delivered`: of any of them."""
        if GONE in statuses:
            self._disable(DisabledBecause.GONE, now)
        elif delivered:
            self.failing_since = None
        elif self.failing_since is None:
            self.failing_since = now
        elif now - self.failing_since >= GIVE_UP_AFTER:
            self._disable(DisabledBecause.FAILING, now)

    def _disable(self, because: DisabledBecause, now: datetime) -> None:
        if self.is_enabled:
            self.disabled_because = because
            self._record(
                WebhookDisabled(occurred_at=now, endpoint_id=self.id, owner=self.owner, url=self.url, because=because)
            )


def _described(text: str) -> str:
    return clean_text(text, field="description", longest=200, shortest=0)
