"""In-memory adapters of the webhooks context. They honour the port contracts, see tests/contract/webhooks."""

from collections.abc import Collection, Mapping, Sequence
from copy import deepcopy
from dataclasses import asdict, fields
from datetime import datetime
from typing import Any
from uuid import UUID

from marketplace.application.webhooks.ports import Deliveries, Endpoints, Hearing, Queues, Secrets, Sender, Tried
from marketplace.domain.shared.ids import UserId
from marketplace.domain.webhooks.delivery import (
    Attempt,
    DeliveryId,
    DeliveryNotFound,
    DeliveryPending,
    DeliveryStatus,
    DueDelivery,
    NewDelivery,
)
from marketplace.domain.webhooks.endpoint import (
    MOST_ENDPOINTS,
    Endpoint,
    EndpointId,
    EndpointNotFound,
    TooManyEndpoints,
    UrlRefused,
)
from marketplace.domain.webhooks.signature import Secret, secret_of
from tests.fakes.world import FixedClock, MemoryTransaction

PENDING = DeliveryStatus.PENDING


class NumberedSecrets(Secrets):
    def __init__(self) -> None:
        self._last = 0

    def new(self) -> Secret:
        self._last += 1
        return secret_of(self._last.to_bytes(24))


class MemoryEndpoints(Endpoints):
    def __init__(self, transaction: MemoryTransaction) -> None:
        self._transaction = transaction

    async def add(self, endpoint: Endpoint) -> None:
        if len(await self.of_owner(endpoint.owner)) >= MOST_ENDPOINTS:
            raise TooManyEndpoints
        self._transaction.inside.webhook_endpoints[endpoint.id] = deepcopy(endpoint)

    async def locked(self, endpoint_id: EndpointId, owner: UserId) -> Endpoint:
        found = self._transaction.inside.webhook_endpoints.get(endpoint_id)
        if found is None or found.owner != owner:
            raise EndpointNotFound
        return deepcopy(found)

    async def save(self, endpoint: Endpoint) -> None:
        self._transaction.ship(endpoint)
        self._transaction.inside.webhook_endpoints[endpoint.id] = deepcopy(endpoint)

    async def remove(self, endpoint: Endpoint) -> None:
        del self._transaction.inside.webhook_endpoints[endpoint.id]

    async def of_owner(self, owner: UserId) -> Sequence[EndpointId]:
        return sorted(one.id for one in self._transaction.inside.webhook_endpoints.values() if one.owner == owner)

    async def hearing(self, owners: Collection[UserId]) -> Sequence[Hearing]:
        stored = self._transaction.inside.webhook_endpoints
        return [
            Hearing(one.id, one.owner, one.event_types, one.is_enabled)
            for _, one in sorted(stored.items())
            if one.owner in owners
        ]


class MemoryDeliveries(Deliveries):
    def __init__(self, transaction: MemoryTransaction) -> None:
        self._transaction = transaction

    @property
    def rows(self) -> list[dict[str, Any]]:
        return self._transaction.inside.webhook_deliveries

    async def add(self, deliveries: Sequence[NewDelivery]) -> None:
        for one in deliveries:
            self.rows.append({**asdict(one), "id": len(self.rows) + 1, "tries": 0, "next_at": None, "attempts": []})
        self._line_up(deliveries[0].created_at)

    async def endpoint_of(self, delivery_id: DeliveryId, owner: UserId) -> EndpointId:
        for row in self.rows:
            endpoint = self._transaction.inside.webhook_endpoints.get(row["endpoint_id"])
            if row["id"] == delivery_id and endpoint and endpoint.owner == owner:
                return endpoint.id
        raise DeliveryNotFound

    async def redeliver(self, endpoint_id: EndpointId, delivery_id: DeliveryId, now: datetime) -> None:
        row = self.rows[delivery_id - 1]
        if row["status"] is PENDING:
            raise DeliveryPending
        self._again([row], now)

    async def replay(
        self, endpoint_id: EndpointId, since: datetime, until: datetime, event_types: Collection[str] | None,
        now: datetime, limit: int,
    ) -> tuple[int, datetime | None]:  # fmt: skip
        chosen = [
            row for row in self.rows
            if row["endpoint_id"] == endpoint_id and since <= row["created_at"] < until
            and row["status"] is not PENDING and (event_types is None or row["event_type"] in event_types)
        ]  # fmt: skip
        chosen.sort(key=lambda row: (row["created_at"], row["id"]))
        self._again(chosen[:limit], now)
        return len(chosen[:limit]), chosen[limit]["created_at"] if len(chosen) > limit else None

    def _again(self, rows: Sequence[dict[str, Any]], now: datetime) -> None:
        lines = {(row["endpoint_id"], row["subject"]) for row in rows}
        for row in rows:
            row.update(status=PENDING, tries=0)
        for row in self.rows:
            if (row["endpoint_id"], row["subject"]) in lines:
                row["next_at"] = None
        self._line_up(now)

    def _line_up(self, now: datetime) -> None:
        seen = set()
        for row in self.rows:
            line = (row["endpoint_id"], row["subject"])
            if row["status"] is PENDING and line not in seen:
                seen.add(line)
                row["next_at"] = row["next_at"] or now


