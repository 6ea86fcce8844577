from collections.abc import Collection, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol
from uuid import UUID

from marketplace.application.shared.actor import Actor
from marketplace.application.shared.paging import Slice
from marketplace.application.webhooks.views import DeliveryDetailView, DeliveryView, EndpointView
from marketplace.domain.shared.ids import UserId
from marketplace.domain.webhooks.delivery import Attempt, DeliveryId, DeliveryStatus, DueDelivery, NewDelivery
from marketplace.domain.webhooks.endpoint import Endpoint, EndpointId
from marketplace.domain.webhooks.signature import Secret


@dataclass(frozen=True, slots=True)
class Hearing:
    """An endpoint as far as it decides what it hears."""

    endpoint_id: EndpointId
    owner: UserId
    event_types: Sequence[str]
    is_enabled: bool


@dataclass(frozen=True, slots=True)
class Tried:
    """What came of one attempt; `next_at` while it stays pending."""

    delivery: DueDelivery
    attempt: Attempt
    status: DeliveryStatus
    next_at: datetime | None


class Secrets(Protocol):
    def new(self) -> Secret: ...


class Endpoints(Protocol):
    """`locked` holds the endpoint until the commit and raises EndpointNotFound, also for somebody else's."""

    async def add(self, endpoint: Endpoint) -> None:
        """Raises TooManyEndpoints."""
        ...

    async def locked(self, endpoint_id: EndpointId, owner: UserId) -> Endpoint: ...
    async def save(self, endpoint: Endpoint) -> None: ...

    async def remove(self, endpoint: Endpoint) -> None:
        """Its history goes a little later: `forget_deliveries`."""
        ...

    async def of_owner(self, owner: UserId) -> Sequence[EndpointId]: ...

    async def hearing(self, owners: Collection[UserId]) -> Sequence[Hearing]:
        """Of people without endpoints it costs one look into an index."""
        ...


class Deliveries(Protocol):
    """Of one endpoint and subject one delivery at a time is due; the others wait for its end, in order of their ids."""

    async def add(self, deliveries: Sequence[NewDelivery]) -> None:
        """Those that are pending are due at once, and the senders are woken at the commit."""
        ...

    async def endpoint_of(self, delivery_id: DeliveryId, owner: UserId) -> EndpointId:
        """Raises DeliveryNotFound."""
        ...

    async def redeliver(self, endpoint_id: EndpointId, delivery_id: DeliveryId, now: datetime) -> None:
        """The endpoint is locked. Raises DeliveryNotFound, DeliveryPending."""
        ...

    async def replay(
        self, endpoint_id: EndpointId, since: datetime, until: datetime, event_types: Collection[str] | None,
        now: datetime, limit: int,
    ) -> tuple[int, datetime | None]:  # fmt: skip
        """How many of that time, oldest first, are due again, and from when on there are more. The endpoint is
        locked."""
        ...


class Queues(Protocol):
    """What a sender does with an endpoint that it holds (see Shift). All within one transaction block."""

    async def held(self, endpoint_id: EndpointId, holder: UUID) -> Endpoint | None:
        """Locked; None when it is gone or somebody else has it now."""
        ...

    async def due(self, endpoint_id: EndpointId, now: datetime, limit: int) -> Sequence[DueDelivery]:
        """Of different subjects, the longest due first."""
        ...

    async def record(self, endpoint_id: EndpointId, tried: Sequence[Tried], now: datetime) -> None: ...

    async def skip(self, endpoint_id: EndpointId, now: datetime, limit: int) -> int:
        """End so many pending deliveries without sending them; how many they were."""
        ...

    async def give_back(self, endpoint_id: EndpointId, *, is_slow: bool, again_at: datetime | None = None) -> None:
        """For anybody to take when its next delivery is due, or at `again_at`."""
        ...


@dataclass(frozen=True, slots=True)
class Taken:
    endpoint_id: EndpointId
    is_slow: bool


class Shift(Protocol):
    """One sender at work. What it holds is free again when its connection to the database ends, however it ends."""

    holder: UUID

    async def take(self, brisk: int, slow: int) -> tuple[Sequence[Taken], float | None]:
        """So many endpoints with due deliveries at most, and the seconds until more fall due, None: not known."""
        ...

    async def wait(self, seconds: float) -> None:
        """Until there is news, at most so long. Raises Unavailable when the shift is over."""
        ...

    def wake(self) -> None:
        """Ends `wait`."""
        ...


class Shifts(Protocol):
    def begin(self) -> AbstractAsyncContextManager[Shift]: ...


class Sender(Protocol):
    async def require_sendable(self, url: str) -> None:
        """Raises UrlRefused for what no event may be sent to. A name that does not resolve now is no reason."""
        ...

    async def send(self, url: str, headers: Mapping[str, str], body: bytes) -> Attempt:
        """One POST. Whatever goes wrong, also an address that is refused, is an attempt with an error."""
        ...


class EndpointQueries(Protocol):
    async def endpoints(self, actor: Actor) -> list[EndpointView]:
        """The latest first."""
        ...

    async def endpoint(self, actor: Actor, endpoint_id: EndpointId) -> EndpointView:
        """Raises EndpointNotFound."""
        ...


class DeliveryQueries(Protocol):
    async def deliveries(
        self, actor: Actor, endpoint_id: EndpointId | None, status: DeliveryStatus | None, event_type: str | None,
        *, before: DeliveryId | None, skip: int, limit: int,
    ) -> Slice[DeliveryView]:  # fmt: skip
        """The actor's own, newest first."""
        ...

    async def delivery(self, actor: Actor, delivery_id: DeliveryId) -> DeliveryDetailView:
        """Raises DeliveryNotFound."""
        ...


class ForgetDeliveries(Protocol):
    async def of_endpoint(self, endpoint_id: EndpointId) -> int: ...

    async def older_than(self, moment: datetime) -> int:
        """Those that have ended. How many there were, in portions that commit by themselves."""
        ...
