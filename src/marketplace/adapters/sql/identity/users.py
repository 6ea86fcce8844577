import asyncpg
from sqlalchemy import bindparam, insert, select, update

from marketplace.adapters.sql.identity.tables import users
from marketplace.adapters.sql.statement import Statement
from marketplace.adapters.sql.transaction import SqlTransaction
from marketplace.application.identity.identifiers import email_key
from marketplace.application.identity.ports import Users
from marketplace.domain.identity.user import AccountExists, AccountStatus, Role, User, UsernameTaken, UserNotFound
from marketplace.domain.shared.errors import Conflict, StaleAggregate
from marketplace.domain.shared.ids import UserId

_CHANGING = [
    column.name for column in users.c if not column.computed and column.name not in {"id", "created_at", "rating"}
]
_STORED = [
    column for column in users.c if column.name not in {"email_key", "username_skeleton"} and not column.computed
]
_GET = Statement(select(*_STORED).where(users.c.id == bindparam("user_id")).with_for_update(key_share=True))
_ADD = Statement(insert(users).values({name: bindparam(name) for name in ("id", "created_at", *_CHANGING)}))
_SAVE = Statement(
    update(users)
    .where(users.c.id == bindparam("user_id"), users.c.version == bindparam("loaded_version"))
    .values({name: bindparam(name) for name in _CHANGING})
)


class SqlUsers(Users):
    def __init__(self, transaction: SqlTransaction) -> None:
        self._transaction = transaction

    async def get(self, user_id: UserId) -> User:
        row = await _GET.one(self._transaction.connection, user_id=user_id)
        if row is None:
            raise UserNotFound("no such user", user_id=user_id)
        return User(**{
            **row, "role": Role(row["role"]), "status": AccountStatus(row["status"]),
            "former_passwords": tuple(row["former_passwords"]),
        })  # fmt: skip

    async def add(self, user: User) -> None:
        try:
            await _ADD.run(self._transaction.connection, id=user.id, created_at=user.created_at, **_columns(user))
        except asyncpg.UniqueViolationError as error:
            raise _taken(error) from None
        self._transaction.ship(user, user.id)

    async def save(self, user: User) -> None:
        loaded, user.version = user.version, user.version + 1
        try:
            changed = await _SAVE.run(
                self._transaction.connection, user_id=user.id, loaded_version=loaded, **_columns(user)
            )
        except asyncpg.UniqueViolationError as error:
            raise _taken(error) from None
        if not changed:
            raise StaleAggregate("the account changed meanwhile; load it again", user_id=user.id)
        self._transaction.ship(user, user.id)


def _columns(user: User) -> dict[str, object]:
    values = {name: getattr(user, name) for name in _CHANGING if name != "email_key"}
    return {**values, "former_passwords": list(user.former_passwords), "email_key": email_key(user.email)}


def _taken(error: asyncpg.UniqueViolationError) -> Conflict | asyncpg.UniqueViolationError:
    match error.constraint_name:
        case "uq_users_email" | "uq_users_email_key" | "uq_users_phone":
            return AccountExists()
        case "uq_users_username" | "uq_users_username_skeleton":
            return UsernameTaken()
    return error
