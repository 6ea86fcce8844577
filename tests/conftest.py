"""Fixtures for every test. Each pytest-xdist worker has engines of its own; unit tests start none."""

import gc
import os
import sys
from collections.abc import AsyncIterator, Generator, Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from redis.asyncio import Redis

from marketplace.adapters.sql.pool import Pool
from tests import canaries
from tests.engines import (
    Database,
    Engines,
    copied_database,
    migrated_template,
    open_folder,
    prefer_memory,
    running_engines,
)

prefer_memory()
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)  # the processes that tests start would compile us again and again
sys.dont_write_bytecode = False
settings.register_profile(
    "prove", max_examples=2_000, stateful_step_count=50, deadline=None, suppress_health_check=list(HealthCheck)
)
"""`pytest --hypothesis-profile=prove`: state machines at full size, for those that ask for the profile."""


LONGEST = ("tests/system/", "test_schemathesis.py", "test_matrix.py", "test_hostile_files.py", "test_idempotency.py")


def pytest_collection_finish() -> None:
    """What was collected stays: the garbage collector need not look at it with every few tests."""
    gc.collect()
    gc.freeze()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The longest files first: they would otherwise be what everybody waits for."""
    items.sort(key=lambda item: not any(name in item.nodeid for name in LONGEST))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """A test fails when an answer, an event or a line of its log held a card or a secret."""
    report = yield
    told = [*canaries.taken(), *canaries.written(report)]
    if told and report.passed:
        report.outcome, report.longrepr = "failed", "\n".join(["This must not be told:", *told])
    return report


@pytest.fixture(scope="session")
def engines(request: pytest.FixtureRequest) -> Iterator[Engines]:
    """PostgreSQL and Valkey: those of DATABASE_URL and REDIS_URL, else embedded ones in a folder of this session."""
    name: str = getattr(request.config, "workerinput", {}).get("workerid", "gw0")
    with running_engines(int(name.removeprefix("gw"))) as engines:
        yield engines


@pytest.fixture(scope="session")
def template(engines: Engines) -> Iterator[str]:
    """The name of the migrated database that the others are copies of: never connect to it."""
    with migrated_template(engines) as name:
        yield name


@pytest.fixture(scope="session")
def database(engines: Engines, template: str) -> Iterator[Database]:
    """One migrated database shared by all tests that only add rows of their own."""
    with copied_database(engines, template) as database:
        yield database


@pytest.fixture
def fresh_database(engines: Engines, template: str) -> Iterator[Database]:
    """A migrated database of this test alone, dropped afterwards."""
    with copied_database(engines, template) as database:
        yield database


@pytest.fixture
async def pool(database: Database) -> AsyncIterator[Pool]:
    pool = Pool(database.app_dsn)
    yield pool
    await pool.close()


@pytest.fixture
async def fresh_pool(fresh_database: Database) -> AsyncIterator[Pool]:
    pool = Pool(fresh_database.app_dsn)
    yield pool
    await pool.close()


@pytest.fixture(scope="session")
def redis_url(engines: Engines) -> str:
    """Ask for `redis` too where a test needs the database to be empty at its start."""
    return engines.redis_url


@pytest.fixture
async def redis(redis_url: str) -> AsyncIterator[Redis]:
    """A client that answers in bytes, on a database just emptied."""
    async with Redis.from_url(redis_url) as client:
        await client.flushdb()
        yield client


@pytest.fixture
def data_dir() -> Iterator[Path]:
    """An empty DATA_DIR for a test that starts engines of its own (`tmp_path` is closed to their system user)."""
    with open_folder() as path:
        yield path
