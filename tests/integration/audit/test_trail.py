"""The trail on PostgreSQL: who may write what, what a commit carries, sealing under load, and tampering past it all."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from uuid import uuid4

import asyncpg
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from marketplace.adapters.security.signatures import Ed25519Signer
from marketplace.adapters.sql.audit.batch import AuditBatch, write
from marketplace.adapters.sql.audit.chain import SqlAuditChain
from marketplace.adapters.sql.audit.seal import SqlSealAuditTrail
from marketplace.adapters.sql.pool import Pool
from marketplace.adapters.sql.transaction import SqlTransaction
from marketplace.application.shared.actor import Actor
from marketplace.application.shared.audit import Acting, AuditEntry
from marketplace.application.shared.audit_chain import Head, SignHead
from marketplace.application.shared.audit_verify import ProblemKind, ProblemView, verify_all
from marketplace.application.shared.caller import Caller
from marketplace.domain.identity.user import Role, UserRegistered
from marketplace.domain.shared.ids import SessionId, UserId
from marketplace.entrypoints.wiring.audited import AUDITED
from tests.builders.commerce import NOON
from tests.engines import Database

REFUSED = (
    "UPDATE audit.entries SET action = 'x'", "DELETE FROM audit.entries", "TRUNCATE audit.entries",
    "UPDATE audit.blocks SET number = 5", "DELETE FROM audit.blocks", "TRUNCATE audit.blocks",
)  # fmt: skip


@asynccontextmanager
async def connected(dsn: str) -> AsyncIterator[asyncpg.Connection]:
    connection = await asyncpg.connect(dsn)
    try:
        yield connection
    finally:
        await connection.close()


async def add(pool: Pool, count: int) -> None:
    batch = AuditBatch()
    async with pool.connection() as connection:
        await write(connection, [batch.row(AuditEntry(action="test.done", subject=uuid4())) for _ in range(count)])


async def problems(pool: Pool, head: Head | None = None) -> list[ProblemView]:
    return (await verify_all(SqlAuditChain(pool), head)).problems


async def test_the_application_may_add_and_nothing_else(fresh_database: Database) -> None:
    async with connected(fresh_database.app_dsn) as app:
        for statement in (*REFUSED, "UPDATE audit.unsealed SET entry_id = 5", "TRUNCATE audit.unsealed"):
            with pytest.raises(asyncpg.InsufficientPrivilegeError):
                await app.execute(statement)
        for statement in ("ALTER TABLE audit.entries DISABLE TRIGGER ALL", "SET session_replication_role = replica"):
            with pytest.raises(asyncpg.InsufficientPrivilegeError):
                await app.execute(statement)
    async with connected(fresh_database.owner_dsn) as owner:
        for statement in REFUSED:
            with pytest.raises(asyncpg.CheckViolationError, match="append-only"):
                await owner.execute(statement)


class Watched:
    """Counts what goes to the database."""

    def __init__(self, connection: asyncpg.Connection) -> None:
        self.queries: list[str] = []
        connection.add_query_logger(lambda query: self.queries.append(query.query))


async def test_a_commit_carries_its_entries_without_a_round_trip_of_their_own(fresh_pool: Pool) -> None:
    event = UserRegistered(occurred_at=NOON, user_id=UserId(uuid4()), username="ann", role=Role.BUYER)
    actor = Actor(UserId(uuid4()), SessionId(uuid4()), frozenset())
    key = uuid4()

    async def queries(*, job: bool, entry: bool) -> int:
        transaction = SqlTransaction(fresh_pool, {}, AuditBatch(AUDITED, None, Acting(actor)))
        async with transaction:
            watched = Watched(transaction.connection)
            if job:
                transaction.jobs.run("test.job", key)
            if entry:
                transaction.audit.publish(event)
                transaction.audit.note(AuditEntry(action="test.noted"))
        await asyncio.sleep(0)  # asyncpg tells of its queries in the next turn of the loop
        return len(watched.queries)

    await queries(job=True, entry=True)  # the first time, the driver asks for types too
    assert await queries(job=False, entry=False) == 1
    assert await queries(job=True, entry=False) == 2
    assert await queries(job=True, entry=True) == 2
    assert await queries(job=False, entry=True) == 2
    async with fresh_pool.connection() as connection:
        rows = await connection.fetch("SELECT * FROM audit.entries ORDER BY id")
        jobs = await connection.fetchval("SELECT count(*) FROM jobs.job WHERE handler = 'test.job'")
    assert jobs == 3
    assert [row["action"] for row in rows] == ["identity.user_registered", "test.noted"] * 3
    assert (rows[0]["actor"], rows[0]["subject"], rows[0]["facts"]) == (event.user_id, event.user_id, {"role": "buyer"})
    assert (rows[1]["actor"], rows[1]["session"]) == (actor.user, actor.session)


async def test_where_a_caller_comes_from_is_kept_as_a_keyed_hash(fresh_pool: Pool) -> None:
    rows = [
        AuditBatch(None, Caller(address, "device", "en", "request-1"), None, key).row(AuditEntry(action="test.done"))
        for address, key in (
            ("192.0.2.7", b"k"), ("192.0.2.7", b"k"), ("192.0.2.8", b"k"), ("192.0.2.7", b"other"),
            ("2001:db8::1", b"k"), ("2001:db8::2", b"k"), ("", b"k"),
        )
    ]  # fmt: skip
    async with fresh_pool.connection() as connection:
        await write(connection, rows)
        stored = await connection.fetch("SELECT network, request_id, entries::text FROM audit.entries ORDER BY id")
    same, again, neighbour, other_key, six, same_subscriber, nowhere = (row["network"] for row in stored)
    assert same == again
    assert six == same_subscriber
    assert nowhere == ""
    assert len({same, neighbour, other_key, six}) == 4
    assert {row["request_id"] for row in stored} == {"request-1"}
    assert not any(word in row["entries"] for row in stored for word in ("192.0", "2001:", "device"))


async def test_hostile_facts_are_stored_and_sealed(fresh_pool: Pool) -> None:
    facts: dict[str, str | int] = {
        "nul": "a\0b",
        "long": "x" * 1000,
        "large": 2**63,
        "small": -(2**60),
        "exact": 2**53 - 1,
    }
    async with fresh_pool.connection() as connection:
        await write(connection, [AuditBatch().row(AuditEntry(action="test.done", facts=facts))])
        await connection.execute(
            "WITH e AS (INSERT INTO audit.entries (action, subject_kind, outcome, facts, network, request_id) "
            "VALUES ('x', '', 'done', '{\"n\": 1e400, \"f\": 1.50}', '', '') RETURNING id) "
            "INSERT INTO audit.unsealed SELECT id FROM e"
        )
        stored = await connection.fetchval("SELECT facts FROM audit.entries WHERE action = 'test.done'")
    assert stored == {"nul": "ab", "long": "x" * 200, "large": str(2**63), "small": str(-(2**60)), "exact": 2**53 - 1}
    assert await SqlSealAuditTrail(fresh_pool)() == 2
    assert await problems(fresh_pool) == []


async def test_many_sealers_and_writers_leave_one_chain(fresh_pool: Pool) -> None:
    async def writer() -> None:
        for _ in range(20):
            await add(fresh_pool, 5)

    async def sealer() -> int:
        seal, sealed = SqlSealAuditTrail(fresh_pool, largest_block=7), 0
        for _ in range(40):
            sealed += await seal()
            await asyncio.sleep(0)
        return sealed

    results = await asyncio.gather(*(sealer() for _ in range(4)), *(writer() for _ in range(4)))
    rest = await SqlSealAuditTrail(fresh_pool)()
    assert sum(filter(None, results[:4])) + rest == 400
    view = await verify_all(SqlAuditChain(fresh_pool))
    assert (view.ok, view.entries) == (True, 400)


async def test_writers_do_not_wait_for_the_sealer(fresh_pool: Pool) -> None:
    await add(fresh_pool, 3)
    async with fresh_pool.connection() as connection, connection.transaction():
        await connection.execute("SELECT pg_advisory_xact_lock($1)", 0x61756469)
        await asyncio.wait_for(add(fresh_pool, 1), 1)
        assert await SqlSealAuditTrail(fresh_pool)() == 0
    assert await SqlSealAuditTrail(fresh_pool)() == 4


async def test_an_entry_of_a_late_commit_is_sealed_in_a_later_block(fresh_pool: Pool) -> None:
    slow = SqlTransaction(fresh_pool, {}, AuditBatch())
    async with slow:
        await write(slow.connection, [AuditBatch().row(AuditEntry(action="test.slow"))])
        await add(fresh_pool, 2)
        assert await SqlSealAuditTrail(fresh_pool)() == 2
        assert await problems(fresh_pool) == []
    assert await SqlSealAuditTrail(fresh_pool)() == 1
    first, second = await SqlAuditChain(fresh_pool).blocks(1)
    assert list(second.entry_ids) < list(first.entry_ids)
    assert await problems(fresh_pool) == []


TAMPERING: dict[str, tuple[str, Callable[[int], list[ProblemView]]]] = {
    "edit": (
        "UPDATE audit.entries SET facts = '{\"amount_minor\": 1}' WHERE id = $1",
        lambda id_: [ProblemView(ProblemKind.ENTRY_CHANGED, 2, id_)],
    ),
    "backdate": (
        "UPDATE audit.entries SET at = at - interval '1 microsecond' WHERE id = $1",
        lambda id_: [ProblemView(ProblemKind.ENTRY_CHANGED, 2, id_)],
    ),
    "delete": (
        "DELETE FROM audit.entries WHERE id = $1", lambda id_: [ProblemView(ProblemKind.ENTRY_MISSING, 2, id_)],
    ),
    "insert": (
        "INSERT INTO audit.entries (id, action, subject_kind, outcome, facts, network, request_id) "
        "OVERRIDING SYSTEM VALUE SELECT $1 - 1000, 'x', '', 'done', '{}', '', ''",
        lambda id_: [ProblemView(ProblemKind.ENTRY_OUTSIDE, None, id_ - 1000)],
    ),
    "unqueue": (
        "WITH e AS (INSERT INTO audit.entries (id, action, subject_kind, outcome, facts, network, request_id) "
        "OVERRIDING SYSTEM VALUE SELECT 90, 'x', '', 'done', '{}', '', '' WHERE $1::bigint > 0 RETURNING id) "
        "INSERT INTO audit.unsealed SELECT id + 1 FROM e",
        lambda _: [ProblemView(ProblemKind.ENTRY_OUTSIDE, None, 90), ProblemView(ProblemKind.ENTRY_MISSING, None, 91)],
    ),
    "block": (
        "UPDATE audit.blocks SET sealed_at = now() WHERE entry_ids @> ARRAY[$1::bigint]",
        lambda _: [ProblemView(ProblemKind.BLOCK_CHANGED, 2)],
    ),
}  # fmt: skip


@pytest.mark.parametrize("what", TAMPERING)
async def test_what_a_superuser_did_past_the_triggers_is_named(
    fresh_pool: Pool, fresh_database: Database, what: str
) -> None:
    for _ in range(3):
        await add(fresh_pool, 10)
        await SqlSealAuditTrail(fresh_pool)()
    entry = (await SqlAuditChain(fresh_pool).blocks(2))[0].entry_ids[4]
    statement, found = TAMPERING[what]
    async with connected(fresh_database.admin_dsn) as admin:
        await admin.execute("SET session_replication_role = replica")
        await admin.execute(statement, entry)
    assert await problems(fresh_pool) == found(entry)


async def test_a_cut_off_tail_is_found_by_the_signed_head(fresh_pool: Pool, fresh_database: Database) -> None:
    chain, signer = SqlAuditChain(fresh_pool), Ed25519Signer(b"s" * 32)
    assert await SignHead(chain, signer)() is None
    for _ in range(3):
        await add(fresh_pool, 10)
        await SqlSealAuditTrail(fresh_pool)()
    signed = await SignHead(chain, signer)()
    assert signed is not None
    key = Ed25519PublicKey.from_public_bytes(bytes.fromhex(signed.public_key))
    key.verify(bytes.fromhex(signed.signature), signed.head.encode())
    async with connected(fresh_database.admin_dsn) as admin:
        await admin.execute("SET session_replication_role = replica")
        await admin.execute(
            "WITH cut AS (DELETE FROM audit.blocks WHERE number = 3 RETURNING entry_ids) "
            "DELETE FROM audit.entries USING cut WHERE id = ANY (entry_ids)"
        )
    assert await problems(fresh_pool) == []
    assert await problems(fresh_pool, Head.parse(signed.head)) == [ProblemView(ProblemKind.TAIL_MISSING, 3)]
