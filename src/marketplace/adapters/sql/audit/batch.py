"""Entries on their way into the trail: rows, and the statement that writes them."""

from collections.abc import Callable, Iterable, Mapping
from hashlib import blake2b
from typing import Any, TypeVar
from uuid import UUID

import asyncpg
import msgspec

from marketplace.application.shared.actor import Actor
from marketplace.application.shared.audit import Acting, AuditEntry, Facts
from marketplace.application.shared.caller import Caller
from marketplace.domain.shared.aggregate import DomainEvent

Event = TypeVar("Event", bound=DomainEvent)
AuditedEvents = Mapping[type[DomainEvent], Callable[[Any], AuditEntry]]
"""What an event is to the audit trail; the events that are not listed stay out of it."""

LONGEST_FACT = 200
LARGEST_INTEGER = 2**53 - 1
"""The largest that every JSON reader keeps exactly (RFC 8785); larger ones are written as text."""

_COLUMNS = {
    "action": "text", "actor": "uuid", "subject_kind": "text", "subject": "uuid", "outcome": "text", "facts": "text",
    "session": "uuid", "network": "text", "request_id": "text",
}  # fmt: skip
Row = tuple[str, UUID | None, str, UUID | None, str, str, UUID | None, str, str]
"""One value for each of the columns."""


def insertion(first: int) -> str:
    """Common table expressions that write the rows whose columns are the arrays $`first`, $`first + 1` and so on."""
    arrays = ", ".join(f"${first + place}::{type_}[]" for place, type_ in enumerate(_COLUMNS.values()))
    names = ", ".join(_COLUMNS)
    return f"""noted AS (
        INSERT INTO audit.entries ({names})
        SELECT {names.replace("facts", "facts::jsonb")}
        FROM unnest({arrays}) WITH ORDINALITY new({names}, place) ORDER BY place
        RETURNING id
    ), queued AS (
        INSERT INTO audit.unsealed (entry_id) SELECT id FROM noted
    )"""  # noqa: S608 - names of ours


WRITE = f"WITH {insertion(1)} SELECT"


def columns(rows: Iterable[Row]) -> list[list[Any]]:
    return [list(column) for column in zip(*rows, strict=True)]


def row_of(entry: AuditEntry, caller: Caller, actor: Actor | None, key: bytes) -> Row:
    network = caller.network and blake2b(caller.network.encode(), key=key, digest_size=16).hexdigest()
    return (
        entry.action, entry.actor or (actor.user if actor else None), entry.subject_kind, entry.subject,
        entry.outcome.value, msgspec.json.encode(_stored(entry.facts)).decode(), actor.session if actor else None,
        network, caller.request_id,
    )  # fmt: skip


def _stored(facts: Facts) -> dict[str, str | int | bool | None]:
    stored: dict[str, str | int | bool | None] = {}
    for name, value in facts.items():
        if isinstance(value, int) and abs(value) > LARGEST_INTEGER:
            value = str(value)
        stored[name] = value.replace("\0", "")[:LONGEST_FACT] if isinstance(value, str) else value
    return stored


class AuditBatch:
    """What one request's transaction notes. `key` hides the caller's network."""

    def __init__(
        self,
        events: AuditedEvents | None = None,
        caller: Caller | None = None,
        acting: Acting | None = None,
        key: bytes = b"",
    ) -> None:
        self._events = events or {}
        self._caller = caller or Caller()
        self._acting = acting or Acting()
        self._key = key
        self._rows: list[Row] = []

    def row(self, entry: AuditEntry) -> Row:
        return row_of(entry, self._caller, self._acting.actor, self._key)

    def note(self, entry: AuditEntry) -> None:
        self._rows.append(self.row(entry))

    def publish(self, event: DomainEvent) -> None:
        if entry_of := self._events.get(type(event)):
            self.note(entry_of(event))

    def clear(self) -> None:
        self._rows.clear()

    @property
    def arguments(self) -> list[list[Any]]:
        """One array for each column; none when there is nothing to write."""
        return columns(self._rows)


async def write(connection: asyncpg.Connection, rows: Iterable[Row]) -> None:
    await connection.execute(WRITE, *columns(rows))
