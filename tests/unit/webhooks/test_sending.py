"""The use cases of endpoints and deliveries on fakes."""

from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import msgspec
import pytest

from marketplace.application.shared.actor import Actor, MissingPermission, Permission
from marketplace.application.webhooks.deliveries import Happened, RecordEvents, Redeliver, Replay, SendDue
from marketplace.application.webhooks.endpoints import AddEndpoint, ReviseEndpoint, TestEndpoint
from marketplace.domain.shared.ids import SessionId, UserId
from marketplace.domain.webhooks.delivery import DeliveryId, DeliveryStatus
from marketplace.domain.webhooks.endpoint import (
    DisabledBecause,
    Endpoint,
    EndpointId,
    EndpointNotFound,
    UrlRefused,
    WebhookDisabled,
)
from tests.builders.webhooks import NOON, a_delivery, an_endpoint
from tests.fakes.webhooks import MemoryDeliveries, MemoryEndpoints, MemoryQueues, NumberedSecrets, ScriptedSender
from tests.fakes.world import FixedClock, MemoryTransaction, SequentialIds

ME = UserId(uuid4())


def an_actor(user: UserId = ME, *permissions: Permission) -> Actor:
    return Actor(user, SessionId(uuid4()), frozenset(permissions or {Permission.MANAGE_WEBHOOKS}))


@dataclass
class Post:
    block: MemoryTransaction = field(default_factory=MemoryTransaction)
    clock: FixedClock = field(default_factory=lambda: FixedClock(NOON))

    def __post_init__(self) -> None:
        self.endpoints, self.deliveries = MemoryEndpoints(self.block), MemoryDeliveries(self.block)
        self.queues = MemoryQueues(self.block, self.deliveries)
        self.sender = ScriptedSender(self.clock)

    @property
    def rows(self) -> list[dict[str, Any]]:
        return self.block.rows.webhook_deliveries

    def stored(self, endpoint: Endpoint) -> Endpoint:
        return self.block.rows.webhook_endpoints[endpoint.id]

    async def added(self, **changes: Any) -> Endpoint:
        endpoint = an_endpoint(owner=ME, **changes)
        async with self.block:
            await self.endpoints.add(endpoint)
        return endpoint

    async def happens(self, *happened: Happened) -> None:
        async with self.block:
            await RecordEvents(self.endpoints, self.deliveries, self.clock)(happened)

    async def turn(self, endpoint: Endpoint, *statuses: int | None) -> None:
        """Answered with these statuses."""
        self.sender = ScriptedSender(self.clock, *statuses)
        self.block.rows.webhook_holders[endpoint.id] = holder = uuid4()
        await SendDue(self.queues, self.endpoints, self.sender, self.block, self.clock)(endpoint.id, holder)
        assert endpoint.id not in self.block.rows.webhook_holders


def moved(owner: UserId = ME, order: UUID | None = None) -> Happened:
    return Happened(owner, uuid4(), "order_status_changed", {"order_id": order or uuid4(), "changedAt": NOON})


async def test_what_happens_is_written_for_the_endpoints_that_listen() -> None:
    post = Post()
    one, off = await post.added(event_types=["order.*"]), await post.added()
    await post.added(event_types=["offer.*"])
    off.revise({"enabled": False})
    async with post.block:
        await post.endpoints.save(off)
    event = moved()
    await post.happens(event, moved(UserId(uuid4())), Happened(ME, uuid4(), "typing:active", {}))
    assert [(row["endpoint_id"], row["status"], row["event_id"]) for row in post.rows] == [
        (endpoint.id, status, event.event_id)
        for endpoint, status in sorted(
            [(one, DeliveryStatus.PENDING), (off, DeliveryStatus.SKIPPED)], key=lambda pair: pair[0].id
        )
    ]
    assert msgspec.json.decode(post.rows[0]["body"]) == {
        "type": "order.status_changed", "timestamp": "2026-11-21T12:00:00Z",
        "data": {"order_id": str(event.data["order_id"]), "changed_at": "2026-11-21T12:00:00Z"},
    }  # fmt: skip
    assert {row["subject"] for row in post.rows} == {event.data["order_id"]}


