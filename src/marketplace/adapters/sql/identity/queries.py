import asyncio
from datetime import datetime, timedelta

from sqlalchemy import ARRAY, Uuid, and_, any_, bindparam, case, func, select, update

from marketplace.adapters.sql.coalesce import CoalescedRead
from marketplace.adapters.sql.identity.tables import sessions, users
from marketplace.adapters.sql.pool import Pool
from marketplace.adapters.sql.statement import Statement
from marketplace.application.identity.identifiers import Identifier, IdentifierKind
from marketplace.application.identity.ports import (
    AccountQueries,
    Addressee,
    Contact,
    Credentials,
    LiveSession,
    SessionQueries,
)
from marketplace.application.identity.views import SessionView, UserView, avatar_url
from marketplace.application.shared.actor import Actor
from marketplace.domain.identity.user import Role, UserNotFound
from marketplace.domain.shared.errors import Unavailable
from marketplace.domain.shared.ids import SessionId, UserId

_NAMED = {
    IdentifierKind.EMAIL: users.c.email_key == bindparam("value"),
    IdentifierKind.USERNAME: func.lower(users.c.username) == bindparam("value"),
    IdentifierKind.PHONE: users.c.phone == bindparam("value"),
}
_CREDENTIALS = {
    kind: Statement(select(users.c.id, users.c.password_hash).where(named)) for kind, named in _NAMED.items()
}
_CONTACT = {
    kind: Statement(
        select(
            users.c.id.label("user_id"),
            users.c.email,
            users.c.phone,
            users.c.full_name,
            users.c.language,
            users.c.username,
            users.c.password_hash,
            users.c.former_passwords,
        ).where(named, users.c.is_active)
    )
    for kind, named in [*_NAMED.items(), (None, users.c.id == bindparam("value"))]
}
_ADDRESSEE = Statement(
    select(
        users.c.email,
        case((users.c.phone_verified, users.c.phone)).label("phone"),
        users.c.full_name,
        users.c.language,
        and_(users.c.is_active, users.c.email_verified).label("is_reachable"),
    ).where(users.c.id == bindparam("user_id"))
)
_ME = Statement(
    select(
        users.c.id, users.c.email, users.c.username, users.c.full_name, users.c.role, users.c.is_verified,
        users.c.is_active, users.c.created_at, users.c.phone, users.c.email_verified, users.c.phone_verified,
        users.c.bio, users.c.language, users.c.avatar, users.c.last_login_at,
    ).where(users.c.id == bindparam("user_id"))
)  # fmt: skip
_LIVE_SESSIONS = Statement(
    select(
        sessions.c.id,
        sessions.c.expires_at,
        sessions.c.last_used_at,
        sessions.c.proven_at,
        sessions.c.user_id,
        users.c.role,
    )
    .join_from(sessions, users)
    .where(sessions.c.id == any_(bindparam("ids", type_=ARRAY(Uuid))), sessions.c.ended_at.is_(None), users.c.is_active)
)

_SESSIONS = Statement(
    select(
        sessions.c.id, sessions.c.device, sessions.c.address, sessions.c.methods, sessions.c.created_at,
        sessions.c.last_used_at, sessions.c.expires_at,
    )
    .where(
        sessions.c.user_id == bindparam("user_id"),
        sessions.c.ended_at.is_(None),
        sessions.c.expires_at > bindparam("now"),
    )
    .order_by(sessions.c.last_used_at.desc(), sessions.c.id.desc())
    .limit(200)
)  # fmt: skip
_NOTE_USE = Statement(
    update(sessions).where(sessions.c.id == bindparam("session_id")).values(last_used_at=bindparam("now"))
)
USE_NOTED = timedelta(minutes=5)


class SqlSessionQueries(SessionQueries):
    """That a session is in use is written at most once in USE_NOTED, and never waited for."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool
        self._live = CoalescedRead(pool, _LIVE_SESSIONS)
        self._noting: dict[SessionId, asyncio.Task[None]] = {}

    async def live(self, session: SessionId, now: datetime) -> LiveSession | None:
        row = await self._live.one(session)
        if row is None or row["expires_at"] <= now:
            return None
        if now - row["last_used_at"] > USE_NOTED and session not in self._noting:
            self._noting[session] = asyncio.create_task(self._note_use(session, now))
        return LiveSession(UserId(row["user_id"]), Role(row["role"]), row["proven_at"])

    async def of(self, actor: Actor, now: datetime) -> list[SessionView]:
        async with self._pool.connection() as connection:
            rows = await _SESSIONS.all(connection, user_id=actor.user, now=now)
        return [SessionView(**row, is_current=row["id"] == actor.session) for row in rows]

    async def _note_use(self, session: SessionId, now: datetime) -> None:
        try:
            async with self._pool.connection() as connection:
                await _NOTE_USE.run(connection, session_id=session, now=now)
        except Unavailable:
            pass
        finally:
            del self._noting[session]


class SqlAccountQueries(AccountQueries):
    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    async def me(self, actor: Actor) -> UserView:
        async with self._pool.connection() as connection:
            row = await _ME.one(connection, user_id=actor.user)
        if row is None:
            raise UserNotFound("no such user", user_id=actor.user)
        shown = {name: value for name, value in row.items() if name not in {"avatar", "role"}}
        return UserView(**shown, role=Role(row["role"]), avatar_url=avatar_url(row["avatar"]))

    async def credentials(self, identifier: Identifier) -> Credentials | None:
        async with self._pool.connection() as connection:
            row = await _CREDENTIALS[identifier.kind].one(connection, value=identifier.value)
        return row and Credentials(UserId(row["id"]), row["password_hash"])

    async def contact(self, identifier: Identifier | UserId) -> Contact | None:
        named = identifier if isinstance(identifier, Identifier) else None
        async with self._pool.connection() as connection:
            row = await _CONTACT[named.kind if named else None].one(
                connection, value=named.value if named else identifier
            )
        return row and Contact(**{**row, "former_passwords": tuple(row["former_passwords"])})

    async def addressee(self, user_id: UserId) -> Addressee | None:
        async with self._pool.connection() as connection:
            row = await _ADDRESSEE.one(connection, user_id=user_id)
        return row and Addressee(**row)
