"""With 100,000 messages, every list, count and check goes by an index and costs no more for being long."""

from collections.abc import AsyncIterator, Iterator

import pytest

from marketplace.adapters.bridges.identity_asks_for_records import RECORDS
from marketplace.adapters.bridges.messaging_asks_notifications import FORGET
from marketplace.adapters.bridges.messaging_asks_social import INSIDE, OF
from marketplace.adapters.sql.invariants.checked import CHECKED
from marketplace.adapters.sql.messaging.attachments import ATTACHMENT, LOCKED, OF_MESSAGE, SENT, UNSENT_OF
from marketplace.adapters.sql.messaging.conversations import _FIND, _MADE_OF, _SENT_AS, _UNREAD
from marketplace.adapters.sql.messaging.queries import BEHIND, INBOX, LATEST, ONE, VERSIONS
from marketplace.adapters.sql.messaging.reports import (
    AROUND_IT,
    LAST_APPROACHES,
    LAST_TAKE_DOWN,
    REPORTED,
    STRANGERS,
)
from marketplace.adapters.sql.messaging.search import OF_CONVERSATION, OF_PERSON
from marketplace.application.messaging.presence import MOST_CONVERSATIONS
from tests.engines import Database, Engines, copied_database, execute
from tests.integration.plans import AN_ID, Planner, an_id, planning

PAGE = 20
BIG = {
    "attachments", "conversations", "members", "messages", "message_versions", "reports", "user_events",
    "moderation_items", "blocks",
}  # fmt: skip
MOST_PAGES_OF_A_LIST = 700
"""Of 21 conversations: each with its last message, and two members with their profiles."""
MOST_PAGES_BY_ID = 60
MOST_PAGES_OF_A_SEARCH = 3_000
BUSY = an_id(0)
LONG = an_id(1)
"""The conversation of 40,000 messages, of the busy one with number 1."""
FILL = (
    AN_ID,
    "SET session_replication_role = replica",
    """
INSERT INTO messaging.conversations (id, buyer_id, seller_id, low_id, high_id, listings, started_at, last_seq, last_at,
    run, approached_by, is_answered)
SELECT an_id(n), an_id(n), an_id(0), an_id(0), an_id(n), '{}', moment, CASE n WHEN 1 THEN 40000 ELSE 3 END, moment, 0,
    CASE WHEN n % 3 = 0 THEN an_id(0) END, n % 2 = 0
FROM (SELECT n, timestamptz '2026-01-01' + n * interval '1 second' AS moment FROM generate_series(1, 20000) n) each""",
    """
INSERT INTO messaging.members (conversation_id, user_id, read_seq, delivered_seq, unread, is_archived, is_muted,
    last_at)
SELECT id, member, 0, 0, 2, member = an_id(0) AND id > an_id(15000), false, last_at
FROM messaging.conversations, unnest(ARRAY[buyer_id, seller_id]) member""",
    """
INSERT INTO messaging.messages (conversation_id, seq, id, author_id, kind, content, data, flags, deleted_at,
    created_at, words)
SELECT each.*, moment, array_to_tsvector(ARRAY['hello', 'word' || seq % 500, messaging.mark('@', an_id(0), moment),
    messaging.mark('#', conversation_id, moment)])
FROM (
    SELECT an_id(n) AS conversation_id, seq, an_id(3 * n + seq), CASE seq WHEN 2 THEN an_id(0) ELSE an_id(n) END,
        'text', 'Hello', '{}'::jsonb, CASE WHEN n % 100 = 0 AND seq = 1 THEN '{taken_down}'::text[] ELSE '{}' END,
        CASE WHEN n % 100 = 0 AND seq = 1 THEN now() END
    FROM generate_series(2, 20000) n, generate_series(1, 3) seq
    UNION ALL
    SELECT an_id(1), n, an_id(100000 + n), an_id(n % 2), 'text', 'Hello', '{}', '{}', NULL
    FROM generate_series(1, 40000) n
) each, LATERAL (SELECT timestamptz '2026-01-01' + seq % 400 * interval '1 day' AS moment) at""",
    """
INSERT INTO messaging.message_versions (message_id, number, content, data, replaced_at)
SELECT an_id(100000 + n), 1, 'Hallo', '{}', now() FROM generate_series(1, 20000) n""",
    """
INSERT INTO notifications.user_events (user_id, seq, event_id, name, data)
SELECT an_id(0), n, an_id(n), CASE WHEN n % 2 = 0 THEN 'message:new' ELSE 'messages:read' END,
    jsonb_build_object('messageId', an_id(n), 'content', 'Hello') FROM generate_series(1, 100000) n""",
    """
INSERT INTO catalog.moderation_items (id, kind, message_id, review_id, opened_at, reports)
SELECT an_id(n), 'message', an_id(100000 + n), NULL, now(), 1 FROM generate_series(1, 10000) n
UNION ALL SELECT an_id(n), 'feedback', NULL, an_id(n), now(), 1 FROM generate_series(10001, 20000) n""",
    """
INSERT INTO messaging.reports (message_id, reporter_id, item_id, reason, reported_at)
SELECT an_id(100000 + n), an_id(n), an_id(n), 'spam', now() FROM generate_series(1, 10000) n""",
    """
INSERT INTO social.blocks (blocker_id, blocked_id, created_at)
SELECT an_id(CASE WHEN n % 2 = 0 THEN 0 ELSE n END), an_id(19999 + n % 100 * 1000 + n), now()
FROM generate_series(1, 50000) n""",
    """
INSERT INTO messaging.attachments (id, conversation_id, owner_id, message_id, name, ending, size, sha256, added_at)
SELECT an_id(n), an_id(1), an_id(0), CASE WHEN n > 50 THEN an_id(100000 + n) END, '', 'pdf', 1, '', now()
FROM generate_series(1, 20000) n""",
    "VACUUM ANALYZE messaging.attachments, messaging.conversations, messaging.members, messaging.messages,"
    " messaging.message_versions, messaging.reports, notifications.user_events, catalog.moderation_items,"
    " social.blocks",
)


