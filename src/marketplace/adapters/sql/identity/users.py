import asyncpg
from sqlalchemy import bindparam, insert, select, update

from marketplace.adapters.sql.identity.tables import users
from marketplace.adapters.sql.statement import Statement
from marketplace.adapters.sql.transaction import SqlTransaction
from marketplace.application.identity.ports import Users
from marketplace.domain.identity.user import EmailTaken, PhoneTaken, Role, User, UsernameTaken, UserNotFound
from marketplace.domain.shared.errors import Conflict, StaleAggregate
from marketplace.domain.shared.ids import UserId

_GET = Statement(select(users).where(users.c.id == bindparam("user_id")).with_for_update(key_share=True))
_ADD = Statement(insert(users))
_SAVE = Statement(
    update(users)
    .where(users.c.id == bindparam("user_id"), users.c.version == bindparam("loaded_version"))
    .values({column.name: bindparam(column.name) for column in users.c if column.name not in {"id", "created_at"}})
)


class SqlUsers(Users):
    def __init__(self, transaction: SqlTransaction) -> None:
        self._transaction = transaction

    async def get(self, user_id: UserId) -> User:
        row = await _GET.one(self._transaction.connection, user_id=user_id)
        if row is None:
            raise UserNotFound("no such user", user_id=user_id)
        return User(**{**row, "role": Role(row["role"])})

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
    return {
        "email": user.email, "username": user.username, "phone": user.phone, "full_name": user.full_name,
        "password_hash": user.password_hash, "role": user.role, "is_verified": user.is_verified,
        "is_active": user.is_active, "last_login_at": user.last_login_at, "avatar": user.avatar,
        "version": user.version,
    }  # fmt: skip


def _taken(error: asyncpg.UniqueViolationError) -> Conflict | asyncpg.UniqueViolationError:
    match error.constraint_name:
        case "uq_users_email":
            return EmailTaken("an account with this e-mail address exists already; log in")
        case "uq_users_username":
            return UsernameTaken("this username is taken; choose another")
        case "uq_users_phone":
            return PhoneTaken("an account with this phone number exists already; log in")
    return error
