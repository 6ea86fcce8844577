from marketplace.adapters.sql.audit.rows import SELECTED, view_of
from marketplace.adapters.sql.pool import Pool
from marketplace.application.shared.audit import SealAuditTrail
from marketplace.application.shared.audit_chain import GENESIS, seal

LOCK = 0x61756469
"""The advisory lock that lets one process at a time seal; writers of entries never wait for it."""

LARGEST_BLOCK = 500

_WAITING = "SELECT EXISTS (SELECT FROM audit.unsealed)"
_MINE = "SELECT pg_try_advisory_xact_lock($1)"
_QUEUE = f"""
SELECT {SELECTED} FROM audit.entries
WHERE id = ANY (ARRAY(SELECT entry_id FROM audit.unsealed ORDER BY entry_id LIMIT $1)) ORDER BY id
"""  # noqa: S608 - names of ours
_HEAD = """
SELECT clock_timestamp() AS now, coalesce(max(number), 0) AS number,
       (SELECT hash FROM audit.blocks ORDER BY number DESC LIMIT 1) AS hash
FROM audit.blocks
"""
_ADD = """
WITH added AS (
    INSERT INTO audit.blocks (number, sealed_at, entry_ids, entry_hashes, previous_hash, hash)
    VALUES ($1, $2, $3, $4, $5, $6)
)
DELETE FROM audit.unsealed WHERE entry_id = ANY ($3)
"""


class SqlSealAuditTrail(SealAuditTrail):
    """An entry and its place in the queue are committed together, so what is seen in the queue can be sealed."""

    def __init__(self, pool: Pool, *, largest_block: int = LARGEST_BLOCK) -> None:
        self._pool = pool
        self._largest_block = largest_block

    async def __call__(self) -> int:
        sealed = 0
        while count := await self._seal_one():
            sealed += count
            if count < self._largest_block:
                break
        return sealed

    async def _seal_one(self) -> int:
        async with self._pool.connection() as connection:
            if not await connection.fetchval(_WAITING):
                return 0
            async with connection.transaction():
                if not await connection.fetchval(_MINE, LOCK):
                    return 0
                entries = [view_of(row) for row in await connection.fetch(_QUEUE, self._largest_block)]
                if not entries:
                    return 0
                head = await connection.fetchrow(_HEAD)
                block = seal(head["number"] + 1, head["hash"] or GENESIS, entries, head["now"])
                await connection.execute(
                    _ADD, block.number, block.sealed_at, block.entry_ids, block.entry_hashes, block.previous_hash,
                    block.hash,
                )  # fmt: skip
        return len(entries)
