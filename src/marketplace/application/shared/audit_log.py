"""Reading the audit trail."""

import csv
from collections.abc import AsyncIterator, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from enum import StrEnum
from io import StringIO
from typing import Annotated, Protocol
from uuid import UUID

import msgspec
from msgspec import Meta

from marketplace.application.shared.actor import Actor, Permission
from marketplace.application.shared.audit import AuditEntry, AuditTrail, Outcome
from marketplace.application.shared.paging import Slice
from marketplace.domain.shared.errors import NotFound
from marketplace.domain.shared.ids import SessionId, UserId
from marketplace.domain.shared.text import cell


class AuditEntryNotFound(NotFound):
    code = "audit_entry_not_found"


class AuditEntryView(msgspec.Struct, frozen=True, kw_only=True):
    """Who did what to what. `network` is a keyed hash of where the caller came from, the same for the same network."""

    id: Annotated[int, Meta(examples=[4711])]
    at: datetime
    action: Annotated[str, Meta(examples=["payments.payment_captured"])]
    actor: UserId | None
    subject_kind: Annotated[str, Meta(examples=["payment"])]
    subject: UUID | None
    outcome: Outcome
    facts: Annotated[dict[str, str | int | bool | None], Meta(examples=[{"amount_minor": 75_000, "currency": "AED"}])]
    session: SessionId | None
    network: Annotated[str, Meta(examples=["5f0c8a4be1d94e6fa1a2b3c4d5e6f708"])]
    request_id: Annotated[str, Meta(examples=["019aa5c0-b3e8-7c1d-9f27-2f0c5b6a7d10"])]


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditFilter:
    """All that is given must hold; `since` is included, `until` is not."""

    actor: UserId | None = None
    subject: UUID | None = None
    action: str | None = None
    outcome: Outcome | None = None
    since: datetime | None = None
    until: datetime | None = None


class AuditQueries(Protocol):
    """Raises MissingPermission unless the actor may read the trail."""

    async def newest(
        self, actor: Actor, wanted: AuditFilter, *, after: int | None, skip: int, limit: int
    ) -> Slice[AuditEntryView]:
        """Newest first; `after` is the id of the last entry seen."""
        ...

    async def entry(self, actor: Actor, entry_id: int) -> AuditEntryView:
        """Raises AuditEntryNotFound."""
        ...

    def oldest(self, actor: Actor, wanted: AuditFilter) -> AsyncIterator[Sequence[AuditEntryView]]:
        """All that were there at the start, oldest first, some at a time."""
        ...


class ExportFormat(StrEnum):
    JSONL = "jsonl"
    CSV = "csv"


@dataclass(frozen=True, slots=True)
class ExportAuditLog:
    queries: AuditQueries
    trail: AuditTrail

    async def __call__(self, actor: Actor, wanted: AuditFilter, format_: ExportFormat) -> AsyncIterator[bytes]:
        """The export is itself in the trail before its first byte is read."""
        actor.require(Permission.READ_AUDIT)
        asked = {name: str(value) for name, value in asdict(wanted).items() if value is not None}
        await self.trail.record(
            AuditEntry(action="audit.exported", actor=actor.user, facts={**asked, "format": format_.value})
        )
        batches = self.queries.oldest(actor, wanted)
        return as_csv(batches) if format_ is ExportFormat.CSV else as_jsonl(batches)


_ENCODER = msgspec.json.Encoder(order="sorted")
_COLUMNS = AuditEntryView.__struct_fields__


def canonical(value: object) -> bytes:
    """RFC 8785, for what the trail is made of: texts, whole numbers up to 2^53, plain ASCII keys."""
    return _ENCODER.encode(value)


async def as_jsonl(batches: AsyncIterator[Sequence[AuditEntryView]]) -> AsyncIterator[bytes]:
    """Each line is what its entry's hash is taken of."""
    async for batch in batches:
        yield b"".join(canonical(entry) + b"\n" for entry in batch)


async def as_csv(batches: AsyncIterator[Sequence[AuditEntryView]]) -> AsyncIterator[bytes]:
    yield (",".join(_COLUMNS) + "\r\n").encode()
    async for batch in batches:
        text = StringIO()
        csv.writer(text).writerows([_cell(value) for value in msgspec.structs.astuple(entry)] for entry in batch)
        yield text.getvalue().encode()


def _cell(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, datetime):
        return value.isoformat()
    text = canonical(value).decode() if isinstance(value, dict) else str(value)
    return cell(text)
