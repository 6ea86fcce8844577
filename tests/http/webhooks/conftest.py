from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from prove.ample_limits import AMPLE_LIMITS
from prove.receiver import Receiver, running_receiver
from tests.engines import Engines, copied_database
from tests.http.people.town import Town, running_town


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def town(
    engines: Engines, template: str, redis_url: str, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Town]:
    """One for all tests of a module, on a database of its own: its worker and its sender are at hand."""
    folder: Path = tmp_path_factory.mktemp("town")
    with copied_database(engines, template) as database:
        async with running_town(database, redis_url, folder, WEBHOOKS_TO_LOOPBACK="true", **AMPLE_LIMITS) as town:
            yield town


@pytest_asyncio.fixture(loop_scope="module")
async def receiver() -> AsyncIterator[Receiver]:
    async with running_receiver() as receiver:
        yield receiver
