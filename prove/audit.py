"""O5: a long audit trail is verified quickly, and of many manipulations each one is found and named.

Manipulations are made as a superuser with triggers disabled, many at once in blocks far from each other, and rolled
back after each verification of the whole trail; tails are cut off one at a time.
"""

import random
import tempfile
import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import asyncpg

from marketplace.adapters.embedded.postgres import APP_ROLE, EmbeddedPostgres
from marketplace.adapters.sql.audit.chain import SqlAuditChain
from marketplace.adapters.sql.audit.seal import SqlSealAuditTrail
from marketplace.adapters.sql.migrate import migrate
from marketplace.adapters.sql.pool import Pool
from marketplace.application.shared.audit_chain import Head
from marketplace.application.shared.audit_verify import Examination, ProblemKind, ProblemView, verify_all

VERIFIED_WITHIN = 60.0
BLOCK = 200
APART = 4
"""Blocks from one manipulation to the next: none touches more than two."""
TAILS = 100

_FILL = """
WITH written AS (
    INSERT INTO audit.entries (action, actor, subject_kind, subject, outcome, facts, session, network, request_id)
    SELECT 'payments.payment_captured', gen_random_uuid(), 'payment', gen_random_uuid(), 'done',
           jsonb_build_object('amount_minor', n * 100, 'currency', 'AED', 'order_id', gen_random_uuid()),
           gen_random_uuid(), md5(n::text), gen_random_uuid()::text
    FROM generate_series(1, $1) n RETURNING id
)
INSERT INTO audit.unsealed SELECT id FROM written
"""


@dataclass(frozen=True, slots=True)
class Place:
    """A block, an entry of it, and another entry that may be of the next block."""

    block: int
    entry: int
    other: int


def _on(statement: str) -> Callable[[Place], tuple[str, Sequence[int]]]:
    def filled(place: Place) -> tuple[str, Sequence[int]]:
        values = {"$block": place.block, "$entry": place.entry, "$other": place.other}
        used = [name for name in values if name in statement]
        text = statement
        for number, name in enumerate(used, 1):
            text = text.replace(name, f"${number}::bigint")
        return text, [values[name] for name in used]

    return filled


MANIPULATIONS = {
    "edit an amount": "UPDATE audit.entries SET facts = facts || '{\"amount_minor\": 1}' WHERE id = $entry",
    "edit an actor": "UPDATE audit.entries SET actor = gen_random_uuid() WHERE id = $entry",
    "edit a time": "UPDATE audit.entries SET at = at + interval '1 microsecond' WHERE id = $entry",
    "edit an outcome": "UPDATE audit.entries SET outcome = 'refused' WHERE id = $entry",
    "edit a request": "UPDATE audit.entries SET request_id = request_id || 'x' WHERE id = $entry",
    "remove a session": "UPDATE audit.entries SET session = NULL WHERE id = $entry",
    "delete an entry": "DELETE FROM audit.entries WHERE id = $entry",
    "swap two entries": """
        UPDATE audit.entries e SET (at, action, actor, subject_kind, subject, outcome, facts, session, network,
            request_id) = (o.at, o.action, o.actor, o.subject_kind, o.subject, o.outcome, o.facts, o.session,
            o.network, o.request_id)
        FROM audit.entries o WHERE (e.id = $entry AND o.id = $other) OR (e.id = $other AND o.id = $entry)""",
    "replay an entry": """
        INSERT INTO audit.entries (id, at, action, actor, subject_kind, subject, outcome, facts, session, network,
            request_id)
        OVERRIDING SYSTEM VALUE SELECT -id, at, action, actor, subject_kind, subject, outcome, facts, session,
            network, request_id FROM audit.entries WHERE id = $entry""",
    "take an entry out of its block": """
        UPDATE audit.blocks SET entry_ids = array_remove(entry_ids, $entry),
            entry_hashes = substr(entry_hashes, 33) WHERE number = $block""",
    "list an entry twice": """
        UPDATE audit.blocks SET entry_ids = entry_ids || $entry, entry_hashes = entry_hashes || substr(entry_hashes,
            1, 32) WHERE number = $block""",
    "reorder a block": """
        UPDATE audit.blocks SET entry_ids = (SELECT array_agg(id ORDER BY id DESC) FROM unnest(entry_ids) id)
        WHERE number = $block""",
    "backdate a block": "UPDATE audit.blocks SET sealed_at = sealed_at - interval '1 day' WHERE number = $block",
    "edit a hash": "UPDATE audit.blocks SET hash = set_byte(hash, 7, 255 - get_byte(hash, 7)) WHERE number = $block",
    "edit an entry's hash": """
        UPDATE audit.blocks SET entry_hashes = set_byte(entry_hashes, 40, 255 - get_byte(entry_hashes, 40))
        WHERE number = $block""",
    "delete a block": "DELETE FROM audit.blocks WHERE number = $block",
    "delete a block with its entries": """
        WITH gone AS (DELETE FROM audit.blocks WHERE number = $block RETURNING entry_ids)
        DELETE FROM audit.entries USING gone WHERE id = ANY (entry_ids)""",
    "swap two blocks": """
        UPDATE audit.blocks b SET (sealed_at, entry_ids, entry_hashes, previous_hash, hash)
            = (o.sealed_at, o.entry_ids, o.entry_hashes, o.previous_hash, o.hash)
        FROM audit.blocks o
        WHERE (b.number = $block AND o.number = $block + 1) OR (b.number = $block + 1 AND o.number = $block)""",
}  # fmt: skip


