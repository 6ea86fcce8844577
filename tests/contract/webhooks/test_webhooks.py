"""The fakes and the SQL adapters of endpoints, deliveries and queues keep one contract."""

from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, fields
from datetime import timedelta
from uuid import UUID, uuid4

import pytest

from marketplace.adapters.security.vault import Vault
from marketplace.adapters.sql.pool import Pool
from marketplace.adapters.sql.transaction import SqlTransaction
from marketplace.adapters.sql.webhooks.deliveries import SqlDeliveries, SqlQueues
from marketplace.adapters.sql.webhooks.endpoints import SealedEndpoints, SqlEndpoints
from marketplace.application.shared.ports import Transaction
from marketplace.application.webhooks.ports import Deliveries, Endpoints, Hearing, Queues, Tried
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
from marketplace.domain.webhooks.endpoint import DisabledBecause, Endpoint, EndpointNotFound, TooManyEndpoints
from marketplace.domain.webhooks.signature import secret_of
from tests.builders.webhooks import NOON, a_delivery, an_endpoint
from tests.engines import Database
from tests.fakes.webhooks import MemoryDeliveries, MemoryEndpoints, MemoryQueues
from tests.fakes.world import MemoryTransaction

LATER = NOON + timedelta(hours=1)
MINUTE = timedelta(minutes=1)


@dataclass
class Post:
    transaction: Transaction
    endpoints: Endpoints
    deliveries: Deliveries
    queues: Queues
    hold: Callable[[Endpoint], Awaitable[UUID]]

    async def added(self, endpoint: Endpoint | None = None) -> Endpoint:
        endpoint = endpoint or an_endpoint()
        async with self.transaction:
            await self.endpoints.add(endpoint)
        return endpoint

    async def sent(self, *deliveries: NewDelivery) -> None:
        async with self.transaction:
            await self.deliveries.add(deliveries)

    async def due(self, endpoint: Endpoint, limit: int = 10) -> list[DueDelivery]:
        async with self.transaction:
            return list(await self.queues.due(endpoint.id, LATER, limit))

    async def tried(self, endpoint: Endpoint, delivery: DueDelivery, status: DeliveryStatus, *, at: int = 5) -> None:
        """`at`: minutes after NOON, of the next try."""
        attempt = Attempt(at=NOON, status=500, duration_ms=3, error=None, answer="no")
        next_at = NOON + at * MINUTE if status is DeliveryStatus.PENDING else None
        async with self.transaction:
            await self.queues.record(endpoint.id, [Tried(delivery, attempt, status, next_at)], NOON)

    async def locked(self, endpoint: Endpoint, owner: UserId | None = None) -> Endpoint:
        async with self.transaction:
            return await self.endpoints.locked(endpoint.id, owner or endpoint.owner)


@pytest.fixture(params=["memory", "sql"])
async def post(request: pytest.FixtureRequest) -> AsyncIterator[Post]:
    if request.param == "memory":
        memory = MemoryTransaction()

        async def hold_in_memory(endpoint: Endpoint) -> UUID:
            memory.rows.webhook_holders[endpoint.id] = holder = uuid4()
            return holder

        deliveries = MemoryDeliveries(memory)
        yield Post(memory, MemoryEndpoints(memory), deliveries, MemoryQueues(memory, deliveries), hold_in_memory)
    else:
        database: Database = request.getfixturevalue("database")
        pool = Pool(database.app_dsn)
        sql = SqlTransaction(pool, {})
        sealed = SealedEndpoints(Vault([b"k" * 32]))

        async def hold(endpoint: Endpoint) -> UUID:
            holder = uuid4()
            async with pool.connection() as connection:
                await connection.execute("UPDATE webhooks.endpoints SET holder = $2 WHERE id = $1", endpoint.id, holder)
            return holder

        yield Post(sql, SqlEndpoints(sql, sealed), SqlDeliveries(sql), SqlQueues(sql, sealed), hold)
        await pool.close()


def facts(endpoint: Endpoint) -> dict[str, object]:
    return {field.name: getattr(endpoint, field.name) for field in fields(endpoint) if field.name != "_events"}


async def test_an_endpoint_comes_back_and_is_its_owners(post: Post) -> None:
    endpoint = await post.added(an_endpoint(event_types=["order.*", "*"], description="Stock"))
    assert facts(await post.locked(endpoint)) == facts(endpoint)
    endpoint.rotate(secret_of(b"n" * 24), NOON)
    endpoint.revise({"url": "https://other.example/", "event_types": ["offer.*"], "description": "", "enabled": False})
    endpoint.failing_since = NOON
    async with post.transaction:
        await post.endpoints.save(endpoint)
    again = await post.locked(endpoint)
    assert facts(again) == facts(endpoint)
    assert again.disabled_because is DisabledBecause.OWNER
    with pytest.raises(EndpointNotFound):
        await post.locked(endpoint, UserId(uuid4()))
    async with post.transaction:
        await post.endpoints.remove(endpoint)
        assert await post.endpoints.of_owner(endpoint.owner) == []
    with pytest.raises(EndpointNotFound):
        await post.locked(endpoint)


