import shutil
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import asyncpg
import pytest

from marketplace.adapters.embedded.postgres import APP_ROLE, EmbeddedPostgres
from marketplace.adapters.sql.migrate import migrate
from marketplace.adapters.sql.pool import Pool
from tests.engines import Database
from tests.integration.jobs.house import EFFECTS, House


@asynccontextmanager
async def _house(owner_dsn: str, app_dsn: str) -> AsyncIterator[House]:
    owner = await asyncpg.connect(owner_dsn)
    await owner.execute(EFFECTS)
    await owner.close()
    pool = Pool(app_dsn, size=30)
    yield House(app_dsn, pool)
    await pool.close()


@pytest.fixture
async def house(fresh_database: Database) -> AsyncIterator[House]:
    async with _house(fresh_database.owner_dsn, fresh_database.app_dsn) as house:
        yield house


@pytest.fixture
def own_postgres() -> Iterator[EmbeddedPostgres]:
    """A server of this test alone, which may stop it."""
    folder = Path(tempfile.mkdtemp(prefix="mk-"))
    folder.chmod(0o711)  # the server's own account passes through
    postgres = EmbeddedPostgres(folder)
    try:
        postgres.start()
        yield postgres
    finally:
        postgres.stop()
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
async def own_house(own_postgres: EmbeddedPostgres) -> AsyncIterator[House]:
    await migrate(own_postgres.owner_dsn, APP_ROLE, to="0001_jobs")
    async with _house(own_postgres.owner_dsn, own_postgres.app_dsn) as house:
        yield house
