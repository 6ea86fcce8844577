import asyncpg
from sqlalchemy import bindparam, insert, select

from marketplace.adapters.sql.identity.key_tables import outside_identities
from marketplace.adapters.sql.statement import Statement
from marketplace.adapters.sql.transaction import SqlTransaction
from marketplace.application.identity.outside import OutsideIdentities
from marketplace.domain.identity.outside_identity import OutsideIdentity, OutsideIdentityTaken
from marketplace.domain.shared.ids import UserId

_OWNER = Statement(
    select(outside_identities.c.user_id).where(
        outside_identities.c.issuer == bindparam("issuer"), outside_identities.c.subject == bindparam("subject")
    )
)
_ADD = Statement(insert(outside_identities))


class SqlOutsideIdentities(OutsideIdentities):
    def __init__(self, transaction: SqlTransaction) -> None:
        self._transaction = transaction

    async def owner(self, issuer: str, subject: str) -> UserId | None:
        row = await _OWNER.one(self._transaction.connection, issuer=issuer, subject=subject)
        return row and UserId(row["user_id"])

    async def add(self, identity: OutsideIdentity) -> None:
        try:
            await _ADD.run(
                self._transaction.connection, id=identity.id, user_id=identity.user_id, issuer=identity.issuer,
                subject=identity.subject, linked_at=identity.linked_at,
            )  # fmt: skip
        except asyncpg.UniqueViolationError:
            raise OutsideIdentityTaken from None
