"""The audit trail in memory. It keeps the contracts of the SQL adapters: tests/contract/audit."""

from collections.abc import AsyncIterator, Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from itertools import islice
from uuid import UUID

from marketplace.application.shared.actor import Actor, Permission
from marketplace.application.shared.audit import AuditEntry, AuditTrail, Refusals, SealAuditTrail
from marketplace.application.shared.audit_chain import GENESIS, AuditChain, Block, Head, seal
from marketplace.application.shared.audit_log import AuditEntryNotFound, AuditEntryView, AuditFilter, AuditQueries
from marketplace.application.shared.caller import Caller
from marketplace.application.shared.paging import Slice


class MemoryAuditTrail(AuditTrail):
    """`running` gives the list that is kept if the running block commits, and raises outside of one."""

    def __init__(self, running: Callable[[], list[AuditEntry]]) -> None:
        self._running = running
        self.recorded: list[AuditEntry] = []

    def note(self, entry: AuditEntry) -> None:
        self._running().append(entry)

    async def record(self, entry: AuditEntry) -> None:
        self.recorded.append(entry)


class MemoryRefusals(Refusals):
    def __init__(self) -> None:
        self.noted: list[AuditEntry] = []

    def note(self, entry: AuditEntry, caller: Caller, actor: Actor | None) -> None:
        self.noted.append(entry)


class MemoryAuditLog(AuditQueries, AuditChain, SealAuditTrail):
    """`stored`, `queue` and `chain` stand for the three tables: a test that tampers changes them."""

    def __init__(self, *, largest_block: int = 500) -> None:
        self.stored: dict[int, AuditEntryView] = {}
        self.queue: set[int] = set()
        self.chain: list[Block] = []
        self.contradictions: dict[int, UUID] = {}
        self._largest_block = largest_block
        self._now = datetime(2026, 1, 1, tzinfo=UTC)

    def add(self, entry: AuditEntry) -> AuditEntryView:
        self._now += timedelta(milliseconds=1)
        view = AuditEntryView(
            id=len(self.stored) + 1, at=self._now, action=entry.action, actor=entry.actor,
            subject_kind=entry.subject_kind, subject=entry.subject, outcome=entry.outcome, facts=dict(entry.facts),
            session=None, network="", request_id="",
        )  # fmt: skip
        self.stored[view.id] = view
        self.queue.add(view.id)
        return view

    async def __call__(self) -> int:
        waiting = sorted(self.queue & self.stored.keys())
        for start in range(0, len(waiting), self._largest_block):
            ids = waiting[start : start + self._largest_block]
            last = self.chain[-1] if self.chain else None
            number, previous = (last.number + 1, last.hash) if last else (1, GENESIS)
            self.chain.append(seal(number, previous, [self.stored[id_] for id_ in ids], self._now))
            self.queue.difference_update(ids)
        return len(waiting)

    async def newest(
        self, actor: Actor, wanted: AuditFilter, *, after: int | None, skip: int, limit: int
    ) -> Slice[AuditEntryView]:
        actor.require(Permission.READ_AUDIT)
        found = [self.stored[id_] for id_ in sorted(self.stored, reverse=True) if _is_wanted(self.stored[id_], wanted)]
        rest = [entry for entry in found if after is None or entry.id < after][0 if after else skip :]
        return Slice(rest[:limit], len(found), len(rest) > limit)

    async def entry(self, actor: Actor, entry_id: int) -> AuditEntryView:
        actor.require(Permission.READ_AUDIT)
        if entry_id not in self.stored:
            raise AuditEntryNotFound("there is no such audit entry", entry_id=entry_id)
        return self.stored[entry_id]

    async def oldest(self, actor: Actor, wanted: AuditFilter) -> AsyncIterator[Sequence[AuditEntryView]]:
        actor.require(Permission.READ_AUDIT)
        found = [self.stored[id_] for id_ in sorted(self.stored) if _is_wanted(self.stored[id_], wanted)]
        if found:
            yield found

    async def head(self) -> Head | None:
        last = max(self.chain, key=lambda block: block.number, default=None)
        return Head(last.number, last.hash) if last else None

    async def block(self, number: int) -> Block | None:
        return next((block for block in self.chain if block.number == number), None)

    async def blocks(self, first: int) -> Sequence[Block]:
        following = sorted(self.chain, key=lambda block: block.number)
        return list(islice((block for block in following if block.number >= first), 3))

    async def entries(self, ids: Sequence[int]) -> Mapping[int, AuditEntryView]:
        return {id_: self.stored[id_] for id_ in ids if id_ in self.stored}

    async def loose(self, after: int | None, to: int | None, near: Sequence[Block]) -> Sequence[int]:
        known = self.queue.union(_ids(self.chain))
        return [
            id_ for id_ in self.stored
            if id_ not in known and (after is None or id_ > after) and (to is None or id_ <= to)
        ]  # fmt: skip

    async def contradicted(self, ids: Sequence[int]) -> Mapping[int, UUID]:
        return {id_: self.contradictions[id_] for id_ in ids if id_ in self.contradictions}

    async def queued_in_vain(self) -> Sequence[int]:
        return sorted(self.queue - self.stored.keys())


def _ids(blocks: Iterable[Block]) -> Iterable[int]:
    return (id_ for block in blocks for id_ in block.entry_ids)


def _is_wanted(entry: AuditEntryView, wanted: AuditFilter) -> bool:
    given = {name: getattr(wanted, name) for name in ("actor", "subject", "action", "outcome")}
    return (
        all(getattr(entry, name) == value for name, value in given.items() if value is not None)
        and (wanted.since is None or entry.at >= wanted.since)
        and (wanted.until is None or entry.at < wanted.until)
    )
