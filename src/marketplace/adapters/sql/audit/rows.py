"""Entries as they are stored, as views."""

import asyncpg
import msgspec

from marketplace.application.shared.audit_log import AuditEntryView

SELECTED = "id, at, action, actor, subject_kind, subject, outcome, facts::text AS facts, session, network, request_id"
_FACTS = msgspec.json.Decoder()


def view_of(row: asyncpg.Record) -> AuditEntryView:
    id_, at, action, actor, subject_kind, subject, outcome, facts, session, network, request_id = row
    return AuditEntryView(
        id=id_, at=at, action=action, actor=actor, subject_kind=subject_kind, subject=subject, outcome=outcome,
        facts=_facts(facts), session=session, network=network, request_id=request_id,
    )  # fmt: skip


def _facts(text: str) -> dict[str, str | int | bool | None]:
    """A number that only somebody else can have written, too large to be read, stays text: it must not stop a seal."""
    try:
        facts: dict[str, str | int | bool | None] = _FACTS.decode(text)
    except msgspec.DecodeError:
        return {"unreadable": text}
    return facts
