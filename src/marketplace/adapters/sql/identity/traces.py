from sqlalchemy import bindparam, delete, update

from marketplace.adapters.sql.identity.factor_tables import passkeys, second_factors
from marketplace.adapters.sql.identity.key_tables import api_keys, outside_identities
from marketplace.adapters.sql.identity.tables import sessions
from marketplace.adapters.sql.statement import Statement
from marketplace.adapters.sql.transaction import SqlTransaction
from marketplace.application.identity.people_ports import PersonalTraces
from marketplace.domain.shared.ids import UserId

_WIPE = (
    Statement(update(sessions).where(sessions.c.user_id == bindparam("who")).values(device="", address="")),
    *(
        Statement(delete(table).where(table.c.user_id == bindparam("who")))
        for table in (api_keys, outside_identities, passkeys, second_factors)
    ),
)


class SqlPersonalTraces(PersonalTraces):
    def __init__(self, transaction: SqlTransaction) -> None:
        self._transaction = transaction

    async def wipe(self, user_id: UserId) -> None:
        for statement in _WIPE:
            await statement.run(self._transaction.connection, who=user_id)
