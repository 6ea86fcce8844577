"""The community feed: an index of places finds the nearest; from a cursor on, rings around the centre are read by an
index of squares, so what lies nearer is not read again (docs/adr/0020)."""

from itertools import count
from math import asin, pi, sqrt
from uuid import UUID

import asyncpg
import msgspec

from marketplace.adapters.sql.catalog.cells import Range, ranges_of_ring
from marketplace.adapters.sql.catalog.community_statements import (
    FARTHER,
    NEAREST,
    NEWEST_IN_CELLS,
    NEWEST_OF_ALL,
    RING,
    TOTAL,
)
from marketplace.adapters.sql.catalog.queries import view_of
from marketplace.adapters.sql.pool import Pool
from marketplace.application.catalog.feeds import (
    Affinities,
    Affinity,
    Around,
    CommunityFeed,
    CommunityPlace,
    CommunityQueries,
    NearbyItem,
)
from marketplace.application.shared.actor import Viewer
from marketplace.application.shared.paging import Slice
from marketplace.domain.shared.geo import EARTH_RADIUS_KM, chord_of, km_of

MOST_READ = 4_000
"""Rows of an index that one ring may cost; one that costs more was too wide."""
MOST_RINGS = 5
"""Of that bounded cost; then, where thousands lie at one point, whatever it takes."""
EVERYTHING = 2**31
ROWS_OF_A_CELL = 18
"""At most, and a quarter at least: to look a range up costs as much as to read some ten rows."""
FINEST_RING = 100
"""Cells are at least this part of the distance high: a ring has some 800 at most."""
SMALLEST_AREA = 1e-14
"""In square chords, some 60 cm in radius: more may lie at one point."""
LAST_ID = UUID(int=2**128 - 1)


class SqlCommunityQueries(CommunityQueries):
    def __init__(self, pool: Pool, affinities: Affinities) -> None:
        self._pool = pool
        self._affinities = affinities

    async def nearest(
        self, viewer: Viewer, around: Around, *, after: CommunityPlace | None, skip: int, limit: int
    ) -> CommunityFeed:
        asked = await self._asked(viewer, around)
        async with self._pool.connection() as connection:
            if after is None:
                total = await _counted(connection, around, asked)
                statement = (FARTHER if skip else NEAREST)[around.category is not None]
                rows = await statement.all(connection, **asked, skip=skip, limit=limit + 1)
            else:
                total = after.total
                rows = await _ring_after(connection, around, asked, after, limit + 1)
        return _feed(rows, after, skip, limit, total)

    async def newest(
        self, viewer: Viewer, around: Around, *, after: CommunityPlace | None, skip: int, limit: int
    ) -> CommunityFeed:
        asked = await self._asked(viewer, around) | {
            "id": after.id if after else LAST_ID, "skip": skip, "limit": limit + 1
        }  # fmt: skip
        by_category = around.category is not None
        async with self._pool.connection() as connection:
            total = after.total if after else await _counted(connection, around, asked)
            disc = cells_of(disc_of(around))
            rows = await NEWEST_IN_CELLS[by_category].all(connection, **asked, **disc, most=MOST_READ)
            if rows[0]["read"] == MOST_READ:
                rows = await NEWEST_OF_ALL[by_category].all(connection, **asked)
                if len(rows) <= limit:
                    rows = await NEWEST_IN_CELLS[by_category].all(connection, **asked, **disc, most=EVERYTHING)
        return _feed(rows, after, skip, limit, total)

    async def _asked(self, viewer: Viewer, around: Around) -> dict[str, object]:
        affinity = await self._affinities.of(viewer.user) if viewer.user else Affinity()
        return {
            "latitude": around.centre.latitude, "longitude": around.centre.longitude,
            "outer": chord_of(around.radius_km), "category": around.category,
            "sellers": affinity.sellers, "hidden": affinity.hidden,
        }  # fmt: skip


async def _counted(connection: asyncpg.Connection, around: Around, asked: dict[str, object]) -> int:
    statement = TOTAL[around.category is not None]
    total: int = await statement.value(connection, **asked, **cells_of(disc_of(around)), most=EVERYTHING)  # type: ignore[assignment]
    return total


def disc_of(around: Around) -> list[Range]:
    radius = around.radius_km / EARTH_RADIUS_KM
    return ranges_of_ring(around.centre, 0.0, radius, radius / 4)


def ring_of(around: Around, density: float, inner: float, outer: float) -> list[Range]:
    """`inner` and `outer` are chords."""
    size = max(sqrt(ROWS_OF_A_CELL * pi / density), outer / FINEST_RING)
    return ranges_of_ring(around.centre, _angle(inner), _angle(outer), min(size, pi))


async def _ring_after(
    connection: asyncpg.Connection, around: Around, asked: dict[str, object], after: CommunityPlace, wanted: int
) -> list[asyncpg.Record]:
    """Rings from the last listing outwards, as wide as its surroundings are sparse, until one holds the page."""
    inner, outer, density = after.chord, chord_of(around.radius_km), after.density
    statement = RING[around.category is not None]
    for attempt in count():
        far = min(outer, sqrt(inner**2 + 3 * wanted / density))
        most = MOST_READ if attempt < MOST_RINGS else EVERYTHING
        ring = cells_of(ring_of(around, density, inner, far))
        place = {"chord": inner, "id": after.id, "as_of": after.as_of, "skip": 0, "limit": wanted, "most": most}
        rows = await statement.all(connection, **asked | {"outer": far} | ring | place)
        if rows[0]["read"] == most:
            density *= 16
        elif len(rows) == wanted or far == outer:
            return rows
        else:
            density = len(rows) / (far**2 - inner**2)
    raise AssertionError("a ring is found or reaches the radius")


def cells_of(ranges: list[Range]) -> dict[str, list[int]]:
    return {"firsts": [first for first, _ in ranges], "lasts": [last for _, last in ranges]}


def _angle(chord: float) -> float:
    return 2 * asin(min(1.0, chord / 2))


def _feed(rows: list[asyncpg.Record], after: CommunityPlace | None, skip: int, limit: int, total: int) -> CommunityFeed:
    places = [row for row in rows if row["listing_id"] is not None]
    items = [
        NearbyItem(**msgspec.structs.asdict(view_of(row)), distance_km=round(km_of(row["chord"]), 2))
        for row in places[:limit]
        if row["id"] is not None
    ]
    found = Slice(items, total, len(places) > limit)
    if not found.has_more:
        return CommunityFeed(found, None)
    last = places[limit - 1]
    begun = after.chord if after else places[0]["chord"] if skip else 0.0
    density = limit / max(last["chord"] ** 2 - begun**2, SMALLEST_AREA)
    as_of = after.as_of if after else last["as_of"]
    return CommunityFeed(found, CommunityPlace(last["chord"], last["listing_id"], density, as_of, total))
