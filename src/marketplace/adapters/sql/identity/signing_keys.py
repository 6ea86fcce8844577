from sqlalchemy import bindparam, delete, func, insert, select, update

from marketplace.adapters.sql.identity.key_tables import signing_keys
from marketplace.adapters.sql.pool import Pool
from marketplace.adapters.sql.statement import Statement
from marketplace.adapters.sql.transaction import SqlTransaction
from marketplace.application.identity.signing_keys import SigningKeyQueries, SigningKeys
from marketplace.domain.identity.signing_key import SigningKey

_TURN = Statement(select(func.pg_advisory_xact_lock(func.hashtext("identity.signing_keys"))))
_ALL = Statement(select(signing_keys).order_by(signing_keys.c.created_at))
_ADD = Statement(insert(signing_keys))
_SAVE = Statement(
    update(signing_keys)
    .where(signing_keys.c.kid == bindparam("of"))
    .values(active_from=bindparam("active_from"), retired_at=bindparam("retired_at"))
)
_REMOVE = Statement(delete(signing_keys).where(signing_keys.c.kid == bindparam("of")))


class SqlSigningKeys(SigningKeys):
    def __init__(self, transaction: SqlTransaction) -> None:
        self._transaction = transaction

    async def all(self) -> list[SigningKey]:
        await _TURN.value(self._transaction.connection)
        return [SigningKey(**row) for row in await _ALL.all(self._transaction.connection)]

    async def add(self, key: SigningKey) -> None:
        await _ADD.run(
            self._transaction.connection, kid=key.kid, public_key=key.public_key, created_at=key.created_at,
            sealed_private_key=key.sealed_private_key, active_from=key.active_from, retired_at=key.retired_at,
        )  # fmt: skip

    async def save(self, key: SigningKey) -> None:
        await _SAVE.run(
            self._transaction.connection, of=key.kid, active_from=key.active_from, retired_at=key.retired_at
        )

    async def remove(self, key: SigningKey) -> None:
        await _REMOVE.run(self._transaction.connection, of=key.kid)


class SqlSigningKeyQueries(SigningKeyQueries):
    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    async def all(self) -> list[SigningKey]:
        async with self._pool.connection() as connection:
            return [SigningKey(**row) for row in await _ALL.all(connection)]
