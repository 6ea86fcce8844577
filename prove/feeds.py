"""C7: walks of every list by cursor while listings come and go. Nothing is shown twice, nothing that stayed is left
out, the order holds, and a changed cursor is refused."""

import asyncio
import random
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import asyncpg
import httpx

from marketplace.adapters.ids import TimeOrderedIds
from prove.node import Node
from prove.people import client, people

_LISTINGS = """
INSERT INTO catalog.listings (id, seller_id, title, description, price_minor, fee_minor, currency, category, condition,
                              channel, kind, audience, image_urls, video_url, tags, created_at, latitude, longitude)
SELECT id, $2, 'Walked', '', 100, 5, 'AED', category, 'good', $3, 'product', 'everyone', '{}',
       'https://cdn.example/v.m3u8', '{}', now(), latitude, longitude
FROM unnest($1::uuid[], $4::text[], $5::float8[], $6::float8[]) one(id, category, latitude, longitude)
"""
_STATES = "INSERT INTO catalog.listing_states (listing_id, status) SELECT id, 'active' FROM unnest($1::uuid[]) one(id)"
_MOVE = "UPDATE catalog.listing_states SET status = $2 WHERE listing_id = $1 AND status = ANY ($3)"
_PLACE = "UPDATE catalog.listings SET latitude = $2, longitude = $3, category = $4 WHERE id = $1"
_COUNT = """
INSERT INTO catalog.listing_signals AS known (listing_id, views, is_live) VALUES ($1, $2, $3)
ON CONFLICT (listing_id) DO UPDATE SET views = known.views + $2, is_live = $3"""
CENTRE = (25.2, 55.27)
RADIUS = 20
CATEGORIES = ("electronics", "books")
Call = Callable[[str, dict[str, Any]], Awaitable[httpx.Response]]
Between = Callable[[], Awaitable[None]]


