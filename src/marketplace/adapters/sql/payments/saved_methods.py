import asyncpg
from sqlalchemy import bindparam, delete, select
from sqlalchemy.dialects.postgresql import insert

from marketplace.adapters.sql.payments.stripe_tables import provider_customers, saved_methods
from marketplace.adapters.sql.pool import Pool
from marketplace.adapters.sql.statement import Statement
from marketplace.adapters.sql.transaction import SqlTransaction
from marketplace.application.payments.methods import (
    PaymentToken,
    PaymentTokens,
    SavedMethodQueries,
    SavedMethodsByUser,
    SavedMethodTokens,
    SavedMethodView,
)
from marketplace.application.shared.actor import Actor
from marketplace.domain.payments.saved_method import (
    SavedCard,
    SavedMethod,
    SavedMethodId,
    SavedMethodNotFound,
    SavedMethods,
)
from marketplace.domain.shared.ids import UserId

_of_user = saved_methods.c.user_id == bindparam("user_id")
_at = (provider_customers.c.user_id == bindparam("of_user"), provider_customers.c.provider == bindparam("at"))

_TURN = "SELECT pg_advisory_xact_lock(hashtextextended('payments.saved_methods' || $1::uuid, 0))"
_ALL = Statement(select(saved_methods).where(_of_user).order_by(saved_methods.c.created_at, saved_methods.c.id))
_ADD = Statement(insert(saved_methods).on_conflict_do_nothing(index_elements=[saved_methods.c.id]))
_KEEP = "DELETE FROM payments.saved_methods WHERE user_id = $1 AND id <> ALL($2)"
_OTHER = "UPDATE payments.saved_methods SET is_default = false WHERE user_id = $1 AND is_default AND id <> $2"
_DEFAULT = "UPDATE payments.saved_methods SET is_default = true WHERE id = $1 AND NOT is_default"
_TOKEN = Statement(
    select(saved_methods.c.provider, saved_methods.c.sealed_token, provider_customers.c.customer)
    .select_from(
        saved_methods.outerjoin(
            provider_customers,
            (provider_customers.c.user_id == saved_methods.c.user_id)
            & (provider_customers.c.provider == saved_methods.c.provider),
        )
    )
    .where(_of_user, saved_methods.c.id == bindparam("method_id"))
)
_CUSTOMER = Statement(select(provider_customers.c.customer).where(*_at))
_customers = insert(provider_customers)
_KEEP_CUSTOMER = Statement(
    _customers.on_conflict_do_update(
        index_elements=[provider_customers.c.user_id, provider_customers.c.provider],
        set_={"customer": _customers.excluded.customer},
    )
)
_FORGET_CUSTOMERS = Statement(delete(provider_customers).where(provider_customers.c.user_id == bindparam("of_user")))


class SqlSavedMethodsByUser(SavedMethodsByUser):
    def __init__(self, transaction: SqlTransaction) -> None:
        self._transaction = transaction

    async def lock(self, user: UserId) -> SavedMethods:
        connection = self._transaction.connection
        await connection.execute(_TURN, user)
        rows = await _ALL.all(connection, user_id=user)
        default = next((SavedMethodId(row["id"]) for row in rows if row["is_default"]), None)
        return SavedMethods(user_id=user, methods=[_method(row) for row in rows], default=default)

    async def save(self, methods: SavedMethods) -> None:
        connection = self._transaction.connection
        await connection.execute(_KEEP, methods.user_id, [one.id for one in methods.methods])
        if methods.default is None:
            return
        await connection.execute(_OTHER, methods.user_id, methods.default)
        for one in methods.methods:
            await _ADD.run(
                connection, id=one.id, user_id=methods.user_id, provider=one.provider, sealed_token=one.sealed_token,
                fingerprint=one.fingerprint, brand=one.card.brand, last4=one.card.last4, exp_month=one.card.exp_month,
                exp_year=one.card.exp_year, is_default=False, created_at=one.created_at,
            )  # fmt: skip
        await connection.execute(_DEFAULT, methods.default)

    async def customer(self, user: UserId, provider: str) -> str | None:
        row = await _CUSTOMER.one(self._transaction.connection, of_user=user, at=provider)
        return row and row["customer"]

    async def keep_customer(self, user: UserId, provider: str, customer: str) -> None:
        await _KEEP_CUSTOMER.run(self._transaction.connection, user_id=user, provider=provider, customer=customer)

    async def forget_customers(self, user: UserId) -> None:
        await _FORGET_CUSTOMERS.run(self._transaction.connection, of_user=user)


class SqlSavedMethodQueries(SavedMethodQueries, SavedMethodTokens):
    def __init__(self, pool: Pool, tokens: PaymentTokens) -> None:
        self._pool = pool
        self._tokens = tokens

    async def of_owner(self, actor: Actor) -> list[SavedMethodView]:
        async with self._pool.connection() as connection:
            rows = await _ALL.all(connection, user_id=actor.user)
        default = next((SavedMethodId(row["id"]) for row in rows if row["is_default"]), None)
        return [SavedMethodView.of(_method(row), default) for row in rows]

    async def token_of(self, user: UserId, method_id: SavedMethodId) -> PaymentToken:
        async with self._pool.connection() as connection:
            row = await _TOKEN.one(connection, user_id=user, method_id=method_id)
        if row is None:
            raise SavedMethodNotFound("no such saved method", method_id=method_id)
        return PaymentToken(row["provider"], self._tokens.open(user, row["sealed_token"]), row["customer"])


def _method(row: asyncpg.Record) -> SavedMethod:
    card = SavedCard(brand=row["brand"], last4=row["last4"], exp_month=row["exp_month"], exp_year=row["exp_year"])
    return SavedMethod(
        id=SavedMethodId(row["id"]), provider=row["provider"], card=card, sealed_token=row["sealed_token"],
        fingerprint=row["fingerprint"], created_at=row["created_at"],
    )  # fmt: skip
