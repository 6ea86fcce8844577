"""What developers do with their webhook endpoints."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

import msgspec

from marketplace.application.shared.actor import Actor, Permission
from marketplace.application.shared.ports import Clock, Ids, Transaction
from marketplace.application.webhooks.ports import Endpoints, ForgetDeliveries, Secrets, Sender
from marketplace.application.webhooks.views import AttemptView, EndpointView, NewEndpointView, TestView
from marketplace.domain.shared.ids import UserId
from marketplace.domain.webhooks.delivery import KEPT_FOR
from marketplace.domain.webhooks.endpoint import Endpoint, EndpointId, EndpointNotFound
from marketplace.domain.webhooks.event_types import TEST
from marketplace.domain.webhooks.signature import signed_headers

FORGET_DELIVERIES = "webhooks.forget_deliveries"
"""The job that follows the end of an endpoint; its payload is the id."""


@dataclass(frozen=True, slots=True)
class AddEndpoint:
    endpoints: Endpoints
    secrets: Secrets
    sender: Sender
    transaction: Transaction
    ids: Ids
    clock: Clock

    async def __call__(self, actor: Actor, url: str, description: str, event_types: Collection[str]) -> NewEndpointView:
        actor.require(Permission.MANAGE_WEBHOOKS)
        endpoint = Endpoint.create(
            EndpointId(self.ids.new()), actor.user, url=url, description=description, event_types=event_types,
            secret=self.secrets.new(), now=self.clock.now(),
        )  # fmt: skip
        await self.sender.require_sendable(url)
        async with self.transaction:
            await self.endpoints.add(endpoint)
        return NewEndpointView.of(endpoint, secret=endpoint.secret)


@dataclass(frozen=True, slots=True)
class ReviseEndpoint:
    endpoints: Endpoints
    sender: Sender
    transaction: Transaction

    async def __call__(self, actor: Actor, endpoint_id: EndpointId, changes: Mapping[str, Any]) -> EndpointView:
        """`changes` by the names of Endpoint.revise."""
        actor.require(Permission.MANAGE_WEBHOOKS)
        if "url" in changes:
            await self.sender.require_sendable(changes["url"])
        async with self.transaction:
            endpoint = await self.endpoints.locked(endpoint_id, actor.user)
            endpoint.revise(changes)
            await self.endpoints.save(endpoint)
            return self.transaction.answers(EndpointView.of(endpoint))


@dataclass(frozen=True, slots=True)
class RemoveEndpoint:
    endpoints: Endpoints
    transaction: Transaction

    async def __call__(self, actor: Actor, endpoint_id: EndpointId) -> None:
        actor.require(Permission.MANAGE_WEBHOOKS)
        async with self.transaction:
            await self.endpoints.remove(await self.endpoints.locked(endpoint_id, actor.user))


@dataclass(frozen=True, slots=True)
class RotateSecret:
    endpoints: Endpoints
    secrets: Secrets
    transaction: Transaction
    clock: Clock

    async def __call__(self, actor: Actor, endpoint_id: EndpointId) -> NewEndpointView:
        actor.require(Permission.MANAGE_WEBHOOKS)
        async with self.transaction:
            endpoint = await self.endpoints.locked(endpoint_id, actor.user)
            endpoint.rotate(self.secrets.new(), self.clock.now())
            await self.endpoints.save(endpoint)
        return NewEndpointView.of(endpoint, secret=endpoint.secret)


@dataclass(frozen=True, slots=True)
class TestEndpoint:
    """Nothing of it is kept."""

    __test__ = False

    endpoints: Endpoints
    sender: Sender
    transaction: Transaction
    ids: Ids
    clock: Clock

    async def __call__(self, actor: Actor, endpoint_id: EndpointId) -> TestView:
        """Also to an endpoint that is disabled."""
        actor.require(Permission.MANAGE_WEBHOOKS)
        async with self.transaction:
            endpoint = await self.endpoints.locked(endpoint_id, actor.user)
        now, event_id = self.clock.now(), self.ids.new()
        body = msgspec.json.encode({"type": TEST, "timestamp": now, "data": {"endpoint_id": endpoint_id}})
        headers = signed_headers(event_id, body, endpoint.secrets(now), now)
        attempt = await self.sender.send(endpoint.url, headers, body)
        return TestView(delivered=attempt.succeeded, attempt=AttemptView.of(attempt))


@dataclass(frozen=True, slots=True)
class ForgetEndpoints:
    """React to the end of an account."""

    endpoints: Endpoints
    transaction: Transaction

    async def __call__(self, owner: UserId) -> None:
        async with self.transaction:
            for endpoint_id in await self.endpoints.of_owner(owner):
                try:
                    endpoint = await self.endpoints.locked(endpoint_id, owner)
                except EndpointNotFound:
                    continue
                await self.endpoints.remove(endpoint)


@dataclass(frozen=True, slots=True)
class ForgetOldDeliveries:
    forget: ForgetDeliveries
    clock: Clock

    async def __call__(self) -> int:
        return await self.forget.older_than(self.clock.now() - KEPT_FOR)