class OneConnection(Pool):
    """A pool of one connection that is inside a transaction, so that what is verified can be rolled back."""

    def __init__(self, connection: asyncpg.Connection) -> None:
        super().__init__("")
        self._held = connection

    async def take(self) -> asyncpg.Connection:
        return self._held

    def give(self, connection: asyncpg.Connection) -> None:
        """It stays where it is."""


async def audit(rows: int, manipulations: int, seed: int) -> list[str]:
    """The violations; prints a line of figures."""
    chance = random.Random(seed)
    async with _database() as (app_dsn, admin_dsn):
        pool = Pool(app_dsn)
        try:
            filled = await _fill(admin_dsn, pool, rows)
            began = time.perf_counter()
            view = await verify_all(SqlAuditChain(pool))
            seconds = time.perf_counter() - began
            head = await SqlAuditChain(pool).head()
        finally:
            await pool.close()
        assert head is not None
        found = [f"O5 the whole trail: {problem.line}" for problem in view.problems]
        found += [f"O5 {view.entries} of {rows} entries were verified"] if view.entries != rows else []
        found += [f"O5 verified in {seconds:.1f} s, not {VERIFIED_WITHIN:.0f} s"] if seconds > VERIFIED_WITHIN else []
        tails = min(TAILS, manipulations // 20)
        missed, rounds = await _manipulated(admin_dsn, chance, head, manipulations - tails)
        missed += await _cut_off(admin_dsn, chance, head, tails)
    print(
        f"audit: {rows} entries in {view.blocks} blocks, written and sealed in {filled:.1f} s, verified in "
        f"{seconds:.1f} s; {manipulations} manipulations ({tails} of the tail) in {rounds} rounds, "
        f"{len(missed)} missed; {len(found + missed)} violations"
    )
    return found + missed


@asynccontextmanager
async def _database() -> AsyncIterator[tuple[str, str]]:
    """The application's and a superuser's address of a database of its own."""
    with tempfile.TemporaryDirectory(prefix="market-prove-") as made:
        place = Path(made)
        place.chmod(0o711)  # noqa: ASYNC240 - takes no time
        postgres = EmbeddedPostgres(place)
        postgres.start()
        try:
            await migrate(postgres.owner_dsn, APP_ROLE)
            yield postgres.app_dsn, postgres.dsn("postgres")
        finally:
            postgres.stop()


async def _fill(admin_dsn: str, pool: Pool, rows: int) -> float:
    """Seconds to write and seal them."""
    began = time.perf_counter()
    connection = await asyncpg.connect(admin_dsn)
    try:
        for done in range(0, rows, 50_000):
            await connection.execute(_FILL, min(50_000, rows - done))
        await connection.execute("VACUUM ANALYZE audit.entries")
    finally:
        await connection.close()
    await SqlSealAuditTrail(pool, largest_block=BLOCK)()
    return time.perf_counter() - began


@asynccontextmanager
async def _rolled_back(admin_dsn: str) -> AsyncIterator[asyncpg.Connection]:
    """A superuser's transaction in which no trigger fires and nothing stays."""
    connection = await asyncpg.connect(admin_dsn)
    try:
        transaction = connection.transaction()
        await transaction.start()
        await connection.execute("SET LOCAL session_replication_role = replica")
        yield connection
        await transaction.rollback()
    finally:
        await connection.close()


async def _manipulated(admin_dsn: str, chance: random.Random, head: Head, count: int) -> tuple[list[str], int]:
    """One line for each manipulation that was not named, and how many rounds there were."""
    places = range(1, head.number - 1, APART)
    missed, rounds = [], 0
    kinds = [name for _ in range(count // len(MANIPULATIONS) + 1) for name in MANIPULATIONS][:count]
    chance.shuffle(kinds)
    while kinds:
        rounds += 1
        chosen = {block: kinds.pop() for block in chance.sample(places, min(len(places), len(kinds)))}
        async with _rolled_back(admin_dsn) as connection:
            for block, kind in chosen.items():
                entry, other = ((block + later - 1) * BLOCK + chance.randint(1, BLOCK) for later in (0, 1))
                statement, values = _on(MANIPULATIONS[kind])(Place(block, entry, other))
                await connection.execute(statement, *values)
            examination = Examination(SqlAuditChain(OneConnection(connection)), 1, most_problems=10**9)
            await examination.run()
        named = {_region(problem) for problem in examination.problems}
        missed += [f"O5 missed: {kind}, block {block}" for block, kind in chosen.items() if block not in named]
        missed += [f"O5 nobody touched block {block}" for block in named - chosen.keys()]
    return missed, rounds


def _region(problem: ProblemView) -> int:
    """The block of the manipulation that a problem belongs to."""
    block = problem.block or (abs(problem.entry_id or 0) - 1) // BLOCK + 1
    return (block - 1) // APART * APART + 1


async def _cut_off(admin_dsn: str, chance: random.Random, head: Head, count: int) -> list[str]:
    """In turn the tail is deleted, or deleted and sealed anew after an edit: only who knows the head can tell."""
    missed = []
    for number in range(count):
        kept = head.number - chance.randint(1, min(50, head.number - 1))
        async with _rolled_back(admin_dsn) as connection:
            pool = OneConnection(connection)
            cut = await connection.fetchval(_CUT, kept)
            if number % 2:
                await connection.execute("DELETE FROM audit.entries WHERE id = ANY ($1::bigint[])", cut)
            else:
                await connection.execute("UPDATE audit.entries SET outcome = 'refused' WHERE id = $1", cut[0])
                await connection.execute("INSERT INTO audit.unsealed SELECT unnest($1::bigint[])", cut)
                await SqlSealAuditTrail(pool, largest_block=BLOCK)()
            examination = Examination(SqlAuditChain(pool), max(1, kept - 2))
            await examination.run()
            if examination.problems:
                missed.append(f"O5 a tail cut off at {kept} is in order by itself, yet {examination.problems[0].line}")
            await examination.compare(head)
        if {problem.kind for problem in examination.problems} != {_TAIL[number % 2]}:
            missed.append(f"O5 missed: the tail cut off at block {kept}")
    return missed


_CUT = """
WITH gone AS (DELETE FROM audit.blocks WHERE number > $1 RETURNING number, entry_ids)
SELECT array_agg(id ORDER BY id) FROM gone, unnest(entry_ids) id
"""
_TAIL = (ProblemKind.HEAD_DIFFERS, ProblemKind.TAIL_MISSING)
