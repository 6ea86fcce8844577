"""RT1: while messages flow, devices are cut and processes killed; everybody hears their own sequence whole, no more."""

import asyncio
import random
import time
from collections import defaultdict
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import cycle
from uuid import UUID, uuid4

import asyncpg
import httpx

from prove.checkers import violations
from prove.devices import Device, PlainDevice, SocketIoDevice, Speaker, StreamDevice
from prove.node import Node
from prove.people import Person, client, people
from prove.quiet import until_quiet

VICTIMS = ("http", "worker", "valkey", "postgres")
KINDS: tuple[type[Device], ...] = (SocketIoDevice, PlainDevice)
WRITERS = 16
GIVE_UP = 60.0
"""Seconds in which a message must be acknowledged, and at the end everything be heard."""

OUTSIDERS = 0.1
"""The share of sockets whose people talk with nobody."""


@dataclass
class Room:
    id: str
    members: tuple[Person, Person]
    written: list[str] = field(default_factory=list)
    """Their senders' names for the messages that were acknowledged."""


class Campaign:
    def __init__(self, server: Node, http: httpx.AsyncClient, seed: int) -> None:
        self._server = server
        self._http = http
        self._chance = random.Random(seed)
        self.rooms: list[Room] = []
        self.devices: list[Device] = []
        self.by_socket = 0
        self.found: list[str] = []

    async def gather(self, sockets: int, rooms: int) -> None:
        """As many talkers as rooms, each in two; the devices are dealt out in turn, the last to outsiders."""
        outside = max(2, round(sockets * OUTSIDERS))
        talkers = await people(self._server.admin_dsn, self._server.settings, "buyer", rooms)
        outsiders = await people(self._server.admin_dsn, self._server.settings, "buyer", outside // 2)
        for one, other in zip(talkers, [*talkers[1:], talkers[0]], strict=True):
            started = await self._http.post(
                "/conversations", json={"other_user_id": str(other.id)}, headers=one.headers
            )
            self.rooms.append(Room(started.json()["data"]["id"], (one, other)))
        owners = [*(owner for owner, _ in zip(cycle(talkers), range(sockets - outside), strict=False)), *outsiders * 2]
        seen: defaultdict[UUID, int] = defaultdict(int)
        for number, owner in enumerate(owners):
            self.devices.append(KINDS[(number + seen[owner.id]) % 2](self._server, owner))
            seen[owner.id] += 1
        self.devices += [StreamDevice(self._server, one) for one in talkers[: max(2, rooms // 20)]]

    async def write(self, messages: int, cuts: int, kills: int) -> None:
        """By several at once; the cuts and the kills are spread over the messages."""
        todo = iter(range(messages))
        every = max(1, messages // (kills + 1))
        wanted = 1.1 * cuts * len(self.devices) / messages
        listening: defaultdict[UUID, list[Device]] = defaultdict(list)
        for device in self.devices:
            listening[device.person.id].append(device)

        async def work() -> None:
            for number in todo:
                room = self.rooms[number % len(self.rooms)]
                author = room.members[(number // len(self.rooms)) % 2]
                await self._say(room, author, listening[author.id], number)
                for _ in range(int(wanted) + (self._chance.random() < wanted % 1)):
                    self._cut_one(cuts)
                if number % every == every - 1 and number // every < kills:
                    self._server.kill(VICTIMS[(number // every) % len(VICTIMS)], self._chance.randrange(2))

        await asyncio.gather(*(work() for _ in range(WRITERS)))

    def _cut_one(self, cuts: int) -> None:
        if left := [device for device in self.devices if device.is_connected and device.cuts < cuts]:
            self._chance.choice(left).cut()

    async def _say(self, room: Room, author: Person, devices: Sequence[Device], number: int) -> None:
        """Every other one over a socket; what is not acknowledged there is sent again over HTTP, under the same key."""
        message = {"content": f"Message {number}", "client_id": str(uuid4())}
        connected = [one for one in devices if isinstance(one, Speaker) and one.is_connected]
        by = self._chance.choice(connected) if number % 2 and connected else None
        if by and await by.send({"conversation_id": room.id, **message}):
            self.by_socket += 1
            room.written.append(message["client_id"])
            return
        until = time.monotonic() + GIVE_UP
        while True:
            with suppress(httpx.HTTPError):
                path = f"/conversations/{room.id}/messages"
                answer = await self._http.post(path, json=message, headers=author.headers)
                if answer.status_code == 201:
                    room.written.append(message["client_id"])
                    return
                if answer.status_code < 500:
                    raise RuntimeError(f"a message is answered {answer.status_code} {answer.text}")
            if time.monotonic() > until:
                raise RuntimeError(f"a message had no answer for {GIVE_UP} s")
            await asyncio.sleep(0.05)

    async def compare(self) -> None:
        connection = await asyncpg.connect(self._server.admin_dsn)
        try:
            await self._compare_sequences(connection)
            for room in self.rooms:
                await self._compare_room(room, connection)
        finally:
            await connection.close()
        await self._compare_pages(self.devices[0].person)

    async def _compare_sequences(self, connection: asyncpg.Connection) -> None:
        """Every device has heard its person's log: all of it, in order, and nothing else."""
        query = "SELECT user_id, array_agg(event_id::text ORDER BY seq) FROM notifications.user_events GROUP BY user_id"
        log = dict(await connection.fetch(query))
        until = time.monotonic() + GIVE_UP
        while time.monotonic() < until and any(one.heard != log.get(one.person.id, []) for one in self.devices):
            await asyncio.sleep(0.05)
        for one in self.devices:
            if one.heard != log.get(one.person.id, []):
                wanted = len(log.get(one.person.id, []))
                self.found.append(f"RT1 a {one.kind} of {one.person.id} heard {len(one.heard)} of {wanted} events")

    async def _compare_room(self, room: Room, connection: asyncpg.Connection) -> None:
        query = "SELECT seq, key::text FROM messaging.messages WHERE conversation_id = $1 ORDER BY seq"
        rows = await connection.fetch(query, UUID(room.id))
        numbers = list(range(1, len(rows) + 1))
        if [row["seq"] for row in rows] != numbers:
            self.found.append(f"RT1 conversation {room.id} has gaps")
        if sorted(row["key"] for row in rows) != sorted(room.written):
            self.found.append(
                f"V5 conversation {room.id} has {len(rows)} messages, {len(room.written)} were acknowledged"
            )
        for device in self.devices:
            wanted = numbers if device.person in room.members else []
            if device.messages[room.id] != wanted:
                heard = len(device.messages[room.id])
                self.found.append(f"RT1 a {device.kind} heard {heard} of {len(wanted)} messages of {room.id}")

    async def _compare_pages(self, person: Person) -> None:
        """What a socket tells is what GET /sync/events answers."""
        ids: list[str] = []
        more = True
        while more:
            query = {"after": len(ids), "limit": 500}
            page = (await self._http.get("/sync/events", params=query, headers=person.headers)).json()["data"]
            ids += [event["id"] for event in page["events"]]
            more = page["has_more"]
        if ids != self.devices[0].heard:
            self.found.append(f"RT1 GET /sync/events has {len(ids)} events, a socket {len(self.devices[0].heard)}")


async def messages(
    server: Node, *, sockets: int, rooms: int, messages: int, cuts: int, kills: int, seed: int
) -> list[str]:
    """The violations; prints a line of figures."""
    async with client(server.url, WRITERS) as http:
        campaign = Campaign(server, http, seed)
        await campaign.gather(sockets, rooms)
        listening = [asyncio.create_task(device.run()) for device in campaign.devices]
        started = time.perf_counter()
        try:
            while not all(device.is_connected for device in campaign.devices):
                await asyncio.sleep(0.05)
            await campaign.write(messages, cuts, kills)
            seconds = time.perf_counter() - started
            campaign.found += await until_quiet(server.admin_dsn)
            await campaign.compare()
        finally:
            for task in listening:
                task.cancel()
            await asyncio.gather(*listening, return_exceptions=True)
    cut = [device.cuts for device in campaign.devices]
    heard = sum(len(device.heard) for device in campaign.devices)
    print(
        f"messages: {messages} in {rooms} conversations ({campaign.by_socket} by sockets) in {seconds:.0f} s, "
        f"{len(campaign.devices)} devices cut {min(cut)} to {max(cut)} times, {kills} processes killed: "
        f"{heard} events heard, each once and in order; {len(campaign.found)} violations"
    )
    return campaign.found


async def messages_alone(server: Node, **sizes: int) -> list[str]:
    """On a server where nothing else happened, so that everything in its books must hold."""
    return await messages(server, **sizes) + await violations(server.admin_dsn)
