"""Calls under cuts and kills: none outlives its devices, none that came back in time ends, nobody is in two."""

import asyncio
import json
import random
import time
from collections.abc import Awaitable, Sequence
from contextlib import suppress
from typing import Any

import asyncpg
import httpx
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import WebSocketException

from marketplace.application.calls.calls import MISS_CALL
from marketplace.application.calls.presence import BEAT
from marketplace.domain.calls.call import GRACE, RINGING_TIME
from prove.checkers import violations
from prove.node import Node
from prove.people import Person, client, people

SLACK = 5.0
"""Seconds that a loaded machine may be late."""
LATEST = GRACE.total_seconds() + 2 * BEAT.total_seconds() + SLACK
LAST_RING = RINGING_TIME.total_seconds() + SLACK

_TWO_CALLS = """
SELECT 'user ' || m.user_id || ' is in ' || count(*) || ' live calls'
FROM calls.members m JOIN calls.calls c ON c.id = m.call_id
WHERE c.status IN ('ringing', 'active') GROUP BY m.user_id HAVING count(*) > 1
UNION ALL
SELECT 'call ' || c.id || ' is ' || c.status || ' on the line of user ' || m.user_id
FROM calls.members m JOIN calls.calls c ON c.id = m.call_id
WHERE m.is_live <> (c.status IN ('ringing', 'active'))"""
_LIVE = "SELECT count(*) FROM calls.calls WHERE status IN ('ringing', 'active')"
_NOT_TOLD = """
SELECT 'call ' || c.id || ', ' || c.status || ', was told ' || count(e.*) || ' times' FROM calls.calls c
LEFT JOIN notifications.user_events e ON e.data->>'call_id' = c.id::text
    AND e.name IN ('call:declined', 'call:missed', 'call:ended')
GROUP BY c.id, c.status HAVING count(e.*) <> CASE WHEN c.status = 'busy' THEN 1 ELSE 2 END"""
_STATUSES = "SELECT status, count(*) FROM calls.calls GROUP BY status ORDER BY status"
_LASTED = """
SELECT extract(epoch FROM ended_at)::float8 AS ended, status FROM calls.calls WHERE id = $1"""
_HURRY = (
    "UPDATE calls.members SET seen_at = seen_at - interval '1 minute' WHERE is_live",
    "UPDATE calls.calls SET started_at = started_at - interval '1 minute' WHERE status = 'ringing'",
    f"UPDATE jobs.job SET run_at = now() WHERE handler = '{MISS_CALL}' AND state = 'ready'",  # noqa: S608
    "SELECT pg_notify('jobs', '')",
)
"""As if a minute had passed without anybody."""


class Phone:
    """One person's only device. Connects again after every cut, until it is thrown away."""

    def __init__(self, server: Node, http: httpx.AsyncClient, person: Person, chance: random.Random) -> None:
        self.person = person
        self.conversations: list[str] = []
        self._url = f"{server.url.replace('http', 'ws')}/ws?token={person.token}"
        self._http = http
        self._chance = chance
        self._socket: ClientConnection | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self.online = asyncio.Event()
        self.answers = True

    async def ask(self, path: str, body: Any = None) -> dict[str, Any]:
        """The data or the problem; of what got no answer nothing."""
        with suppress(httpx.HTTPError, ValueError):
            answer = await self._http.post(path, json=body, headers=self.person.headers)
            found: dict[str, Any] = answer.json()
            return found.get("data") or found
        return {}

    async def call(self, conversation: str) -> dict[str, Any]:
        return await self.ask("/calls", {"conversation_id": conversation, "media": "audio"})

    async def stay_online(self) -> None:
        while True:
            with suppress(OSError, WebSocketException, TimeoutError, EOFError):
                async with connect(self._url, open_timeout=5, close_timeout=0.2) as self._socket:
                    async for text in self._socket:
                        await self._hear(json.loads(text))
            self.online.clear()
            await asyncio.sleep(0.05)

    async def use(self, stop: asyncio.Event) -> None:
        """Call, hang up and lose the connection at random."""
        while not stop.is_set():
            await asyncio.sleep(self._chance.uniform(0, 0.4))
            match self._chance.choices(["call", "cut"], [9, 1])[0]:
                case "call":
                    call = await self.call(self._chance.choice(self.conversations))
                    running = call.get("facts", {}).get("call_id") or call.get("id")
                    if running and self._chance.random() < 0.6:
                        await asyncio.sleep(self._chance.uniform(0, 0.3))
                        await self.ask(f"/calls/{running}/hangup")
                case "cut" if self._socket:
                    self._socket.transport.abort()

    async def _hear(self, frame: dict[str, Any]) -> None:
        match frame["type"]:
            case "connected":
                self.online.set()
            case "ping" if self._socket:
                await self._socket.send('{"type":"pong"}')
            case "call:incoming" if self.answers:
                task = asyncio.create_task(self._answer(frame["data"]["call_id"]))
                self._tasks.add(task)
                task.add_done_callback(self._tasks.discard)

    async def _answer(self, call_id: str) -> None:
        await asyncio.sleep(self._chance.uniform(0, 0.1))
        match self._chance.choices(["accept", "decline", "nothing"], [6, 2, 2])[0]:
            case "accept":
                await asyncio.gather(*(self.ask(f"/calls/{call_id}/accept") for _ in range(2)))
            case "decline":
                await self.ask(f"/calls/{call_id}/decline")


