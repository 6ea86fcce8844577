"""Whatever is done to a sealed trail, its verification names it."""

import asyncio
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC
from typing import Any
from uuid import uuid4

import msgspec
import pytest
import rfc8785
from hypothesis import given
from hypothesis import strategies as st

from marketplace.application.shared.actor import Actor, MissingPermission, Permission
from marketplace.application.shared.audit import AuditEntry
from marketplace.application.shared.audit_chain import Block, Head, seal
from marketplace.application.shared.audit_log import AuditEntryView, canonical
from marketplace.application.shared.audit_verify import ProblemKind, ProblemView, VerifyAuditTrail, verify_all
from marketplace.domain.shared.ids import SessionId, UserId
from tests.fakes.audit import MemoryAuditLog, MemoryAuditTrail

AUDITOR = Actor(UserId(uuid4()), SessionId(uuid4()), frozenset({Permission.READ_AUDIT}))
Tamper = Callable[[MemoryAuditLog, int], None]


def a_log(blocks: int = 8, entries: int = 3) -> MemoryAuditLog:
    log = MemoryAuditLog(largest_block=entries)
    for number in range(blocks * entries):
        log.add(AuditEntry(action="test.done", subject=uuid4(), facts={"number": number}))
    asyncio.run(log())
    assert len(log.chain) == blocks
    return log


def problems(log: MemoryAuditLog, head: Head | None = None) -> list[ProblemView]:
    view = asyncio.run(verify_all(log, head))
    assert view.ok == (not view.problems)
    return view.problems


def kinds(log: MemoryAuditLog, head: Head | None = None) -> set[ProblemKind]:
    return {problem.kind for problem in problems(log, head)}


def head_of(log: MemoryAuditLog) -> Head:
    return Head(log.chain[-1].number, log.chain[-1].hash)


JSON_TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
FACTS = st.dictionaries(
    st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=8),
    st.none() | st.booleans() | st.integers(-(2**53) + 1, 2**53 - 1) | JSON_TEXT,
    max_size=6,
)


@given(FACTS, JSON_TEXT, st.datetimes(timezones=st.just(UTC)))
def test_the_canonical_form_is_that_of_rfc_8785(facts: dict[str, Any], action: str, at: Any) -> None:
    entry = AuditEntryView(
        id=1, at=at, action=action, actor=UserId(uuid4()), subject_kind="", subject=None, outcome="done", facts=facts,  # type: ignore[arg-type]
        session=None, network="", request_id="",
    )  # fmt: skip
    assert canonical(entry) == rfc8785.dumps(msgspec.to_builtins(entry))


def test_an_untouched_trail_is_in_order() -> None:
    log = a_log()
    assert problems(log, head_of(log)) == []
    log.add(AuditEntry(action="test.waiting"))
    assert problems(log, Head(3, log.chain[2].hash)) == []
    assert problems(MemoryAuditLog()) == []


def change_entry(log: MemoryAuditLog, place: int) -> None:
    id_ = place % len(log.stored) + 1
    log.stored[id_] = msgspec.structs.replace(log.stored[id_], action="test.undone")


def drop_entry(log: MemoryAuditLog, place: int) -> None:
    del log.stored[place % len(log.stored) + 1]


def swap_entries(log: MemoryAuditLog, place: int) -> None:
    one, other = place % len(log.stored) + 1, (place + 1) % len(log.stored) + 1
    first, second = log.stored[one], log.stored[other]
    log.stored[one] = msgspec.structs.replace(second, id=one)
    log.stored[other] = msgspec.structs.replace(first, id=other)


def slip_in(log: MemoryAuditLog, _: int) -> None:
    log.queue.discard(log.add(AuditEntry(action="test.slipped_in")).id)


def slip_into_block(log: MemoryAuditLog, place: int) -> None:
    slip_in(log, place)
    at = place % len(log.chain)
    entries = [log.stored[id_] for id_ in [*log.chain[at].entry_ids, len(log.stored)]]
    resealed = seal(log.chain[at].number, log.chain[at].previous_hash, entries, log.chain[at].sealed_at)
    log.chain[at] = replace(resealed, hash=log.chain[at].hash)


def reseal_block(log: MemoryAuditLog, place: int) -> None:
    """An edit that is covered up with a block made anew, but not those after it."""
    at = place % (len(log.chain) - 1)
    block = log.chain[at]
    change_entry(log, block.entry_ids[0] - 1)
    log.chain[at] = seal(
        block.number, block.previous_hash, [log.stored[id_] for id_ in block.entry_ids], block.sealed_at
    )


def drop_block(log: MemoryAuditLog, place: int) -> None:
    del log.chain[place % (len(log.chain) - 1)]


def swap_blocks(log: MemoryAuditLog, place: int) -> None:
    at = place % (len(log.chain) - 1)
    one, other = log.chain[at], log.chain[at + 1]
    log.chain[at : at + 2] = [replace(other, number=one.number), replace(one, number=other.number)]


def turn_entries_round(log: MemoryAuditLog, place: int) -> None:
    at = place % len(log.chain)
    log.chain[at] = replace(log.chain[at], entry_ids=list(reversed(log.chain[at].entry_ids)))


def backdate_block(log: MemoryAuditLog, place: int) -> None:
    at = place % len(log.chain)
    log.chain[at] = replace(log.chain[at], sealed_at=log.chain[0].sealed_at.replace(year=2020))