@pytest.fixture(scope="module")
def big_database(engines: Engines, template: str) -> Iterator[Database]:
    with copied_database(engines, template) as database:
        execute(database.admin_dsn, *FILL)
        yield database


@pytest.fixture
async def planner(big_database: Database) -> AsyncIterator[Planner]:
    async with planning(big_database, BIG) as planner:
        yield planner


@pytest.mark.parametrize(("archived", "place"), [(False, "2026-01-01 01:00"), (True, "2026-01-01 05:00")])
async def test_a_deep_page_of_a_busy_inbox_costs_no_more_than_the_first(
    planner: Planner, archived: bool, place: str
) -> None:
    by_number = await planner.plan_of(INBOX[archived, False], BUSY, PAGE + 1, 0)
    first = await planner.plan_of(INBOX[archived, True], BUSY, PAGE + 1, "2030-01-01", an_id(0))
    deep = await planner.plan_of(INBOX[archived, True], BUSY, PAGE + 1, place, an_id(0))
    for plan in (by_number, first, deep):
        plan.requires(rows=PAGE + 1, most_pages=MOST_PAGES_OF_A_LIST)
    assert deep.pages <= 1.5 * first.pages
    quiet = await planner.plan_of(INBOX[False, False], an_id(7), PAGE + 1, 0)
    quiet.requires(rows=1, most_pages=MOST_PAGES_BY_ID)
    (await planner.plan_of(ONE, an_id(7), BUSY)).requires(rows=1, most_pages=MOST_PAGES_BY_ID)


async def test_a_word_is_found_among_all_messages_of_a_busy_person(planner: Planner) -> None:
    later = ("2030-01-01", an_id(0), PAGE + 1)
    for sql, whose in ((OF_PERSON, BUSY), (OF_CONVERSATION, LONG)):
        for word in ("'hello'", "'word7'"):
            (await planner.plan_of(sql, word, whose, *later)).requires(rows=PAGE + 1, most_pages=MOST_PAGES_OF_A_SEARCH)
        (await planner.plan_of(sql, "'hello'", an_id(7), *later)).requires(
            rows=3 if sql == OF_CONVERSATION else 0, most_pages=MOST_PAGES_OF_A_SEARCH
        )  # fmt: skip


