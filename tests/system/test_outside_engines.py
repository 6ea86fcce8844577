"""The same code on engines that are not ours: PostgreSQL 15 of the distribution, where it is on the machine."""

import asyncio
import os
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from marketplace.adapters.embedded.postgres import EmbeddedPostgres
from marketplace.adapters.embedded.valkey import EmbeddedValkey
from prove.checkers import violations
from prove.node import free_port, node
from prove.people import client, people
from prove.quiet import until_quiet
from tests.engines import open_folder
from tests.system.test_checkers import deal

DEBIAN = Path("/usr/lib/postgresql/15/bin")
BINARIES = [pytest.param(DEBIAN, id="debian-15") if DEBIAN.exists() else pytest.param(None, id="wheel")]
pytestmark = [pytest.mark.timeout(120)]


@pytest.fixture(params=BINARIES)
def outside(request: pytest.FixtureRequest) -> Iterator[tuple[EmbeddedPostgres, EmbeddedValkey]]:
    with open_folder() as folder:
        engines = EmbeddedPostgres(folder, bin_dir=request.param), EmbeddedValkey(folder)
        for engine in engines:
            engine.start()
        yield engines
        for engine in engines:
            engine.stop()


async def test_a_deal_on_outside_engines(outside: tuple[EmbeddedPostgres, EmbeddedValkey]) -> None:
    postgres, valkey = outside
    urls = {
        "DATABASE_URL": postgres.app_dsn, "MIGRATION_DATABASE_URL": postgres.owner_dsn, "REDIS_URL": valkey.url,
    }  # fmt: skip
    admin = postgres.dsn("postgres")
    async with node(None, WORKERS="2", **urls) as server, client(server.url, 2) as http:
        (seller,) = await people(admin, server.settings, "seller", 1)
        (buyer,) = await people(admin, server.settings, "buyer", 1)
        await deal(http, seller, buyer)
        assert await until_quiet(admin) == []
        assert await violations(admin) == []


async def test_a_superuser_is_refused_in_one_line(
    outside: tuple[EmbeddedPostgres, EmbeddedValkey], data_dir: Path
) -> None:
    postgres, valkey = outside
    environ = os.environ | {
        "DATABASE_URL": postgres.dsn("postgres"), "MIGRATION_DATABASE_URL": postgres.owner_dsn,
        "REDIS_URL": valkey.url, "DATA_DIR": str(data_dir), "PORT": str(free_port()),
    }  # fmt: skip
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "marketplace", "serve", env=environ, stderr=asyncio.subprocess.PIPE
    )
    refusal = (await asyncio.wait_for(process.communicate(), 60))[1].decode().strip()
    assert process.returncode == 1
    assert "superuser" in refusal
    assert "\n" not in refusal
