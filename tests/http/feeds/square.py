"""A town with a seller, things for sale in both feeds, and ways to read them to their end."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from uuid import UUID

from marketplace.application.catalog.live import ShowLive
from marketplace.application.catalog.ports import Signal, Signals
from marketplace.application.shared.ports import Transaction
from marketplace.domain.shared.ids import ListingId
from prove.people import Person
from tests.engines import Database
from tests.http.commerce.market import data
from tests.http.people.town import PRODUCT, Town, running_town

CENTRE: dict[str, Any] = {"latitude": 25.0, "longitude": 55.0}
VIDEO = "https://cdn.example/camera.m3u8"
KM = 1 / 111.19492664455873
"""Degrees of a meridian."""


class Square:
    def __init__(self, town: Town, seller: Person, other: Person, reader: Person) -> None:
        self.town = town
        self.seller, self.other, self.reader = seller, other, reader

    async def discover(self, seller: Person | None = None, **changes: Any) -> str:
        """The id of what is for sale there."""
        return await self.sell(seller, {"feed_type": "discover", "video_url": VIDEO, **changes})

    async def community(self, km_north: float, seller: Person | None = None, **changes: Any) -> str:
        place = {"latitude": CENTRE["latitude"] + km_north * KM, "longitude": CENTRE["longitude"]}
        return await self.sell(seller, {"location": place, **changes})

    async def sell(self, seller: Person | None, changes: Mapping[str, Any]) -> str:
        answer = await self.town.call("POST", "/products", seller or self.seller, {**PRODUCT, **changes})
        return str(data(answer, 201)["id"])

    async def feed(self, path: str, who: Person | None = None, **params: Any) -> Any:
        return data(await self.town.call("GET", f"/feeds/{path}", who, **params))

    async def ids(self, path: str, who: Person | None = None, **params: Any) -> list[str]:
        """Of a whole walk by cursor, two items a page."""
        found: list[str] = []
        page = await self.feed(path, who, per_page=2, **params)
        while True:
            found += [item["id"] for item in page["items"]]
            if not page["has_more"]:
                assert page["next_cursor"] is None
                return found
            page = await self.feed(path, who, per_page=2, cursor=page["next_cursor"], **params)

    async def near(self, who: Person | None = None, **params: Any) -> list[str]:
        return await self.ids("community", who, **{**CENTRE, **params})

    async def follow(self, who: Person, whom: Person) -> None:
        data(await self.town.call("POST", f"/users/{whom.id}/follow", who), 201)

    async def block(self, who: Person, whom: Person) -> None:
        data(await self.town.call("POST", f"/users/{whom.id}/block", who), 201)

    async def show_live(self, listing: str, *, is_live: bool) -> None:
        async with self.town.container() as scope:
            await (await scope.get(ShowLive))(ListingId(UUID(listing)), is_live=is_live)

    async def count(self, signal: Signal, listing: str, times: int) -> None:
        async with self.town.container() as scope:
            signals, transaction = await scope.get(Signals), await scope.get(Transaction)
            async with transaction:
                await signals.count(signal, {ListingId(UUID(listing)): times})

    async def move(self, listing: str, status: str) -> None:
        await self.town.fetch("UPDATE catalog.listing_states SET status = $2 WHERE listing_id = $1", listing, status)


EMPTY = """
TRUNCATE catalog.listings, catalog.listing_states, catalog.storefront, catalog.listing_signals, trading.negotiations,
    trading.offers, social.follows, social.follow_counts, social.blocks CASCADE"""


@asynccontextmanager
async def running_square(database: Database, redis_url: str, data_dir: Path) -> AsyncIterator[Square]:
    async with running_town(database, redis_url, data_dir) as town:
        await town.fetch(EMPTY)
        yield Square(town, await town.person("seller"), await town.person("seller"), await town.person())