async def calls(server: Node, crowd: int, seconds: float, kills: int, seed: int, *, hurry: bool = False) -> list[str]:
    """The violations; prints a line of figures. In a hurry the database is told that time has passed."""
    chance, database = random.Random(seed), await asyncpg.connect(server.admin_dsn)
    try:
        async with client(server.url, crowd * 2) as http:
            made = await people(server.admin_dsn, server.settings, "buyer", crowd + 4)
            phones = [Phone(server, http, one, random.Random(chance.random())) for one in made]
            *users, faithful, friend, lost, abandoned = phones
            await _acquaint(phones)
            online = {phone: asyncio.create_task(phone.stay_online()) for phone in phones}
            async with asyncio.timeout(30):
                await asyncio.gather(*(phone.online.wait() for phone in phones))
            kept, broken = await _connected(faithful, friend), await _connected(lost, abandoned)
            online.pop(lost).cancel()
            gone_at, stop = time.time(), asyncio.Event()
            using = [asyncio.create_task(phone.use(stop)) for phone in users]
            found = await _watched(database, _kill(server, seconds, kills, chance))
            stop.set()
            await asyncio.gather(*using)
            if not hurry:
                found += await _ends_in_time(database, broken, gone_at)
            if await database.fetchval("SELECT status FROM calls.calls WHERE id = $1", kept) != "active":
                found.append(f"call {kept} ended, although both came back at once")
            for task in online.values():
                task.cancel()
            await asyncio.gather(*online.values(), return_exceptions=True)
        found += await _all_end(database, hurry=hurry)
        found += [row[0] for row in await database.fetch(_NOT_TOLD)]
        statuses = {row["status"]: row["count"] for row in await database.fetch(_STATUSES)}
    finally:
        await database.close()
    found += await violations(server.admin_dsn)
    print(
        f"calls: {sum(statuses.values())} of {crowd} people in {seconds:.0f} s with {kills} kills: "
        f"{', '.join(f'{count} {status}' for status, count in statuses.items())}; {len(found)} violations"
    )
    return found


async def _acquaint(phones: Sequence[Phone]) -> None:
    """Each with the next, and the last ones in pairs of their own."""
    for one, other in zip(phones, [*phones[1:], phones[0]], strict=True):
        started = await one.ask("/conversations", {"other_user_id": str(other.person.id)})
        one.conversations.append(started["id"])
        other.conversations.append(started["id"])


async def _connected(caller: Phone, callee: Phone) -> str:
    """A call of the two that was answered."""
    callee.answers = False
    (conversation,) = set(caller.conversations) & set(callee.conversations)
    call_id = str((await caller.call(conversation))["id"])
    await callee.ask(f"/calls/{call_id}/accept")
    return call_id


async def _kill(server: Node, seconds: float, kills: int, chance: random.Random) -> None:
    until = time.monotonic() + seconds
    for _ in range(kills):
        await asyncio.sleep(seconds / (kills + 1) / 2)
        server.kill(chance.choice(("http", "http", "worker")), chance.randrange(2))
        await server.until_ready(30)
    await asyncio.sleep(max(0.0, until - time.monotonic()))


async def _watched(database: asyncpg.Connection, work: Awaitable[None]) -> list[str]:
    """What was wrong while the work went on."""
    task, found = asyncio.ensure_future(work), set[str]()
    while not task.done():
        found.update(row[0] for row in await database.fetch(_TWO_CALLS))
        await asyncio.wait({task}, timeout=0.1)
    await task
    return sorted(found)


async def _ends_in_time(database: asyncpg.Connection, call_id: str, gone_at: float) -> list[str]:
    """The call one of whose devices went for good."""
    while (row := await database.fetchrow(_LASTED, call_id))["ended"] is None:
        if time.time() - gone_at > LATEST:
            return [f"call {call_id} goes on {LATEST:.0f} s after a device was gone"]
        await asyncio.sleep(0.1)
    late = row["ended"] - gone_at
    print(f"calls: one ended {late:.1f} s after its device was gone")
    return [] if GRACE.total_seconds() - 1 <= late <= LATEST else [f"call {call_id} ended after {late:.1f} s"]


async def _all_end(database: asyncpg.Connection, *, hurry: bool) -> list[str]:
    """Nobody is there any more."""
    until = time.monotonic() + max(LATEST, LAST_RING)
    while left := await database.fetchval(_LIVE):
        if time.monotonic() > until:
            return [f"{left} calls never ended"]
        for statement in _HURRY if hurry else ():
            await database.execute(statement)
        await asyncio.sleep(0.5)
    return []