@dataclass
class Walked:
    """`changing` are those that may come and go."""

    dsn: str
    seller: UUID
    seed: int
    stable: dict[str, list[UUID]] = field(default_factory=dict)
    changing: list[UUID] = field(default_factory=list)
    changes: int = 0

    def __post_init__(self) -> None:
        self.chance = random.Random(self.seed)
        self._ids = TimeOrderedIds()

    def somewhere(self) -> tuple[float, float]:
        """Many share a point."""
        step = self.chance.choice((0.0, 0.01, 0.05))
        return CENTRE[0] + step * self.chance.gauss(0, 1), CENTRE[1] + step * self.chance.gauss(0, 1)

    async def publish(self, connection: asyncpg.Connection, channel: str, count: int) -> list[UUID]:
        ids = [self._ids.new() for _ in range(count)]
        places = [self.somewhere() for _ in ids]
        categories = [self.chance.choice(CATEGORIES) for _ in ids]
        async with connection.transaction():
            await connection.execute(
                _LISTINGS, ids, self.seller, channel, categories, [one for one, _ in places], [one for _, one in places]
            )
            await connection.execute(_STATES, ids)
        return ids

    async def fill(self, each: int) -> None:
        """So many of each channel that stay, and as many that may not, published by turns."""
        async with self.connection() as connection:
            for channel in ("discover", "community"):
                self.stable[channel] = []
                for _ in range(10):
                    self.stable[channel] += await self.publish(connection, channel, each // 10)
                    self.changing += await self.publish(connection, channel, each // 10)
            for listing in self.changing + self.stable["discover"]:
                await connection.execute(
                    _COUNT, listing, self.chance.choice((0, 1, 10, 100)), self.chance.random() < 0.1
                )

    async def change(self, connection: asyncpg.Connection) -> None:
        listing = self.chance.choice(self.changing)
        match self.chance.randrange(8):
            case 0:
                channel = self.chance.choice(("discover", "community"))
                self.changing += await self.publish(connection, channel, 1)
            case 1:
                await connection.execute(_MOVE, listing, "paused", ["active"])
            case 2:
                await connection.execute(_MOVE, listing, "reserved", ["active"])
            case 3:
                await connection.execute(_MOVE, listing, "active", ["paused", "reserved"])
            case 4 | 5:
                await connection.execute(_PLACE, listing, *self.somewhere(), self.chance.choice(CATEGORIES))
            case 6:
                await connection.execute(_COUNT, listing, self.chance.choice((1, 10, 1_000)), False)
            case _:
                await connection.execute(_COUNT, listing, 1, True)
        self.changes += 1

    @asynccontextmanager
    async def changing_all_the_while(self, writers: int) -> AsyncIterator[None]:
        stop = asyncio.Event()

        async def write() -> None:
            async with self.connection() as connection:
                while not stop.is_set():
                    await self.change(connection)

        tasks = [asyncio.create_task(write()) for _ in range(writers)]
        try:
            yield
        finally:
            stop.set()
            await asyncio.gather(*tasks)

    @asynccontextmanager
    async def connection(self) -> AsyncIterator[asyncpg.Connection]:
        connection = await asyncpg.connect(self.dsn)
        try:
            yield connection
        finally:
            await connection.close()


@dataclass(frozen=True, slots=True)
class Walk:
    """One list, read to its end; its items are of these channels."""

    name: str
    path: str
    params: dict[str, Any]
    channels: tuple[str, ...]


_AROUND = {"latitude": CENTRE[0], "longitude": CENTRE[1], "radius_km": RADIUS * 5}
WALKS = (
    Walk("products", "/products", {}, ("discover", "community")),
    Walk("discover, recent", "/feeds/discover", {"sort": "recent"}, ("discover",)),
    Walk("discover, top", "/feeds/discover", {"sort": "top", "explain": "true"}, ("discover",)),
    Walk("community, nearest", "/feeds/community", {**_AROUND, "sort": "nearest"}, ("community",)),
    Walk("community, recent", "/feeds/community", {**_AROUND, "sort": "recent"}, ("community",)),
)


async def walked(call: Call, walk: Walk, per_page: int, between: Between) -> tuple[list[dict[str, Any]], list[str]]:
    """The items and the cursors; `between` is awaited after each page."""
    items: list[dict[str, Any]] = []
    cursors: list[str] = []
    params = {**walk.params, "per_page": per_page}
    while True:
        answer = await call(walk.path, params)
        page = answer.raise_for_status().json()["data"]
        items += page["items"]
        if page["next_cursor"] is None:
            return items, cursors
        cursors.append(page["next_cursor"])
        params["cursor"] = cursors[-1]
        await between()


def faults(walk: Walk, items: Sequence[dict[str, Any]], stayed: Sequence[UUID]) -> list[str]:
    ids = [UUID(item["id"]) for item in items]
    found = []
    if doubles := len(ids) - len(set(ids)):
        found.append(f"{walk.name}: {doubles} shown twice")
    if missing := len(set(stayed) - set(ids)):
        found.append(f"{walk.name}: {missing} left out")
    keys = [_key(walk, item) for item in items]
    if keys != sorted(keys):
        found.append(f"{walk.name}: out of order")
    return found


def _key(walk: Walk, item: dict[str, Any]) -> tuple[Any, ...]:
    newest = tuple(-part for part in UUID(item["id"]).bytes)
    match walk.name:
        case "discover, recent":
            return (not item["is_live"], newest)
        case "discover, top":
            return (not item["is_live"],)
        case "community, nearest":
            return (item["distance_km"],)
        case _:
            return (newest,)


async def tampered(call: Call, walk: Walk, cursor: str, chance: random.Random) -> list[str]:
    place = chance.randrange(len(cursor))
    changed = cursor[:place] + chance.choice([one for one in "ABab01-_" if one != cursor[place]]) + cursor[place + 1 :]
    answer = await call(walk.path, {**walk.params, "cursor": changed})
    refused = answer.status_code == 400 and answer.json()["code"] == "invalid_cursor"
    return [] if refused else [f"{walk.name}: a changed cursor is answered {answer.status_code}"]


async def all_walks(call: Call, market: Walked, per_page: int, changes: int) -> list[str]:
    """What was violated; so many changes are made after each page."""
    found: list[str] = []
    async with market.connection() as connection:

        async def between() -> None:
            async with connection.transaction():
                for _ in range(changes):
                    await market.change(connection)

        for walk in WALKS:
            items, cursors = await walked(call, walk, per_page, between)
            stayed = [one for channel in walk.channels for one in market.stable[channel]]
            found += faults(walk, items, stayed)
            found += await tampered(call, walk, market.chance.choice(cursors), market.chance)
    return found


async def feeds(server: Node, each: int, rounds: int, seed: int) -> list[str]:
    """The violations; prints a line of figures."""
    (seller,) = await people(server.admin_dsn, server.settings, "seller", 1)
    market = Walked(server.admin_dsn, seller.id, seed)
    await market.fill(each)
    began = time.perf_counter()
    async with client(server.url, 1) as http:

        async def call(path: str, params: dict[str, Any]) -> httpx.Response:
            return await http.get(path, params=params)

        found = []
        async with market.changing_all_the_while(writers=4):
            for _ in range(rounds):
                found += await all_walks(call, market, per_page=20, changes=5)
    print(
        f"feeds: {rounds * len(WALKS)} walks by cursor, {each} listings of each channel that stay, "
        f"{market.changes} changes meanwhile in {time.perf_counter() - began:.0f} s; {len(found)} violations"
    )
    return found
