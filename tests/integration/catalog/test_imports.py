"""An import on a real database: cut off in the middle, run by two workers at once, and never half done or twice."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from uuid import UUID

import pytest
from redis.asyncio import Redis

from marketplace.application.catalog.imports import RunImport
from marketplace.domain.catalog.imports import ImportId
from marketplace.domain.shared.errors import Unavailable
from prove.people import Person
from tests.engines import Database
from tests.http.people.town import Town, running_town

HEADER = "title,price,category,feed_type,tags\n"
ROWS = 2_000


@pytest.fixture
async def town(fresh_database: Database, redis_url: str, redis: Redis, tmp_path: Path) -> AsyncIterator[Town]:
    async with running_town(fresh_database, redis_url, tmp_path, PRODUCTS_PER_SELLER="10000") as town:
        yield town


async def sent(town: Town, seller: Person, rows: int) -> ImportId:
    content = HEADER + "".join(f"Old camera {n},{n + 1}.50,electronics,community,a|b\n" for n in range(rows))
    answer = await town.client.post(
        "/api/v1/products/imports", files={"file": ("products.csv", content.encode())}, headers=seller.headers
    )
    return ImportId(UUID(answer.json()["data"]["id"]))


async def run(town: Town, import_id: ImportId) -> None:
    async with town.container() as scope:
        await (await scope.get(RunImport))(import_id)


async def numbers(town: Town, import_id: ImportId) -> tuple[str, int, int, int]:
    """Its status, the rows checked, the listings there are, and those on the storefront."""
    ((status, checked, listings, shown),) = await town.fetch(
        "SELECT status, checked, (SELECT count(*) FROM catalog.listings), (SELECT count(*) FROM catalog.storefront)"
        " FROM catalog.imports WHERE id = $1", import_id,
    )  # fmt: skip
    return status, checked, listings, shown


async def test_cut_off_in_the_middle_it_is_done_by_the_next_two_once(town: Town) -> None:
    seller = await town.person("seller")
    import_id = await sent(town, seller, ROWS)
    first = asyncio.create_task(run(town, import_id))
    while (await numbers(town, import_id))[1] == 0:
        assert not first.done()
    first.cancel()
    await asyncio.gather(first, return_exceptions=True)
    status, checked, *rest = await numbers(town, import_id)
    assert (status, rest) == ("running", [0, 0])
    assert 0 < checked < ROWS
    results = await asyncio.gather(run(town, import_id), run(town, import_id), return_exceptions=True)
    assert [one for one in results if one is not None and not isinstance(one, Unavailable)] == []
    assert await numbers(town, import_id) == ("done", ROWS, ROWS, ROWS)


async def test_all_rows_are_one_commit(town: Town) -> None:
    """What others see meanwhile is nothing of it, then all of it."""
    seller = await town.person("seller")
    import_id = await sent(town, seller, ROWS)
    work = asyncio.create_task(run(town, import_id))
    seen = set()
    while not work.done():
        status, _, listings, shown = await numbers(town, import_id)
        seen.add((status == "done", listings, shown))
    await work
    assert seen <= {(False, 0, 0), (True, ROWS, ROWS)}
    assert (False, 0, 0) in seen
    assert await numbers(town, import_id) == ("done", ROWS, ROWS, ROWS)
