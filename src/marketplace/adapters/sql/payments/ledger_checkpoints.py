from datetime import datetime

from marketplace.adapters.sql.payments.movements import first_id
from marketplace.adapters.sql.pool import Pool
from marketplace.application.payments.ledger_reads import LedgerCheckpoints

HORIZON = """
SELECT coalesce((SELECT up_to FROM payments.ledger_checkpoints ORDER BY up_to DESC LIMIT 1),
    '00000000-0000-0000-0000-000000000000'::uuid)
"""
_LOCK = "LOCK TABLE payments.ledger_checkpoints IN SHARE ROW EXCLUSIVE MODE"
_ADVANCE = """
INSERT INTO payments.ledger_checkpoints AS c (account_id, up_to, minor)
SELECT account_id, $2::uuid, sum(minor)::bigint FROM payments.ledger_entries
WHERE transaction_id > $1 AND transaction_id <= $2 GROUP BY account_id
ON CONFLICT (account_id) DO UPDATE SET up_to = excluded.up_to, minor = c.minor + excluded.minor
"""


class SqlLedgerCheckpoints(LedgerCheckpoints):
    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    async def advance(self, to: datetime) -> int:
        async with self._pool.connection() as connection, connection.transaction():
            await connection.execute(f"{_LOCK}; SET LOCAL statement_timeout = '10min'")
            horizon = await connection.fetchval(HORIZON)
            moved: str = await connection.execute(_ADVANCE, horizon, first_id(to))
        return int(moved.rpartition(" ")[2])
