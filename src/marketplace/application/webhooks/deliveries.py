"""Events on their way to endpoints: written with what happened, sent, and sent again."""

import asyncio
import random
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec

from marketplace.application.shared.actor import Actor, Permission
from marketplace.application.shared.ports import Clock, Transaction
from marketplace.application.webhooks.ports import Deliveries, Endpoints, Queues, Sender, Tried
from marketplace.application.webhooks.views import ReplayView
from marketplace.domain.shared.errors import Invalid
from marketplace.domain.shared.ids import UserId
from marketplace.domain.webhooks.delivery import (
    KEPT_FOR,
    Attempt,
    DeliveryId,
    DeliveryStatus,
    DueDelivery,
    NewDelivery,
)
from marketplace.domain.webhooks.endpoint import Endpoint, EndpointDisabled, EndpointId
from marketplace.domain.webhooks.event_types import BY_NOTICE, in_snake_case, known_patterns, matches, subject_of
from marketplace.domain.webhooks.signature import signed_headers

AT_ONCE = 4
"""Deliveries to one endpoint that are under way together, of different subjects."""
SLOW_AFTER = 0.5
"""Seconds: an endpoint that takes longer is sent to with others of its kind, so that it holds up none of the rest."""
MOST_REPLAYED = 1_000
SKIPPED_AT_ONCE = 500

_JSON = msgspec.json.Encoder(decimal_format="number")


class InvalidReplay(Invalid):
    code = "invalid_replay"


@dataclass(frozen=True, slots=True)
class Happened:
    """`name` and `data` as the owner's own sequence of events has them."""

    owner: UserId
    event_id: UUID
    name: str
    data: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class RecordEvents:
    """Inside the transaction in which the owners' sequences grow, so that no event is forgotten and none invented."""

    endpoints: Endpoints
    deliveries: Deliveries
    clock: Clock

    async def __call__(self, happened: Sequence[Happened]) -> None:
        public = [one for one in happened if one.name in BY_NOTICE]
        if not public:
            return
        hearing = await self.endpoints.hearing({one.owner for one in public})
        now = self.clock.now()
        new = []
        for one in public:
            kind = BY_NOTICE[one.name]
            of_owner = [to for to in hearing if to.owner == one.owner and matches(kind.name, to.event_types)]
            if not of_owner:
                continue
            data = in_snake_case(one.data)
            body = _JSON.encode({"type": kind.name, "timestamp": now, "data": data}).decode()
            new += [
                NewDelivery(
                    endpoint_id=to.endpoint_id, event_id=one.event_id, event_type=kind.name,
                    subject=subject_of(kind, data, one.event_id), body=body, created_at=now,
                    status=DeliveryStatus.PENDING if to.is_enabled else DeliveryStatus.SKIPPED,
                )
                for to in of_owner
            ]  # fmt: skip
        if new:
            await self.deliveries.add(new)


@dataclass(frozen=True, slots=True)
class SendDue:
    """One turn of an endpoint that a sender holds: what is due to it, and what came of it."""

    queues: Queues
    endpoints: Endpoints
    sender: Sender
    transaction: Transaction
    clock: Clock

    async def __call__(self, endpoint_id: EndpointId, holder: UUID) -> Sequence[DeliveryStatus]:
        """How what was sent stands now. The endpoint is given back."""
        async with self.transaction:
            endpoint = await self.queues.held(endpoint_id, holder)
            if endpoint is None:
                return ()
            now = self.clock.now()
            if not endpoint.is_enabled:
                skipped = await self.queues.skip(endpoint_id, now, SKIPPED_AT_ONCE)
                again_at = now if skipped == SKIPPED_AT_ONCE else None
                await self.queues.give_back(endpoint_id, is_slow=False, again_at=again_at)
                return ()
            due = await self.queues.due(endpoint_id, now, AT_ONCE)
        attempts = await asyncio.gather(*(self._send(endpoint, one) for one in due))
        async with self.transaction:
            held = await self.queues.held(endpoint_id, holder)
            if held is None:
                return ()
            return await self._record(held, list(zip(due, attempts, strict=True)))

    async def _send(self, endpoint: Endpoint, delivery: DueDelivery) -> Attempt:
        now, body = self.clock.now(), delivery.body.encode()
        headers = signed_headers(delivery.event_id, body, endpoint.secrets(now), now)
        return await self.sender.send(endpoint.url, headers, body)

    async def _record(
        self, endpoint: Endpoint, tried: Sequence[tuple[DueDelivery, Attempt]]
    ) -> Sequence[DeliveryStatus]:
        now, outcomes = self.clock.now(), list[Tried]()
        attempts = [attempt for _, attempt in tried]
        if tried:
            outcomes = [
                Tried(one, attempt, *one.after(attempt, now, random.random()))  # noqa: S311 - jitter, not a secret
                for one, attempt in tried
            ]
            await self.queues.record(endpoint.id, outcomes, now)
            before = (endpoint.disabled_because, endpoint.failing_since)
            delivered = any(attempt.succeeded for attempt in attempts)
            endpoint.has_answered([attempt.status for attempt in attempts], delivered=delivered, now=now)
            if before != (endpoint.disabled_because, endpoint.failing_since):
                await self.endpoints.save(endpoint)
        is_slow = any(attempt.duration_ms > SLOW_AFTER * 1000 for attempt in attempts)
        await self.queues.give_back(endpoint.id, is_slow=is_slow, again_at=None if endpoint.is_enabled else now)
        return [one.status for one in outcomes]


@dataclass(frozen=True, slots=True)
class Redeliver:
    endpoints: Endpoints
    deliveries: Deliveries
    transaction: Transaction
    clock: Clock

    async def __call__(self, actor: Actor, delivery_id: DeliveryId) -> None:
        """With the same id; it has ten tries again."""
        actor.require(Permission.MANAGE_WEBHOOKS)
        async with self.transaction:
            endpoint_id = await self.deliveries.endpoint_of(delivery_id, actor.user)
            await _enabled(self.endpoints, endpoint_id, actor.user)
            await self.deliveries.redeliver(endpoint_id, delivery_id, self.clock.now())
            self.transaction.answers(None)


@dataclass(frozen=True, slots=True)
class Replay:
    endpoints: Endpoints
    deliveries: Deliveries
    transaction: Transaction
    clock: Clock

    async def __call__(
        self, actor: Actor, endpoint_id: EndpointId, since: datetime | None, until: datetime | None,
        event_types: Collection[str] | None,
    ) -> ReplayView:  # fmt: skip
        """What happened from `since` on (30 days ago) and before `until` (now), with the same ids."""
        actor.require(Permission.MANAGE_WEBHOOKS)
        now = self.clock.now()
        start, end = since or now - KEPT_FOR, until or now
        if start >= end:
            raise InvalidReplay("is before the end", field="from")
        patterns = None if event_types is None else known_patterns(event_types)
        async with self.transaction:
            await _enabled(self.endpoints, endpoint_id, actor.user)
            names = (
                None if patterns is None else [one.name for one in BY_NOTICE.values() if matches(one.name, patterns)]
            )
            replayed, more = await self.deliveries.replay(endpoint_id, start, end, names, now, MOST_REPLAYED)
            return self.transaction.answers(ReplayView(replayed=replayed, next_from=more))


async def _enabled(endpoints: Endpoints, endpoint_id: EndpointId, owner: UserId) -> None:
    """Locked, or raises EndpointNotFound, EndpointDisabled."""
    if not (await endpoints.locked(endpoint_id, owner)).is_enabled:
        raise EndpointDisabled