async def test_a_turn_sends_four_of_different_subjects_and_keeps_what_came_back() -> None:
    post = Post()
    endpoint = await post.added()
    order = uuid4()
    await post.happens(moved(order=order), moved(order=order), *(moved() for _ in range(4)))
    await post.turn(endpoint, 500, None, 200, 200)
    assert len(post.sender.sent) == 4
    statuses = [(row["status"].value, row["tries"]) for row in post.rows]
    assert statuses == [("pending", 1), ("pending", 0), ("pending", 1), ("delivered", 1), ("delivered", 1),
                        ("pending", 0)]  # fmt: skip
    assert timedelta(seconds=4.4) < post.rows[0]["next_at"] - NOON < timedelta(seconds=5.6)
    assert post.stored(endpoint).failing_since is None, "something was delivered"
    await post.turn(endpoint)
    assert len(post.sender.sent) == 1, "the others wait"
    post.clock.advance(timedelta(seconds=6))
    await post.turn(endpoint)
    await post.turn(endpoint)
    assert {row["status"] for row in post.rows} == {DeliveryStatus.DELIVERED}


async def test_an_endpoint_that_is_gone_gets_nothing_more() -> None:
    post = Post()
    endpoint = await post.added()
    await post.happens(moved(), moved())
    await post.turn(endpoint, 410, 500)
    assert post.stored(endpoint).disabled_because is DisabledBecause.GONE
    assert [type(event) for event in post.block.rows.events] == [WebhookDisabled]
    await post.turn(endpoint)
    assert post.sender.sent == []
    assert {row["status"] for row in post.rows} == {DeliveryStatus.SKIPPED}


async def test_who_does_not_hold_an_endpoint_sends_nothing() -> None:
    post = Post()
    endpoint = await post.added()
    await post.happens(moved())
    send = SendDue(post.queues, post.endpoints, post.sender, post.block, post.clock)
    await send(endpoint.id, uuid4())
    await send(EndpointId(uuid4()), uuid4())
    assert post.sender.sent == []


async def test_an_address_that_is_refused_is_not_saved() -> None:
    post = Post()
    post.sender.refused.add("https://10.0.0.1/")
    add = AddEndpoint(post.endpoints, NumberedSecrets(), post.sender, post.block, SequentialIds(), post.clock)
    with pytest.raises(UrlRefused):
        await add(an_actor(), "https://10.0.0.1/", "", ["*"])
    assert post.block.rows.webhook_endpoints == {}
    made = await add(an_actor(), "https://shop.example/", "", ["*"])
    with pytest.raises(UrlRefused):
        await ReviseEndpoint(post.endpoints, post.sender, post.block)(an_actor(), made.id, {"url": "https://10.0.0.1/"})
    assert post.block.rows.webhook_endpoints[made.id].url == "https://shop.example/"


async def test_everything_takes_the_permission_and_ones_own_endpoint() -> None:
    post = Post()
    endpoint = await post.added()
    async with post.block:
        await post.deliveries.add([a_delivery(endpoint)])
    reader, outsider = an_actor(ME, Permission.FOLLOW), an_actor(UserId(uuid4()))
    test = TestEndpoint(post.endpoints, post.sender, post.block, SequentialIds(), post.clock)
    replay = Replay(post.endpoints, post.deliveries, post.block, post.clock)
    redeliver = Redeliver(post.endpoints, post.deliveries, post.block, post.clock)
    for actor, refusal in ((reader, MissingPermission), (outsider, EndpointNotFound)):
        with pytest.raises(refusal):
            await test(actor, endpoint.id)
        with pytest.raises(refusal):
            await replay(actor, endpoint.id, None, None, None)
    with pytest.raises(MissingPermission):
        await redeliver(reader, DeliveryId(1))
    assert post.sender.sent == []
