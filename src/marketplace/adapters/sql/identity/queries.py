from datetime import datetime

from sqlalchemy import ARRAY, Uuid, any_, bindparam, func, select

from marketplace.adapters.sql.coalesce import CoalescedRead
from marketplace.adapters.sql.identity.tables import sessions, users
from marketplace.adapters.sql.pool import Pool
from marketplace.adapters.sql.statement import Statement
from marketplace.application.identity.identifiers import Identifier, IdentifierKind
from marketplace.application.identity.ports import AccountQueries, Contact, Credentials, SessionQueries
from marketplace.application.identity.views import UserView
from marketplace.application.shared.actor import Actor
from marketplace.domain.identity.user import Role, UserNotFound
from marketplace.domain.shared.ids import SessionId, UserId

_NAMED = {
    IdentifierKind.EMAIL: users.c.email == bindparam("value"),
    IdentifierKind.USERNAME: func.lower(users.c.username) == bindparam("value"),
    IdentifierKind.PHONE: users.c.phone == bindparam("value"),
}
_CREDENTIALS = {
    kind: Statement(select(users.c.id, users.c.password_hash).where(named)) for kind, named in _NAMED.items()
}
_CONTACT = {
    kind: Statement(select(users.c.id, users.c.email, users.c.phone).where(named, users.c.is_active))
    for kind, named in _NAMED.items()
}
_ME = Statement(
    select(
        users.c.id, users.c.email, users.c.username, users.c.full_name, users.c.role, users.c.is_verified,
        users.c.is_active, users.c.created_at,
    ).where(users.c.id == bindparam("user_id"))
)  # fmt: skip
_LIVE_SESSIONS = Statement(
    select(sessions.c.id, sessions.c.expires_at, users.c.role)
    .join_from(sessions, users)
    .where(sessions.c.id == any_(bindparam("ids", type_=ARRAY(Uuid))), sessions.c.ended_at.is_(None), users.c.is_active)
)


class SqlSessionQueries(SessionQueries):
    def __init__(self, pool: Pool) -> None:
        self._live = CoalescedRead(pool, _LIVE_SESSIONS)

    async def role_of_live(self, session: SessionId, now: datetime) -> Role | None:
        row = await self._live.one(session)
        return Role(row["role"]) if row is not None and row["expires_at"] > now else None


class SqlAccountQueries(AccountQueries):
    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    async def me(self, actor: Actor) -> UserView:
        async with self._pool.connection() as connection:
            row = await _ME.one(connection, user_id=actor.user)
        if row is None:
            raise UserNotFound("no such user", user_id=actor.user)
        return UserView(**{**row, "role": Role(row["role"])})

    async def credentials(self, identifier: Identifier) -> Credentials | None:
        async with self._pool.connection() as connection:
            row = await _CREDENTIALS[identifier.kind].one(connection, value=identifier.value)
        return row and Credentials(UserId(row["id"]), row["password_hash"])

    async def contact(self, identifier: Identifier) -> Contact | None:
        async with self._pool.connection() as connection:
            row = await _CONTACT[identifier.kind].one(connection, value=identifier.value)
        return row and Contact(UserId(row["id"]), row["email"], row["phone"])
