"""W4: events reach the endpoints of developers, whoever dies meanwhile and whichever endpoints are dead."""

import asyncio
import random
import time
from collections import defaultdict
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from uuid import UUID, uuid4

import asyncpg
from standardwebhooks.webhooks import WebhookVerificationError

from marketplace.adapters.bridges.notifications_tell_webhooks import EchoToWebhooks
from marketplace.adapters.clock import SystemClock
from marketplace.adapters.ids import TimeOrderedIds
from marketplace.adapters.security.vault import Vault
from marketplace.adapters.sql.notifications.user_events import SqlUserEvents
from marketplace.adapters.sql.pool import Pool
from marketplace.adapters.sql.transaction import SqlTransaction
from marketplace.adapters.sql.webhooks.deliveries import SqlDeliveries
from marketplace.adapters.sql.webhooks.endpoints import SealedEndpoints, SqlEndpoints
from marketplace.application.shared.user_events import Notice
from marketplace.application.webhooks.deliveries import RecordEvents
from marketplace.domain.shared.ids import UserId
from prove.node import Node
from prove.people import client, people
from prove.receiver import Heard, Receiver, running_receiver

FAILING = 0.3
"""Part of all requests that the receiver refuses."""
NOISE = 0.2
"""Seconds by which delays differ from one run to the next."""
NEVER = 60.0
ORDERS = 2
"""Aggregates of each owner, whose events must come in order."""

_SOON = "UPDATE webhooks.deliveries SET next_at = now() WHERE status = 'pending' AND next_at > now()"
_DUE = "UPDATE webhooks.endpoints SET due_at = now() WHERE due_at > now()"
_PENDING = """
SELECT count(*) FROM webhooks.deliveries d JOIN webhooks.endpoints e ON e.id = d.endpoint_id
WHERE d.status = 'pending' AND e.url <> ALL ($1::text[])"""
_ENDED = "SELECT status, count(*) FROM webhooks.deliveries GROUP BY status"


@dataclass(frozen=True)
class Developer:
    id: UUID
    path: str
    secret: str


class Teller:
    """Writes events as the service does, in one transaction with the deliveries."""

    def __init__(self, server: Node) -> None:
        self._pool = Pool(server.admin_dsn, size=2)
        self._sealed = SealedEndpoints(Vault([server.settings.key("webhooks")]))

    async def tell(self, *notices: Notice) -> None:
        transaction = SqlTransaction(self._pool, {})
        endpoints = SqlEndpoints(transaction, self._sealed)
        echo = EchoToWebhooks(RecordEvents(endpoints, SqlDeliveries(transaction), SystemClock()))
        async with transaction:
            await SqlUserEvents(transaction, TimeOrderedIds(), echo).append(notices)

    async def close(self) -> None:
        await self._pool.close()


async def webhooks(server: Node, endpoints: int, events: int, kills: int, seed: int) -> list[str]:
    """The violations; prints two lines of figures. `events`: of each aggregate. The server has two workers."""
    database = await asyncpg.connect(server.admin_dsn)
    teller = Teller(server)
    try:
        async with running_receiver() as receiver:
            developers = await _developers(server, receiver, endpoints)
            found = await _reliable(server, database, teller, receiver, developers, (events, kills, seed))
            found += await _isolated(database, teller, receiver, developers)
            await database.execute("DELETE FROM webhooks.endpoints")
            return found
    finally:
        await teller.close()
        await database.close()


async def _developers(server: Node, receiver: Receiver, count: int) -> list[Developer]:
    owners = await people(server.admin_dsn, server.settings, "seller", count)
    made = []
    async with client(server.url, 16) as http:
        for number, owner in enumerate(owners):
            wish = {"url": receiver.url(f"/{number}"), "event_types": ["order.*"]}
            answer = await http.post("/webhooks/endpoints", json=wish, headers=owner.headers)
            answer.raise_for_status()
            made.append(Developer(owner.id, f"/{number}", answer.json()["data"]["secret"]))
    return made