async def test_ten_are_kept_and_who_hears_is_told_apart(post: Post) -> None:
    owner, other = UserId(uuid4()), UserId(uuid4())
    mine = [await post.added(an_endpoint(owner=owner)) for _ in range(10)]
    with pytest.raises(TooManyEndpoints):
        await post.added(an_endpoint(owner=owner))
    off = await post.added(an_endpoint(owner=other, event_types=["order.*"]))
    off.revise({"enabled": False})
    async with post.transaction:
        await post.endpoints.save(off)
        found = await post.endpoints.hearing([owner, other, UserId(uuid4())])
        assert sorted(await post.endpoints.of_owner(owner)) == sorted(one.id for one in mine)
    assert {one.endpoint_id for one in found} == {off.id, *(one.id for one in mine)}
    (its,) = [one for one in found if one.owner == other]
    assert its == Hearing(off.id, other, its.event_types, False)
    assert list(its.event_types) == ["order.*"]


async def test_one_delivery_of_a_subject_is_due_and_the_next_after_its_end(post: Post) -> None:
    endpoint, other, subject = await post.added(), await post.added(), uuid4()
    line = [a_delivery(endpoint, subject=subject, body=f'{{"n":{n}}}') for n in range(3)]
    alone, elsewhere = a_delivery(endpoint), a_delivery(other, subject=subject)
    await post.sent(line[0], line[1], alone, elsewhere)
    await post.sent(line[2])
    first, second = await post.due(endpoint)
    assert (first.body, first.event_id, first.tries) == ('{"n":0}', line[0].event_id, 0)
    assert second.event_id == alone.event_id
    assert len(await post.due(endpoint, limit=1)) == 1
    await post.tried(endpoint, first, DeliveryStatus.PENDING, at=90)
    assert [one.event_id for one in await post.due(endpoint)] == [alone.event_id], "it waits, and so does its line"
    await post.tried(endpoint, first, DeliveryStatus.DELIVERED)
    await post.tried(endpoint, second, DeliveryStatus.FAILED)
    (next_one,) = await post.due(endpoint)
    assert next_one.event_id == line[1].event_id
    await post.tried(endpoint, next_one, DeliveryStatus.PENDING)
    assert [(one.event_id, one.tries) for one in await post.due(endpoint)] == [(line[1].event_id, 1)]
    assert [one.event_id for one in await post.due(other)] == [elsewhere.event_id]


async def test_what_ended_is_sent_again_before_what_came_later(post: Post) -> None:
    endpoint, subject = await post.added(), uuid4()
    old, new = a_delivery(endpoint, subject=subject), a_delivery(endpoint, subject=subject)
    await post.sent(old)
    (first,) = await post.due(endpoint)
    await post.tried(endpoint, first, DeliveryStatus.DELIVERED)
    await post.sent(new)
    (under_way,) = await post.due(endpoint)
    async with post.transaction:
        assert await post.deliveries.endpoint_of(first.id, endpoint.owner) == endpoint.id
        await post.deliveries.redeliver(endpoint.id, first.id, NOON)
    assert [(one.id, one.tries) for one in await post.due(endpoint)] == [(first.id, 0)]
    await post.tried(endpoint, under_way, DeliveryStatus.PENDING)
    assert [one.id for one in await post.due(endpoint)] == [first.id], "a failure of the later one changes nothing"
    with pytest.raises(DeliveryPending):
        async with post.transaction:
            await post.deliveries.redeliver(endpoint.id, first.id, NOON)
    await post.tried(endpoint, first, DeliveryStatus.DELIVERED)
    assert [one.id for one in await post.due(endpoint)] == [under_way.id]


async def test_deliveries_are_found_by_their_owner_alone(post: Post) -> None:
    endpoint = await post.added()
    await post.sent(a_delivery(endpoint))
    (one,) = await post.due(endpoint)
    for delivery_id, owner in ((one.id, UserId(uuid4())), (DeliveryId(2**60), endpoint.owner)):
        with pytest.raises(DeliveryNotFound):
            async with post.transaction:
                await post.deliveries.endpoint_of(delivery_id, owner)


async def test_a_time_is_replayed_in_portions_oldest_first(post: Post) -> None:
    endpoint = await post.added()
    skipped = DeliveryStatus.SKIPPED
    types = ["order.created", "order.created", "payment.failed", "order.created"]
    for minute, kind in enumerate(types):
        await post.sent(a_delivery(endpoint, status=skipped, event_type=kind, created_at=NOON + minute * MINUTE))
    assert await post.due(endpoint) == []

    async def replay(since: int, until: int, names: list[str] | None, limit: int) -> tuple[int, object]:
        async with post.transaction:
            return await post.deliveries.replay(
                endpoint.id, NOON + since * MINUTE, NOON + until * MINUTE, names, NOON, limit
            )

    assert await replay(0, 9, ["order.created"], 2) == (2, NOON + 3 * MINUTE)
    assert len(await post.due(endpoint)) == 2
    assert await replay(2, 3, None, 10) == (1, None)
    assert await replay(0, 3, None, 10) == (0, None), "what is pending is left alone"
    assert len(await post.due(endpoint)) == 3


async def test_only_its_holder_has_an_endpoint_until_it_gives_it_back(post: Post) -> None:
    endpoint = await post.added()
    await post.sent(*(a_delivery(endpoint) for _ in range(3)))
    holder = await post.hold(endpoint)
    async with post.transaction:
        held = await post.queues.held(endpoint.id, holder)
        assert held
        assert facts(held) == facts(endpoint)
        assert await post.queues.held(endpoint.id, uuid4()) is None
        assert await post.queues.skip(endpoint.id, NOON, 2) == 2
        assert await post.queues.skip(endpoint.id, NOON, 2) == 1
        await post.queues.give_back(endpoint.id, is_slow=False)
        assert await post.queues.held(endpoint.id, holder) is None
    assert await post.due(endpoint) == []
