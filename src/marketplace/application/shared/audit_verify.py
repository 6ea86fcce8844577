"""Verifying the audit trail against its hash chain (docs/adr/0012)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Annotated
from uuid import UUID

import msgspec
from msgspec import Meta

from marketplace.application.shared.actor import Actor, Permission
from marketplace.application.shared.audit import AuditEntry, AuditTrail
from marketplace.application.shared.audit_chain import GENESIS, HASH_BYTES, AuditChain, Block, Head, entry_hash
from marketplace.application.shared.audit_log import AuditEntryView

BLOCKS_AT_ONCE = 10_000
ENTRIES_AT_ONCE = 100_000
"""A request verifies no more than about this much: a few seconds."""

PROBLEMS_SHOWN = 1_000


class ProblemKind(StrEnum):
    ENTRY_CHANGED = "entry_changed"
    ENTRY_MISSING = "entry_missing"
    ENTRY_OUTSIDE = "entry_outside"
    """In no block, and not waiting for one."""
    SUBJECT_DIFFERS = "subject_differs"
    """What the entry tells of, the ledger transaction `subject`, is not in the books as it was posted."""
    BLOCK_CHANGED = "block_changed"
    BLOCK_MISSING = "block_missing"
    CHAIN_BROKEN = "chain_broken"
    """The block does not follow the one before."""
    TAIL_MISSING = "tail_missing"
    HEAD_DIFFERS = "head_differs"


class ProblemView(msgspec.Struct, frozen=True):
    """What is wrong, and where: `block` and `entry_id` as far as they are known."""

    kind: ProblemKind
    block: Annotated[int | None, Meta(examples=[17])] = None
    entry_id: Annotated[int | None, Meta(examples=[4711])] = None
    subject: UUID | None = None

    @property
    def line(self) -> str:
        """For people."""
        block = "" if self.block is None else f" block {self.block}"
        entry = "" if self.entry_id is None else f" entry {self.entry_id}"
        subject = "" if self.subject is None else f" {self.subject}"
        return f"{self.kind.replace('_', ' ')}:{block}{entry}{subject}"


class HeadView(msgspec.Struct, frozen=True):
    number: Annotated[int, Meta(examples=[17])]
    hash: Annotated[str, Meta(examples=["9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"])]


class VerificationView(msgspec.Struct, frozen=True, kw_only=True):
    """What was verified: `blocks` from `from_block` on with their `entries`. `head` is the newest block there is.

    `next_block` is where to go on, none when the end was reached. At most 1,000 problems are listed; `ok` is that there
    are none.
    """

    ok: bool
    from_block: int
    blocks: int
    entries: int
    head: HeadView | None
    problems: list[ProblemView]
    next_block: int | None


@dataclass(slots=True)
class Examination:
    """Goes along the chain from block `first`, in constant memory."""

    chain: AuditChain
    first: int
    most_problems: int = PROBLEMS_SHOWN
    problems: list[ProblemView] = field(default_factory=list)
    blocks: int = 0
    entries: int = 0
    next_block: int | None = None
    _found: int = 0

    async def run(self, most_blocks: int | None = None, most_entries: int | None = None) -> None:
        before = await self.chain.block(self.first - 1)
        batch = await self.chain.blocks(self.first)
        if self.first > 1 and before is None:
            if not batch:
                return
            self._add(ProblemKind.BLOCK_MISSING, self.first - 1)
        previous, expected = before.hash if before else GENESIS, self.first
        verified_to = max(before.entry_ids) if before else None if self.first == 1 else min(_ids(batch)) - 1
        while batch:
            entries = await self.chain.entries(_ids(batch))
            contradicted = await self.chain.contradicted(_ids(batch))
            for block in batch:
                if block.number != expected:
                    self._add(ProblemKind.BLOCK_MISSING, expected)
                if block.previous_hash != previous:
                    self._add(ProblemKind.CHAIN_BROKEN, block.number)
                self._examine(block, entries, contradicted)
                previous, expected = block.hash, block.number + 1
            following = await self.chain.blocks(expected)
            up_to = max(_ids(batch)) if following else None
            await self._look_outside(verified_to, up_to, batch)
            if following and self._has_enough(most_blocks, most_entries):
                self.next_block = expected
                return
            verified_to, batch = max(up_to or 0, verified_to or 0), following
        if not self.blocks:
            await self._look_outside(verified_to, None, ())
        for id_ in await self.chain.queued_in_vain():
            self._add(ProblemKind.ENTRY_MISSING, entry_id=id_)

    def _has_enough(self, most_blocks: int | None, most_entries: int | None) -> bool:
        return (most_blocks is not None and self.blocks >= most_blocks) or (
            most_entries is not None and self.entries >= most_entries
        )

    async def compare(self, witnessed: Head) -> None:
        """With a head that was noted elsewhere."""
        block = await self.chain.block(witnessed.number)
        if block is not None:
            if block.hash != witnessed.hash:
                self._add(ProblemKind.HEAD_DIFFERS, witnessed.number)
            return
        head = await self.chain.head()
        beyond = head is None or head.number < witnessed.number
        self._add(ProblemKind.TAIL_MISSING if beyond else ProblemKind.BLOCK_MISSING, witnessed.number)

    def _examine(self, block: Block, entries: Mapping[int, AuditEntryView], contradicted: Mapping[int, UUID]) -> None:
        if len(block.entry_hashes) != HASH_BYTES * len(block.entry_ids) or block.hash != block.hash_of_content:
            self._add(ProblemKind.BLOCK_CHANGED, block.number)
        for place, id_ in enumerate(block.entry_ids):
            entry = entries.get(id_)
            if entry is None:
                self._add(ProblemKind.ENTRY_MISSING, block.number, id_)
            elif entry_hash(entry) != block.entry_hash(place):
                self._add(ProblemKind.ENTRY_CHANGED, block.number, id_)
            if id_ in contradicted:
                self._add(ProblemKind.SUBJECT_DIFFERS, block.number, id_, contradicted[id_])
        self.blocks += 1
        self.entries += len(block.entry_ids)

    async def _look_outside(self, after: int | None, to: int | None, near: Sequence[Block]) -> None:
        for id_ in await self.chain.loose(after, to, near):
            self._add(ProblemKind.ENTRY_OUTSIDE, entry_id=id_)

    def _add(
        self, kind: ProblemKind, block: int | None = None, entry_id: int | None = None, subject: UUID | None = None
    ) -> None:
        self._found += 1
        if self._found <= self.most_problems:
            self.problems.append(ProblemView(kind, block, entry_id, subject))

    async def view(self) -> VerificationView:
        head = await self.chain.head()
        return VerificationView(
            ok=not self._found, from_block=self.first, blocks=self.blocks, entries=self.entries,
            head=HeadView(head.number, head.hash.hex()) if head else None, problems=self.problems,
            next_block=self.next_block,
        )  # fmt: skip


async def verify_all(chain: AuditChain, witnessed: Head | None = None) -> VerificationView:
    """Every block there is: as long as it takes."""
    examination = Examination(chain, 1)
    await examination.run()
    if witnessed is not None:
        await examination.compare(witnessed)
    return await examination.view()


@dataclass(frozen=True, slots=True)
class VerifyAuditTrail:
    """The part of the chain that a request has time for, by default the newest."""

    chain: AuditChain
    trail: AuditTrail

    async def __call__(self, actor: Actor, from_block: int | None, witnessed: Head | None) -> VerificationView:
        actor.require(Permission.READ_AUDIT)
        head = await self.chain.head()
        first = from_block or max(1, (head.number if head else 0) - BLOCKS_AT_ONCE + 1)
        examination = Examination(self.chain, first)
        await examination.run(BLOCKS_AT_ONCE, ENTRIES_AT_ONCE)
        if witnessed is not None:
            await examination.compare(witnessed)
        view = await examination.view()
        await self.trail.record(
            AuditEntry(
                action="audit.verified", actor=actor.user,
                facts={"from_block": first, "blocks": view.blocks, "ok": view.ok},
            )
        )  # fmt: skip
        return view


def _ids(blocks: Sequence[Block]) -> list[int]:
    return [id_ for block in blocks for id_ in block.entry_ids]
