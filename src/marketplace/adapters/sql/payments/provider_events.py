from datetime import datetime
from uuid import UUID

import asyncpg
from sqlalchemy import bindparam, select, update
from sqlalchemy.dialects.postgresql import insert

from marketplace.adapters.security.vault import Vault
from marketplace.adapters.sql.payments.stripe_tables import provider_events
from marketplace.adapters.sql.statement import Statement
from marketplace.adapters.sql.transaction import SqlTransaction
from marketplace.application.payments.inbox import ProviderEvent, ProviderEventNotFound, ProviderEvents, Told

_table = provider_events.c

_ADD = Statement(insert(provider_events).on_conflict_do_nothing(index_elements=[_table.source, _table.external_id]))
_LOCK = Statement(select(provider_events).where(_table.id == bindparam("event_id")).with_for_update())
_SAVE = Statement(
    update(provider_events)
    .where(_table.id == bindparam("event_id"))
    .values(applied_at=bindparam("applied"), failures=bindparam("failed"), error=bindparam("what"))
)
_FAILED = Statement(
    select(_table.id)
    .where(_table.error.is_not(None), _table.applied_at.is_(None))
    .order_by(_table.id)
    .limit(bindparam("most"))
)
_FORGET = """
DELETE FROM payments.provider_events WHERE id = ANY (ARRAY(
    SELECT id FROM payments.provider_events WHERE received_at < $1 AND applied_at IS NOT NULL
    ORDER BY received_at LIMIT $2 FOR UPDATE SKIP LOCKED
))"""


class SqlProviderEvents(ProviderEvents):
    """Bodies are sealed: providers write tokens and addresses of people into them."""

    def __init__(self, transaction: SqlTransaction, vault: Vault) -> None:
        self._transaction = transaction
        self._vault = vault

    async def add(self, event: ProviderEvent) -> bool:
        added = await _ADD.run(
            self._transaction.connection, id=event.id, source=event.source, external_id=event.told.external_id,
            kind=event.told.kind, body=self._vault.seal(event.body, _context(event.id)),
            headers=dict(event.told.headers), received_at=event.received_at,
            applied_at=event.applied_at, failures=event.failures, error=event.error,
        )  # fmt: skip
        return bool(added)

    async def lock(self, event_id: UUID) -> ProviderEvent:
        row = await _LOCK.one(self._transaction.connection, event_id=event_id)
        if row is None:
            raise ProviderEventNotFound("no such event", event_id=event_id)
        return self._event(row)

    async def save(self, event: ProviderEvent) -> None:
        await _SAVE.run(
            self._transaction.connection, event_id=event.id, applied=event.applied_at, failed=event.failures,
            what=event.error,
        )  # fmt: skip

    async def failed(self, limit: int) -> list[UUID]:
        return [row["id"] for row in await _FAILED.all(self._transaction.connection, most=limit)]

    async def forget(self, before: datetime, limit: int) -> int:
        status = await self._transaction.connection.execute(_FORGET, before, limit)
        return int(status.rsplit(" ", 1)[-1])

    def _event(self, row: asyncpg.Record) -> ProviderEvent:
        told = Told(row["external_id"], row["kind"], row["headers"])
        return ProviderEvent(
            id=row["id"], source=row["source"], told=told, body=self._vault.open(row["body"], _context(row["id"])),
            received_at=row["received_at"], applied_at=row["applied_at"], failures=row["failures"], error=row["error"],
        )  # fmt: skip


def _context(event_id: UUID) -> str:
    return f"provider-event:{event_id}"