async def test_attachments_of_a_person_with_many(planner: Planner) -> None:
    wanted, messages = ([an_id(start + n) for n in range(1, 11)] for start in (0, 100_000))
    (await planner.plan_of(LOCKED, wanted)).requires(rows=10, most_pages=MOST_PAGES_BY_ID)
    (await planner.plan_of(SENT, wanted, messages)).requires(rows=0, most_pages=500)
    (await planner.plan_of(UNSENT_OF, BUSY)).requires(rows=50, most_pages=MOST_PAGES_BY_ID)
    (await planner.plan_of(OF_MESSAGE, an_id(100_051))).requires(rows=1, most_pages=MOST_PAGES_BY_ID)
    (await planner.plan_of(ATTACHMENT, BUSY, an_id(51))).requires(rows=1, most_pages=MOST_PAGES_BY_ID)
    (await planner.plan_of(f"{RECORDS['attachments']} LIMIT 100", BUSY)).requires(rows=100, most_pages=200)


@pytest.mark.parametrize("at", [3, 20_000, 39_000])
async def test_a_long_conversation_is_read_at_any_place(planner: Planner, at: int) -> None:
    rows = min(PAGE, at - 1)
    (await planner.plan_of(LATEST, LONG, at, PAGE)).requires(rows=rows, most_pages=MOST_PAGES_BY_ID)
    (await planner.plan_of(BEHIND, LONG, at, PAGE)).requires(rows=PAGE, most_pages=MOST_PAGES_BY_ID)
    (await planner.plan_of(AROUND_IT, LONG, at)).requires(rows=min(10, at + 4), most_pages=MOST_PAGES_BY_ID)


async def test_what_is_asked_with_every_message(planner: Planner) -> None:
    nothing: list[tuple[str, tuple[object, ...]]] = [
        (_SENT_AS, (LONG, BUSY, an_id(5))), (_MADE_OF, (LONG, an_id(5))), (LAST_TAKE_DOWN, (an_id(7),)),
        (FORGET, (str(an_id(50_000)),)), (VERSIONS, (an_id(5), an_id(6))),
    ]  # fmt: skip
    one: list[tuple[str, tuple[object, ...]]] = [
        (STRANGERS, (BUSY, an_id(7))), (_FIND, (an_id(7), BUSY, None, None)), (_UNREAD, (LONG, BUSY, 39_000)),
        (LAST_TAKE_DOWN, (an_id(100),)), (VERSIONS, (an_id(100_001), BUSY)),
    ]  # fmt: skip
    for rows, statements in enumerate((nothing, one)):
        for sql, arguments in statements:
            (await planner.plan_of(sql, *arguments)).requires(rows=rows, most_pages=MOST_PAGES_BY_ID)
    (await planner.plan_of(LAST_APPROACHES, BUSY, 51)).requires(rows=51, most_pages=MOST_PAGES_BY_ID)


async def test_who_is_told_of_a_busy_person_and_of_a_hundred_others(planner: Planner) -> None:
    """MOST_CONVERSATIONS of 15,000, among 50,000 blocks."""
    (await planner.plan_of(OF, [BUSY])).requires(rows=1, most_pages=MOST_CONVERSATIONS * 20)
    (await planner.plan_of(OF, [an_id(n) for n in range(1, 101)])).requires(rows=100, most_pages=100 * 20)
    (await planner.plan_of(INSIDE, an_id(7), BUSY)).requires(rows=2, most_pages=MOST_PAGES_BY_ID)


@pytest.mark.parametrize("by_cursor", [False, True])
async def test_a_full_queue_of_reported_messages(planner: Planner, by_cursor: bool) -> None:
    plan = await planner.plan_of(REPORTED[by_cursor], an_id(5_000) if by_cursor else 0, PAGE + 1)
    plan.requires(rows=PAGE + 1, most_pages=2_500)


@pytest.mark.parametrize(("kind", "rows"), [("conversations", 1), ("messages", 2)])
async def test_a_person_takes_along_what_they_wrote(planner: Planner, kind: str, rows: int) -> None:
    plan = await planner.plan_of(f"{RECORDS[kind]} LIMIT 1000", an_id(7))
    plan.requires(rows=rows, most_pages=MOST_PAGES_BY_ID)


@pytest.mark.parametrize("name", ["conversation_is_numbered", "unread_is_a_recount", "cursors_are_within"])
async def test_what_is_checked_every_minute_reads_what_came_lately(planner: Planner, name: str) -> None:
    (invariant,) = [one for one in CHECKED if one.name == name]
    await planner.connection.execute("SET plan_cache_mode = force_custom_plan")
    plan = await planner.plan_of(invariant.sql, an_id(139_900))
    assert plan.whole_tables_read == set()
    assert plan.pages < 3_500
