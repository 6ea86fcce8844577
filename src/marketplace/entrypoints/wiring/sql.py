from collections.abc import AsyncIterator

from dishka import AnyOf, Provider, Scope, provide

from marketplace.adapters.clock import SystemClock
from marketplace.adapters.ids import TimeOrderedIds
from marketplace.adapters.sql.audit.batch import AuditBatch
from marketplace.adapters.sql.idempotency import SqlForgetOldKeys, SqlIdempotencyKeys
from marketplace.adapters.sql.jobs import Subscriptions
from marketplace.adapters.sql.pool import Pool
from marketplace.adapters.sql.transaction import SqlTimers, SqlTransaction
from marketplace.application.shared.idempotency import ForgetOldKeys, IdempotencyKeys
from marketplace.application.shared.ports import Clock, Ids, Timers, Transaction
from marketplace.entrypoints.worker.ports import JobTransaction


class SqlProvider(Provider):
    """The database and what every context needs of it."""

    def __init__(self, dsn: str, subscriptions: Subscriptions, *, pool_size: int = 16) -> None:
        super().__init__()
        self._dsn = dsn
        self._subscriptions = subscriptions
        self._pool_size = pool_size

    @provide(scope=Scope.APP)
    async def pool(self) -> AsyncIterator[Pool]:
        pool = Pool(self._dsn, size=self._pool_size)
        yield pool
        await pool.close()

    @provide(scope=Scope.REQUEST, provides=AnyOf[SqlTransaction, Transaction, JobTransaction])
    def transaction(self, pool: Pool, audit: AuditBatch) -> SqlTransaction:
        return SqlTransaction(pool, self._subscriptions, audit)

    clock = provide(SystemClock, provides=Clock, scope=Scope.APP)
    ids = provide(TimeOrderedIds, provides=Ids, scope=Scope.APP)
    timers = provide(SqlTimers, provides=Timers, scope=Scope.REQUEST)
    idempotency = provide(SqlIdempotencyKeys, provides=IdempotencyKeys, scope=Scope.REQUEST)
    forget_old_keys = provide(SqlForgetOldKeys, provides=ForgetOldKeys, scope=Scope.APP)
