from collections.abc import Mapping, Sequence
from uuid import UUID

import asyncpg

from marketplace.adapters.sql.audit.rows import SELECTED, view_of
from marketplace.adapters.sql.pool import Pool
from marketplace.application.shared.audit_chain import AuditChain, Block, Head
from marketplace.application.shared.audit_log import AuditEntryView

_BLOCK = "number, sealed_at, entry_ids, entry_hashes, previous_hash, hash"
_HEAD = "SELECT number, hash FROM audit.blocks ORDER BY number DESC LIMIT 1"
_ONE = f"SELECT {_BLOCK} FROM audit.blocks WHERE number = $1"  # noqa: S608 - names of ours
_SOME = f"""
SELECT {_BLOCK} FROM audit.blocks
WHERE number >= $1 AND number <= (
    SELECT max(number) FROM (
        SELECT number, row_number() OVER follows AS place, sum(cardinality(entry_ids)) OVER follows AS entries
        FROM (SELECT number, entry_ids FROM audit.blocks WHERE number >= $1 ORDER BY number LIMIT 500) next
        WINDOW follows AS (ORDER BY number)
    ) counted WHERE place = 1 OR entries <= 4000
)
ORDER BY number
"""  # noqa: S608
_ENTRIES = f"SELECT {SELECTED} FROM audit.entries WHERE id = ANY ($1)"  # noqa: S608
_CONTRADICTED = """
SELECT e.id, e.subject FROM audit.entries e
LEFT JOIN payments.ledger_transactions t ON t.id = e.subject
CROSS JOIN LATERAL (
    SELECT encode(sha256(convert_to(
        string_agg(account_id || ':' || minor || ':' || currency, ';' ORDER BY account_id), 'UTF8')), 'hex') AS found
    FROM payments.ledger_entries WHERE transaction_id = e.subject
) legs
WHERE e.id = ANY ($1) AND e.action = 'payments.ledger_posted' AND e.facts ? 'entries'
    AND (e.facts->>'entries', e.facts->>'kind', e.facts->>'source')
        IS DISTINCT FROM (legs.found, t.kind, t.source_id::text)
"""
"""Postings to the ledger carry a hash of their entries: what they booked is proven by the chain too."""
_LOOSE = """
SELECT id FROM (
    SELECT id FROM audit.entries WHERE id > $1 AND id <= $2
    EXCEPT SELECT unnest(entry_ids) FROM audit.blocks WHERE number BETWEEN $3 AND $4
    EXCEPT SELECT entry_id FROM audit.unsealed
) outside
WHERE NOT EXISTS (SELECT FROM audit.blocks WHERE entry_ids @> ARRAY[outside.id])
LIMIT 1000
"""
"""One statement, hence one moment: what is sealed meanwhile is still in the queue."""
_QUEUED_IN_VAIN = """
SELECT entry_id FROM audit.unsealed WHERE NOT EXISTS (SELECT FROM audit.entries WHERE id = entry_id) LIMIT 1000
"""
_LOWEST, _HIGHEST = -(2**63), 2**63 - 1


class SqlAuditChain(AuditChain):
    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    async def head(self) -> Head | None:
        async with self._pool.connection() as connection:
            row = await connection.fetchrow(_HEAD)
        return Head(row["number"], row["hash"]) if row else None

    async def block(self, number: int) -> Block | None:
        async with self._pool.connection() as connection:
            row = await connection.fetchrow(_ONE, number)
        return _block_of(row) if row else None

    async def blocks(self, first: int) -> Sequence[Block]:
        async with self._pool.connection() as connection:
            return [_block_of(row) for row in await connection.fetch(_SOME, first)]

    async def entries(self, ids: Sequence[int]) -> Mapping[int, AuditEntryView]:
        async with self._pool.connection() as connection:
            return {row["id"]: view_of(row) for row in await connection.fetch(_ENTRIES, ids)}

    async def contradicted(self, ids: Sequence[int]) -> Mapping[int, UUID]:
        async with self._pool.connection() as connection:
            return {row["id"]: row["subject"] for row in await connection.fetch(_CONTRADICTED, ids)}

    async def loose(self, after: int | None, to: int | None, near: Sequence[Block]) -> Sequence[int]:
        ids = (_LOWEST if after is None else after, _HIGHEST if to is None else to)
        numbers = (near[0].number, near[-1].number) if near else (0, 0)
        async with self._pool.connection() as connection:
            return [row["id"] for row in await connection.fetch(_LOOSE, *ids, *numbers)]

    async def queued_in_vain(self) -> Sequence[int]:
        async with self._pool.connection() as connection:
            return [row["entry_id"] for row in await connection.fetch(_QUEUED_IN_VAIN)]


def _block_of(row: asyncpg.Record) -> Block:
    return Block(**row)
