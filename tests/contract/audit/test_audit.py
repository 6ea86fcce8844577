"""The SQL adapters and the fakes keep one contract: writing, reading, and the chain."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from uuid import uuid4

import pytest

from marketplace.adapters.sql.audit.batch import AuditBatch
from marketplace.adapters.sql.audit.chain import SqlAuditChain
from marketplace.adapters.sql.audit.queries import SqlAuditQueries
from marketplace.adapters.sql.audit.seal import SqlSealAuditTrail
from marketplace.adapters.sql.audit.trail import SqlAuditTrail
from marketplace.adapters.sql.pool import Pool
from marketplace.adapters.sql.transaction import SqlTransaction
from marketplace.application.shared.actor import Actor, MissingPermission, Permission
from marketplace.application.shared.audit import AuditEntry, AuditTrail, Outcome, SealAuditTrail
from marketplace.application.shared.audit_chain import AuditChain
from marketplace.application.shared.audit_log import AuditEntryNotFound, AuditEntryView, AuditFilter, AuditQueries
from marketplace.application.shared.audit_verify import verify_all
from marketplace.application.shared.ports import Transaction
from marketplace.domain.shared.ids import SessionId, UserId
from tests.fakes.audit import MemoryAuditLog, MemoryAuditTrail
from tests.fakes.world import MemoryTransaction

AUDITOR = Actor(UserId(uuid4()), SessionId(uuid4()), frozenset({Permission.READ_AUDIT}))
STRANGER = Actor(UserId(uuid4()), SessionId(uuid4()), frozenset(Permission) - {Permission.READ_AUDIT})


@dataclass
class Writing:
    trail: AuditTrail
    transaction: Transaction
    written: Callable[[str], Awaitable[list[AuditEntry]]]
    """By the name of the action, in order."""


@pytest.fixture(params=["memory", "sql"])
def writing(request: pytest.FixtureRequest) -> Writing:
    if request.param == "memory":
        block = MemoryTransaction()
        memory = MemoryAuditTrail(lambda: block.inside.audited)

        async def kept(action: str) -> list[AuditEntry]:
            return [entry for entry in [*block.rows.audited, *memory.recorded] if entry.action == action]

        return Writing(memory, block, kept)
    pool: Pool = request.getfixturevalue("pool")
    batch = AuditBatch()
    transaction = SqlTransaction(pool, {}, batch)

    async def stored(action: str) -> list[AuditEntry]:
        found = await SqlAuditQueries(pool).newest(AUDITOR, AuditFilter(action=action), after=None, skip=0, limit=100)
        return [
            AuditEntry(
                action=one.action, actor=one.actor, subject_kind=one.subject_kind, subject=one.subject,
                outcome=Outcome(one.outcome), facts=one.facts,
            )
            for one in reversed(found.items)
        ]  # fmt: skip

    return Writing(SqlAuditTrail(transaction, pool, batch), transaction, stored)


def an_action() -> str:
    return f"test.{uuid4().hex}"


async def test_what_is_noted_is_written_with_the_commit(writing: Writing) -> None:
    action = an_action()
    entries = [
        AuditEntry(
            action=action, actor=UserId(uuid4()), subject_kind="order", subject=uuid4(), outcome=Outcome.REFUSED,
            facts={"amount_minor": -75_000, "currency": "AED", "final": True, "note": None, "text": 'a "b" \\ 🦆'},
        ),
        AuditEntry(action=action),
    ]  # fmt: skip
    async with writing.transaction:
        for entry in entries:
            writing.trail.note(entry)
    assert await writing.written(action) == entries


async def test_what_a_failed_block_noted_never_was(writing: Writing) -> None:
    action = an_action()
    with pytest.raises(ZeroDivisionError):
        async with writing.transaction:
            writing.trail.note(AuditEntry(action=action))
            raise ZeroDivisionError
    async with writing.transaction:
        pass
    assert await writing.written(action) == []


async def test_a_note_outside_a_block_is_a_mistake(writing: Writing) -> None:
    with pytest.raises(RuntimeError):
        writing.trail.note(AuditEntry(action=an_action()))


async def test_what_is_recorded_is_there_at_once_whatever_becomes_of_the_block(writing: Writing) -> None:
    action = an_action()
    with pytest.raises(ZeroDivisionError):
        async with writing.transaction:
            await writing.trail.record(AuditEntry(action=action))
            raise ZeroDivisionError
    assert await writing.written(action) == [AuditEntry(action=action)]


@dataclass
class Reading:
    add: Callable[[AuditEntry], Awaitable[None]]
    queries: AuditQueries
    chain: AuditChain
    seal: SealAuditTrail

    async def page(self, wanted: AuditFilter, after: int | None = None, skip: int = 0) -> list[AuditEntryView]:
        return (await self.queries.newest(AUDITOR, wanted, after=after, skip=skip, limit=2)).items


@pytest.fixture(params=["memory", "sql"])
def reading(request: pytest.FixtureRequest) -> Reading:
    if request.param == "memory":
        memory = MemoryAuditLog(largest_block=3)

        async def add(entry: AuditEntry) -> None:
            memory.add(entry)

        return Reading(add, memory, memory, memory)
    pool: Pool = request.getfixturevalue("fresh_pool")
    batch = AuditBatch()
    trail = SqlAuditTrail(SqlTransaction(pool, {}, batch), pool, batch)
    return Reading(trail.record, SqlAuditQueries(pool), SqlAuditChain(pool), SqlSealAuditTrail(pool, largest_block=3))


def numbers(entries: Sequence[AuditEntryView]) -> list[object]:
    return [entry.facts["number"] for entry in entries]


async def test_pages_go_from_the_newest_back(reading: Reading) -> None:
    for number in range(5):
        await reading.add(AuditEntry(action="test.counted", facts={"number": number}))
    first = await reading.queries.newest(AUDITOR, AuditFilter(), after=None, skip=0, limit=2)
    assert (numbers(first.items), first.total, first.has_more) == ([4, 3], 5, True)
    await reading.add(AuditEntry(action="test.counted", facts={"number": 5}))
    assert numbers(await reading.page(AuditFilter(), after=first.items[-1].id)) == [2, 1]
    assert numbers(await reading.page(AuditFilter(), skip=4)) == [1, 0]
    last = await reading.queries.newest(AUDITOR, AuditFilter(), after=first.items[-1].id - 2, skip=0, limit=2)
    assert (numbers(last.items), last.has_more) == ([0], False)


async def test_all_filters_must_hold(reading: Reading) -> None:
    actors, subjects = [UserId(uuid4()) for _ in range(2)], [uuid4() for _ in range(2)]
    for number in range(16):
        await reading.add(
            AuditEntry(
                action=f"test.act_{number & 1}", actor=actors[number >> 1 & 1], subject=subjects[number >> 2 & 1],
                outcome=Outcome.REFUSED if number >> 3 else Outcome.DONE, facts={"number": number},
            )
        )  # fmt: skip
    by_number = {entry.facts["number"]: entry for entry in await _everything(reading, AuditFilter())}
    assert list(by_number) == list(range(16))
    moments = [by_number[number].at for number in range(16)]
    for wanted, found in (
        (AuditFilter(action="test.act_1"), [number for number in range(16) if number & 1]),
        (AuditFilter(actor=actors[1], subject=subjects[0]), [2, 3, 10, 11]),
        (AuditFilter(outcome=Outcome.REFUSED, action="test.act_0"), [8, 10, 12, 14]),
        (AuditFilter(outcome=Outcome.DONE, actor=actors[0], subject=subjects[1], action="test.act_1"), [5]),
        (AuditFilter(since=moments[3], until=moments[6]), [3, 4, 5]),
        (AuditFilter(since=moments[15] + timedelta(hours=1)), []),
        (AuditFilter(until=moments[0]), []),
        (AuditFilter(since=moments[13], outcome=Outcome.REFUSED), [13, 14, 15]),
        (AuditFilter(action="test"), []),
        (AuditFilter(actor=UserId(uuid4())), []),
    ):
        assert numbers(await _everything(reading, wanted)) == found, wanted
        page = await reading.queries.newest(AUDITOR, wanted, after=None, skip=0, limit=50)
        assert (numbers(page.items), page.total) == (found[::-1], len(found)), wanted


async def _everything(reading: Reading, wanted: AuditFilter) -> list[AuditEntryView]:
    return [entry async for batch in reading.queries.oldest(AUDITOR, wanted) for entry in batch]


async def test_one_entry_by_its_id(reading: Reading) -> None:
    await reading.add(AuditEntry(action="test.one"))
    (entry,) = await reading.page(AuditFilter())
    assert await reading.queries.entry(AUDITOR, entry.id) == entry
    with pytest.raises(AuditEntryNotFound):
        await reading.queries.entry(AUDITOR, entry.id + 1)


async def test_an_outsider_reads_nothing(reading: Reading) -> None:
    await reading.add(AuditEntry(action="test.one"))
    (entry,) = await reading.page(AuditFilter())
    with pytest.raises(MissingPermission):
        await reading.queries.entry(STRANGER, entry.id)
    with pytest.raises(MissingPermission):
        await reading.queries.newest(STRANGER, AuditFilter(), after=None, skip=0, limit=2)
    with pytest.raises(MissingPermission):
        async for _ in reading.queries.oldest(STRANGER, AuditFilter()):
            raise AssertionError("an outsider was shown something")


async def test_what_is_sealed_forms_a_chain(reading: Reading) -> None:
    assert await reading.chain.head() is None
    assert await reading.seal() == 0
    for number in range(7):
        await reading.add(AuditEntry(action="test.counted", facts={"number": number}))
    assert await reading.seal() == 7
    blocks = list(await reading.chain.blocks(1))
    assert [len(block.entry_ids) for block in blocks] == [3, 3, 1]
    assert [block.number for block in await reading.chain.blocks(2)] == [2, 3]
    assert blocks[1].previous_hash == blocks[0].hash
    head = await reading.chain.head()
    assert head is not None
    assert (head.number, head.hash) == (3, blocks[2].hash)
    assert await reading.chain.block(2) == blocks[1]
    assert await reading.chain.block(4) is None
    entries = await reading.chain.entries(blocks[0].entry_ids)
    assert numbers([entries[id_] for id_ in blocks[0].entry_ids]) == [0, 1, 2]
    assert await reading.seal() == 0
    await reading.add(AuditEntry(action="test.waiting"))
    assert await reading.chain.loose(None, None, ()) == []
    assert await reading.chain.queued_in_vain() == []
    view = await verify_all(reading.chain, head)
    assert (view.ok, view.blocks, view.entries) == (True, 3, 7)