async def _reliable(
    server: Node, database: asyncpg.Connection, teller: Teller, receiver: Receiver, developers: Sequence[Developer],
    size: tuple[int, int, int],
) -> list[str]:  # fmt: skip
    """Three in ten requests fail, workers are killed: still each event comes, in order, and signed."""
    events, kills, seed = size
    chance = random.Random(seed)
    accepted: dict[tuple[str, str], list[int]] = defaultdict(list)
    ids: dict[str, tuple[str, str, int]] = {}
    found = []

    def answer(heard: Heard) -> int:
        data = heard.event["data"]
        place = (heard.path, data["order_id"], data["number"])
        if ids.setdefault(heard.id, place) != place:
            found.append(f"{heard.id} is two events")
        try:
            heard.verified_by(developers[int(heard.path[1:])].secret)
        except WebhookVerificationError as error:
            found.append(f"{heard.id}: {error}")
        if chance.random() < FAILING:
            return 500
        line = accepted[heard.path, data["order_id"]]
        if data["number"] not in line:
            line.append(data["number"])
        return 200

    receiver.answering = answer
    began = time.perf_counter()
    orders = {one.path: [uuid4() for _ in range(ORDERS)] for one in developers}
    async with _time_flies(server):
        for number in range(events):
            for one in developers:
                await teller.tell(*(_moved(one, order, number) for order in orders[one.path]))
            if number < kills:
                server.kill("worker", number)
                await server.until_ready(30)
        await _until_sent(database)
    receiver.answering = lambda _: 200
    wanted = list(range(events))
    lines = [(path, str(order)) for path, its in orders.items() for order in its]
    lost = [accepted[line] for line in lines if sorted(accepted[line]) != wanted]
    mixed = [accepted[line] for line in lines if sorted(accepted[line]) == wanted != accepted[line]]
    found += [f"W4 lost: {line} came of {events} events" for line in lost[:3]]
    found += [f"W4 out of order: {line}" for line in mixed[:3]]
    if len(ids) != len(lines) * events:
        found.append(f"W4 {len(ids)} ids for {len(lines) * events} events")
    print(
        f"webhooks: {len(ids)} events to {len(developers)} endpoints that refuse {FAILING:.0%}, {kills} workers killed:"
        f" {len(receiver.heard)} requests in {time.perf_counter() - began:.1f} s, {len(lost)} lines with losses, "
        f"{len(mixed)} out of order; {len(found)} violations"
    )
    return found


async def _isolated(
    database: asyncpg.Connection, teller: Teller, receiver: Receiver, developers: Sequence[Developer]
) -> list[str]:
    """One endpoint in ten never answers or always fails: to the others events come as soon as before."""
    broken = {one.path for one in developers[::10]}
    sound = [one for one in developers if one.path not in broken]
    await database.execute("ANALYZE webhooks.deliveries, webhooks.endpoints")
    before = await _delays(teller, receiver, sound, developers)
    silent = set(list(broken)[::2])
    receiver.delay = lambda heard: NEVER if heard.path in silent else 0.0
    receiver.answering = lambda heard: 500 if heard.path in broken else 200
    after = await _delays(teller, receiver, sound, developers)
    again = await _delays(teller, receiver, sound, developers)
    await _until_sent(database, [receiver.url(path) for path in broken])
    found = []
    for name, delays in (("as they break", after), ("once they are known", again)):
        if _p95(delays) > 2 * _p95(before) + NOISE:
            found.append(f"W4 delay {name}: p95 {_p95(delays):.2f} s, before {_p95(before):.2f} s")
    print(
        f"webhooks: {len(broken)} of {len(developers)} endpoints dead or broken: delay of the others "
        + ", ".join(
            f"{name} {sorted(delays)[len(delays) // 2] * 1000:.0f}/{_p95(delays) * 1000:.0f} ms"
            for name, delays in (("before", before), ("as they break", after), ("once known", again))
        )
        + f" (median/p95); {len(found)} violations"
    )
    return found


async def _delays(
    teller: Teller, receiver: Receiver, sound: Sequence[Developer], everybody: Sequence[Developer]
) -> list[float]:
    """Seconds from the commit of one event for everybody to its arrival at each sound endpoint."""
    order, arrived = uuid4(), dict[str, float]()
    waited_for = {one.path for one in sound}
    done, answering = asyncio.Event(), receiver.answering

    def answer(heard: Heard) -> int:
        if heard.event["data"]["order_id"] == str(order):
            arrived.setdefault(heard.path, time.perf_counter())
        if waited_for <= arrived.keys():
            done.set()
        return answering(heard)

    receiver.answering = answer
    await teller.tell(*(_moved(one, order, 0) for one in sorted(everybody, key=lambda one: one.id)))
    began = time.perf_counter()
    await asyncio.wait_for(done.wait(), 60)
    receiver.answering = answering
    return [max(0.0, arrived[path] - began) for path in waited_for]


def _p95(delays: Sequence[float]) -> float:
    return sorted(delays)[len(delays) * 95 // 100]


def _moved(to: Developer, order: UUID, number: int) -> Notice:
    return Notice(UserId(to.id), "order_status_changed", {"order_id": order, "number": number})


@asynccontextmanager
async def _time_flies(server: Node) -> AsyncIterator[None]:
    """What waits for its next try does so for a moment only."""

    async def hurry() -> None:
        connection = await asyncpg.connect(server.admin_dsn)
        try:
            while True:
                await connection.execute(_SOON)
                await connection.execute(_DUE)
                await connection.execute("NOTIFY webhooks")
                await asyncio.sleep(0.1)
        finally:
            await connection.close()

    hurrying = asyncio.create_task(hurry())
    try:
        yield
    finally:
        hurrying.cancel()
        await asyncio.gather(hurrying, return_exceptions=True)


async def _until_sent(database: asyncpg.Connection, but: Sequence[str] = (), limit: float = 120) -> None:
    """`but` to those URLs."""
    until = time.monotonic() + limit
    while await database.fetchval(_PENDING, but):
        if time.monotonic() > until:
            raise RuntimeError(f"not sent after {limit:.0f} s: {await database.fetch(_ENDED)}")
        await asyncio.sleep(0.05)