TAMPERING: dict[Tamper, set[ProblemKind]] = {
    change_entry: {ProblemKind.ENTRY_CHANGED},
    drop_entry: {ProblemKind.ENTRY_MISSING},
    swap_entries: {ProblemKind.ENTRY_CHANGED},
    slip_in: {ProblemKind.ENTRY_OUTSIDE},
    slip_into_block: {ProblemKind.BLOCK_CHANGED},
    reseal_block: {ProblemKind.CHAIN_BROKEN},
    drop_block: {ProblemKind.BLOCK_MISSING, ProblemKind.ENTRY_OUTSIDE},
    swap_blocks: {ProblemKind.BLOCK_CHANGED, ProblemKind.CHAIN_BROKEN},
    turn_entries_round: {ProblemKind.BLOCK_CHANGED},
    backdate_block: {ProblemKind.BLOCK_CHANGED},
}


@given(st.sampled_from(list(TAMPERING)), st.integers(0, 1000))
def test_every_manipulation_is_found(tamper: Tamper, place: int) -> None:
    log = a_log()
    tamper(log, place)
    assert kinds(log) >= TAMPERING[tamper]


def test_what_an_entry_tells_of_and_is_not_so_any_more_is_named() -> None:
    log, subject = a_log(), uuid4()
    log.contradictions[2] = subject
    assert [(one.kind, one.entry_id, one.subject) for one in problems(log)] == [
        (ProblemKind.SUBJECT_DIFFERS, 2, subject)
    ]


@given(st.lists(st.tuples(st.sampled_from(list(TAMPERING)), st.integers(0, 1000)), min_size=2, max_size=4))
def test_several_manipulations_do_not_hide_each_other(manipulations: list[tuple[Tamper, int]]) -> None:
    log, whole = a_log(), a_log()
    whole.stored, whole.chain = dict(log.stored), list(log.chain)
    for tamper, place in manipulations:
        try:
            tamper(log, place)
        except KeyError:  # what it would change is gone already
            continue
    changed = log.stored != whole.stored or log.chain != whole.chain
    assert bool(problems(log)) == changed


@given(st.integers(1, 8))
def test_a_tail_cut_off_is_found_by_who_knows_the_head(kept: int) -> None:
    log = a_log()
    head = head_of(log)
    for block in log.chain[kept:]:
        for id_ in block.entry_ids:
            del log.stored[id_]
    del log.chain[kept:]
    assert problems(log) == []
    assert kinds(log, head) == (set() if kept == 8 else {ProblemKind.TAIL_MISSING})


def test_a_trail_made_anew_is_found_by_who_knows_the_head() -> None:
    log = a_log()
    head = head_of(log)
    change_entry(log, 0)
    chain, log.chain = log.chain, []
    for block in chain:
        previous = log.chain[-1].hash if log.chain else chain[0].previous_hash
        entries = [log.stored[id_] for id_ in block.entry_ids]
        log.chain.append(seal(block.number, previous, entries, block.sealed_at))
    assert problems(log) == []
    assert problems(log, head) == [ProblemView(ProblemKind.HEAD_DIFFERS, 8)]


def test_a_problem_names_its_place() -> None:
    log = a_log()
    change_entry(log, 3)
    assert problems(log) == [ProblemView(ProblemKind.ENTRY_CHANGED, 2, 4)]
    assert problems(log)[0].line == "entry changed: block 2 entry 4"


def test_an_entry_that_vanished_from_the_queue_is_missed() -> None:
    log = a_log()
    id_ = log.add(AuditEntry(action="test.waiting")).id
    del log.stored[id_]
    assert problems(log) == [ProblemView(ProblemKind.ENTRY_MISSING, None, id_)]


def test_a_request_verifies_from_a_block_on_and_is_in_the_trail_itself() -> None:
    log, trail = a_log(), MemoryAuditTrail(list)
    change_entry(log, 0)
    change_entry(log, 23)
    verify_audit_trail = VerifyAuditTrail(log, trail)
    later = asyncio.run(verify_audit_trail(AUDITOR, 3, None))
    assert (later.from_block, later.blocks, later.entries, later.next_block) == (3, 6, 18, None)
    assert later.problems == [ProblemView(ProblemKind.ENTRY_CHANGED, 8, 24)]
    beyond = asyncio.run(verify_audit_trail(AUDITOR, 90, None))
    assert (beyond.ok, beyond.blocks) == (True, 0)
    assert [entry.action for entry in trail.recorded] == ["audit.verified"] * 2
    assert trail.recorded[0].facts == {"from_block": 3, "blocks": 6, "ok": False}


def test_who_may_not_read_the_trail_may_not_verify_it() -> None:
    trail = MemoryAuditTrail(list)
    with pytest.raises(MissingPermission):
        asyncio.run(VerifyAuditTrail(a_log(), trail)(replace(AUDITOR, permissions=frozenset()), None, None))
    assert trail.recorded == []


def test_a_head_is_read_back() -> None:
    head = head_of(a_log())
    assert Head.parse(str(head)) == head
    for wrong in ("", "1", "1:zz", "1:00", "x:" + "00" * 32):
        with pytest.raises(ValueError, match=r".+"):
            Head.parse(wrong)


def test_blocks_of_other_shapes_are_not_taken_for_whole() -> None:
    log = a_log()
    first: Block = log.chain[0]
    log.chain[0] = replace(first, entry_hashes=first.entry_hashes[:-1])
    assert ProblemKind.BLOCK_CHANGED in kinds(log)
