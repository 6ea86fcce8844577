"""With 100,000 devices, what is asked about one of them or about one person goes by an index."""

from collections.abc import AsyncIterator, Iterator

import pytest

from marketplace.adapters.bridges.identity_asks_for_records import RECORDS
from marketplace.adapters.sql.notifications.push_tokens import (
    _ADDRESS,
    _ALL,
    _DROP_OLDEST,
    _OF,
    _PUT,
    _REMOVE,
    _REMOVE_OF,
    _REMOVE_OF_SESSIONS,
)
from tests.builders.identity import NOON
from tests.engines import Database, Engines, copied_database, execute
from tests.integration.plans import AN_ID, Planner, an_id, planning

MOST_PAGES = 60
FILL = (
    AN_ID,
    """
INSERT INTO notifications.push_tokens (id, user_id, session_id, platform, sealed, fingerprint, masked, device_name,
                                       created_at, registered_at)
SELECT an_id(n), an_id(n / 4), an_id(n), 'web', decode(repeat('ab', 200), 'hex'), int4send(n), '…', 'Firefox', now(),
    timestamptz '2026-01-01' + n * interval '1 second'
FROM generate_series(1, 100000) n""",
    "VACUUM ANALYZE notifications.push_tokens",
)
"""Four of each person."""


@pytest.fixture(scope="module")
def big_database(engines: Engines, template: str) -> Iterator[Database]:
    with copied_database(engines, template) as database:
        execute(database.admin_dsn, *FILL)
        yield database


@pytest.fixture
async def planner(big_database: Database) -> AsyncIterator[Planner]:
    async with planning(big_database, {"push_tokens"}) as planner:
        yield planner


async def test_those_of_one_person_are_found_by_an_index(planner: Planner) -> None:
    for statement in (_ALL, _OF):
        (await planner.plan(statement, user=an_id(7_777))).requires(rows=4, most_pages=MOST_PAGES)
    exported = await planner.plan_of(f"{RECORDS['push_devices']} LIMIT $2", an_id(7_777), 100)
    exported.requires(rows=4, most_pages=MOST_PAGES)


async def test_a_device_is_found_registered_and_removed_by_an_index(planner: Planner) -> None:
    (await planner.plan(_ADDRESS, token_id=an_id(7_777), owner=an_id(1_944))).requires(rows=1, most_pages=MOST_PAGES)
    device = {
        "id": an_id(200_000), "user_id": an_id(5), "session_id": an_id(5), "platform": "web", "sealed": r"\x00",
        "fingerprint": r"\x00001e61", "masked": "…", "device_name": "", "created_at": NOON, "registered_at": NOON,
    }  # fmt: skip
    (await planner.plan(_PUT, **device)).requires(rows=1, most_pages=MOST_PAGES)
    for statement, values in (
        (_REMOVE, {"token_id": an_id(7_777), "owner": an_id(1_944)}),
        (_REMOVE_OF, {"user": an_id(7_777)}),
        (_REMOVE_OF_SESSIONS, {"sessions": [an_id(1), an_id(99_999)]}),
    ):
        (await planner.plan(statement, **values)).requires(rows=0, most_pages=MOST_PAGES)
    (await planner.plan_of(_DROP_OLDEST, an_id(7_777), 2)).requires(rows=0, most_pages=MOST_PAGES)
