"""How old an answer may be, over two processes."""

import asyncio
import time

import asyncpg
import pytest
from dishka import Provider, Scope, provide

from marketplace.adapters.sql.catalog.queries import SqlProductQueries
from marketplace.adapters.sql.pool import Pool
from marketplace.application.catalog.ports import ProductQueries
from marketplace.application.catalog.views import ProductView
from marketplace.application.shared.paging import Slice
from marketplace.domain.shared.ids import ListingId
from tests.engines import Database
from tests.http.answers.house import House, wire
from tests.realtime.harness import running_node, settings, until

pytestmark = pytest.mark.asyncio(loop_scope="module")
AT_ONCE = 1.0
"""Seconds from the commit until every process has forgotten; a few milliseconds, as a rule."""


async def until_seen(house: House, path: str, node: int, status: int, text: str = "") -> float:
    began = time.monotonic()
    while True:
        answer = await house.get(path, node)
        if answer.status_code == status and text in answer.text:
            return time.monotonic() - began
        assert time.monotonic() - began < AT_ONCE + 0.5, answer.text
        await asyncio.sleep(0.005)


async def test_a_change_is_seen_by_id_at_once_in_every_process(house: House) -> None:
    product = await house.product()
    path = f"/products/{product}"
    for turn in range(5):
        for node in (0, 1, 0, 1):
            assert (await house.get(path, node)).status_code == 200
        await house.rename(product, f"Renamed {turn}")
        for node in (0, 1):
            assert await until_seen(house, path, node, 200, f"Renamed {turn}") < AT_ONCE
    await house.move(product, "reserved")
    for node in (0, 1):
        assert await until_seen(house, path, node, 200, '"status":"sold"') < AT_ONCE
    await house.move(product, "sold")
    await house.move(await house.product(), "removed")


@pytest.mark.parametrize("gone", ["paused", "removed"])
async def test_what_is_taken_away_vanishes_by_id_and_from_every_list(house: House, gone: str) -> None:
    product = await house.product()
    paths = ("/products", "/products?category=electronics", f"/users/{house.seller.id}/products")
    for path in (*paths, f"/products/{product}"):
        for node in (0, 1):
            assert await until_seen(house, path, node, 200, product) <= AT_ONCE
    await house.move(product, gone)
    moved = time.monotonic()
    for node in (0, 1):
        assert await until_seen(house, f"/products/{product}", node, 404) < AT_ONCE
    while time.monotonic() < moved + AT_ONCE:
        await asyncio.sleep(0.02)
    for path in paths:
        for node in (0, 1):
            assert product not in (await house.get(path, node)).text


async def test_what_only_followers_may_see_from_now_on_is_nobody_elses(house: House) -> None:
    product = await house.product()
    path = f"/products/{product}"
    await house.get(path)
    await house.show_to(product, "followers")
    assert await until_seen(house, path, 0, 404) < AT_ONCE
    statuses = {
        name: (await house.get(path, who=getattr(house, name))).status_code
        for name in ("follower", "seller", "stranger", "blocked")
    }
    assert statuses == {"follower": 200, "seller": 200, "stranger": 404, "blocked": 404}
    assert (await house.get(path)).status_code == 404


async def test_clients_are_told_to_ask_again_before_five_seconds_are_over(house: House) -> None:
    answer = await house.get(f"/products/{await house.product()}")
    assert answer.headers["cache-control"] == "max-age=3, public"
    assert "age" not in answer.headers


async def test_a_process_that_hears_nothing_keeps_nothing_for_long(house: House, database: Database) -> None:
    product = await house.product()
    path = f"/products/{product}"
    await house.get(path)
    hub = house.nodes[0].hub
    admin = await asyncpg.connect(database.admin_dsn)
    try:
        ended = await admin.fetch(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
            "WHERE datname = current_database() AND query LIKE 'LISTEN%' OR query = 'SELECT 1'"
        )
        assert ended
        await house.rename(product, "Renamed unheard")
        assert await until_seen(house, path, 0, 200, "Renamed unheard") <= AT_ONCE
        await until(hub.listening.is_set)
        await house.get(path)
        await house.rename(product, "Renamed and heard")
        assert await until_seen(house, path, 0, 200, "Renamed and heard") < AT_ONCE
    finally:
        await admin.close()


class Counting(SqlProductQueries):
    calls = 0

    async def newest(
        self, *, after: ListingId | None, skip: int, limit: int, category: str | None
    ) -> Slice[ProductView]:
        self.calls += 1
        await asyncio.sleep(0.05)
        return await super().newest(after=after, skip=skip, limit=limit, category=category)


class CountingProvider(Provider):
    @provide(scope=Scope.APP, override=True)
    def queries(self, pool: Pool) -> ProductQueries:
        return Counting(pool)


async def test_two_hundred_misses_are_one_statement(database: Database, redis_url: str, tmp_path: object) -> None:
    async with running_node(settings(database, redis_url, tmp_path), 0, CountingProvider()) as node:  # type: ignore[arg-type]
        queries = await node.container.get(ProductQueries)
        assert isinstance(queries, Counting)

        async def one() -> int:
            async with wire(node) as connection:
                ((status, _, _),) = await connection.ask("GET /api/v1/products?per_page=7")
                return status

        assert await asyncio.gather(*(one() for _ in range(200))) == [200] * 200
        assert queries.calls == 1
