from marketplace.adapters.sql.audit.batch import AuditBatch, write
from marketplace.adapters.sql.pool import Pool
from marketplace.adapters.sql.transaction import SqlTransaction
from marketplace.application.shared.audit import AuditEntry, AuditTrail


class SqlAuditTrail(AuditTrail):
    def __init__(self, transaction: SqlTransaction, pool: Pool, batch: AuditBatch) -> None:
        self._transaction = transaction
        self._pool = pool
        self._batch = batch

    def note(self, entry: AuditEntry) -> None:
        self._transaction.audit.note(entry)

    async def record(self, entry: AuditEntry) -> None:
        async with self._pool.connection() as connection:
            await write(connection, [self._batch.row(entry)])
