from sqlalchemy import bindparam, select
from sqlalchemy.dialects.postgresql import insert

from marketplace.adapters.sql.identity.factor_tables import second_factors
from marketplace.adapters.sql.statement import Statement
from marketplace.adapters.sql.transaction import SqlTransaction
from marketplace.application.identity.factor_ports import SecondFactorsByUser
from marketplace.domain.identity.second_factor import SecondFactors
from marketplace.domain.shared.errors import StaleAggregate
from marketplace.domain.shared.ids import UserId

_CHANGING = (
    "seed", "confirmed_at", "last_step", "recovery_codes", "failures", "failures_today", "failed_on", "locked_until",
    "version",
)  # fmt: skip

_insert = insert(second_factors)

_GET = Statement(select(second_factors).where(second_factors.c.user_id == bindparam("user_id")).with_for_update())
_SAVE = Statement(
    _insert.on_conflict_do_update(
        index_elements=[second_factors.c.user_id],
        set_={name: _insert.excluded[name] for name in _CHANGING},
        where=second_factors.c.version == bindparam("loaded_version"),
    )
)


class SqlSecondFactorsByUser(SecondFactorsByUser):
    def __init__(self, transaction: SqlTransaction) -> None:
        self._transaction = transaction

    async def get(self, user_id: UserId) -> SecondFactors:
        row = await _GET.one(self._transaction.connection, user_id=user_id)
        if row is None:
            return SecondFactors(user_id=user_id)
        return SecondFactors(**{**row, "recovery_codes": tuple(row["recovery_codes"])})

    async def save(self, factors: SecondFactors) -> None:
        loaded, factors.version = factors.version, factors.version + 1
        changing = {name: getattr(factors, name) for name in _CHANGING}
        if not await _SAVE.run(
            self._transaction.connection, user_id=factors.user_id, loaded_version=loaded, **changing
        ):
            raise StaleAggregate("the second factors changed meanwhile; try again", user_id=factors.user_id)
        self._transaction.ship(factors, factors.user_id)
