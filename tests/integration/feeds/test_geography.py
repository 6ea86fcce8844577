"""What SQL computes of places is what Python does, by another formula."""

import random

from marketplace.adapters.sql.pool import Pool
from marketplace.domain.shared.geo import EARTH_RADIUS_KM, Location, km_of
from tests.unit.catalog.test_cells import cell_of, great_circle

CORNERS = [
    Location(latitude, longitude) for latitude in (-90, -89.9999, 0, 45, 90) for longitude in (-180, -179.9999, 0, 180)
]
MEASURED = """
SELECT catalog.cell(latitude, longitude), catalog.on_earth(latitude, longitude) <-> catalog.on_earth($3, $4)
FROM unnest($1::float8[], $2::float8[]) one(latitude, longitude)"""


async def test_cells_and_distances(pool: Pool) -> None:
    chance = random.Random(1)  # noqa: S311 - the same points in every run
    places = CORNERS + [Location(chance.uniform(-90, 90), chance.uniform(-180, 180)) for _ in range(1_000)]
    places += [Location(25 + chance.gauss(0, 0.01), 55 + chance.gauss(0, 0.01)) for _ in range(200)]
    latitudes, longitudes = [one.latitude for one in places], [one.longitude for one in places]
    for centre in (Location(25, 55), Location(90, 0), Location(-89.9999, 10), Location(0, 180), Location(-25, -125)):
        async with pool.connection() as connection:
            rows = await connection.fetch(MEASURED, latitudes, longitudes, centre.latitude, centre.longitude)
        assert [row[0] for row in rows] == [cell_of(place) for place in places]
        for place, (_, chord) in zip(places, rows, strict=True):
            exact = great_circle(centre, place) * EARTH_RADIUS_KM
            assert abs(km_of(chord) - exact) < (1e-6 if exact < 15_000 else 1e-1), (centre, place)