class MemoryQueues(Queues):
    def __init__(self, transaction: MemoryTransaction, deliveries: MemoryDeliveries) -> None:
        self._transaction = transaction
        self._deliveries = deliveries

    async def held(self, endpoint_id: EndpointId, holder: UUID) -> Endpoint | None:
        inside = self._transaction.inside
        if inside.webhook_holders.get(endpoint_id) != holder:
            return None
        return deepcopy(inside.webhook_endpoints.get(endpoint_id))

    async def due(self, endpoint_id: EndpointId, now: datetime, limit: int) -> Sequence[DueDelivery]:
        rows = [one for one in self._pending(endpoint_id) if one["next_at"] and one["next_at"] <= now]
        rows.sort(key=lambda row: (row["next_at"], row["id"]))
        names = [field.name for field in fields(DueDelivery)]
        return [DueDelivery(**{name: row[name] for name in names}) for row in rows[:limit]]

    async def record(self, endpoint_id: EndpointId, tried: Sequence[Tried], now: datetime) -> None:
        for one in tried:
            row = self._deliveries.rows[one.delivery.id - 1]
            line = [
                each for each in self._pending(endpoint_id) if each["subject"] == row["subject"] and each is not row
            ]
            waits = any(each["next_at"] for each in line)
            row.update(status=one.status, tries=row["tries"] + 1, next_at=None if waits else one.next_at)
            row["attempts"] = [*row["attempts"], asdict(one.attempt)][-20:]
        self._deliveries._line_up(now)

    async def skip(self, endpoint_id: EndpointId, now: datetime, limit: int) -> int:
        rows = self._pending(endpoint_id)[:limit]
        for row in rows:
            row.update(status=DeliveryStatus.SKIPPED, next_at=None)
        return len(rows)

    async def give_back(self, endpoint_id: EndpointId, *, is_slow: bool, again_at: datetime | None = None) -> None:
        self._transaction.inside.webhook_holders.pop(endpoint_id, None)

    def _pending(self, endpoint_id: EndpointId) -> list[dict[str, Any]]:
        return [one for one in self._deliveries.rows if one["endpoint_id"] == endpoint_id and one["status"] is PENDING]


class ScriptedSender(Sender):
    """Answers with these statuses one after the other, then 200; None is no answer."""

    def __init__(self, clock: FixedClock, *statuses: int | None) -> None:
        self.sent: list[tuple[str, Mapping[str, str], bytes]] = []
        self.refused: set[str] = set()
        self._clock = clock
        self._statuses = list(statuses)

    async def require_sendable(self, url: str) -> None:
        if url in self.refused:
            raise UrlRefused("does not lead to the public internet")

    async def send(self, url: str, headers: Mapping[str, str], body: bytes) -> Attempt:
        self.sent.append((url, headers, body))
        status = self._statuses.pop(0) if self._statuses else 200
        error = "did not answer" if status is None else None
        return Attempt(at=self._clock.now(), status=status, duration_ms=1, error=error, answer="")
