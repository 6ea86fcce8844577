from datetime import datetime

from sqlalchemy import Text, Uuid, bindparam, cast, exists, func, insert, not_, or_, select, update

from marketplace.adapters.sql.identity.tables import sessions
from marketplace.adapters.sql.statement import Statement
from marketplace.adapters.sql.transaction import SqlTransaction
from marketplace.application.identity.ports import Sessions
from marketplace.domain.identity.session import EndReason, Session, SessionEnded, SessionsEnded
from marketplace.domain.shared.errors import StaleAggregate
from marketplace.domain.shared.ids import SessionId, UserId

CHANNEL = "sessions"
"""NOTIFY on it carries the id of a session that has ended."""

_CHANGING = (
    "rotated_at", "expires_at", "last_used_at", "proven_at", "generation", "ended_at", "end_reason", "version",
)  # fmt: skip

_GET = Statement(select(sessions).where(sessions.c.id == bindparam("session_id")).with_for_update())
_ADD = Statement(insert(sessions))
_SAVE = Statement(
    update(sessions)
    .where(sessions.c.id == bindparam("session_id"), sessions.c.version == bindparam("loaded_version"))
    .values({name: bindparam(name) for name in _CHANGING})
)
_END_ALL = Statement(
    update(sessions)
    .where(
        sessions.c.user_id == bindparam("of_user"),
        sessions.c.ended_at.is_(None),
        sessions.c.expires_at > bindparam("now"),
        sessions.c.id.is_distinct_from(bindparam("keep", type_=Uuid)),
    )
    .values(ended_at=bindparam("now"), end_reason=bindparam("reason"), version=sessions.c.version + 1)
    .returning(sessions.c.id, func.pg_notify(CHANNEL, cast(sessions.c.id, Text)))
)
_FAMILIAR = Statement(
    select(
        or_(
            exists().where(
                sessions.c.user_id == bindparam("user_id"),
                or_(sessions.c.device == bindparam("device"), sessions.c.address == bindparam("address")),
            ),
            not_(exists().where(sessions.c.user_id == bindparam("user_id"))),
        )
    )
)
_TELL = Statement(select(func.pg_notify(CHANNEL, bindparam("session_id"))))


class SqlSessions(Sessions):
    def __init__(self, transaction: SqlTransaction) -> None:
        self._transaction = transaction

    async def get(self, session_id: SessionId) -> Session:
        row = await _GET.one(self._transaction.connection, session_id=session_id)
        if row is None:
            raise SessionEnded
        reason = row["end_reason"]
        return Session(**{**row, "end_reason": reason and EndReason(reason), "methods": tuple(row["methods"])})

    async def add(self, session: Session) -> None:
        await _ADD.run(
            self._transaction.connection, id=session.id, user_id=session.user_id, created_at=session.created_at,
            methods=list(session.methods), device=session.device, address=session.address, **_columns(session),
        )  # fmt: skip
        self._transaction.ship(session, session.id)

    async def save(self, session: Session) -> None:
        loaded, session.version = session.version, session.version + 1
        connection = self._transaction.connection
        if not await _SAVE.run(connection, session_id=session.id, loaded_version=loaded, **_columns(session)):
            raise StaleAggregate("the session changed meanwhile; load it again", session_id=session.id)
        if session.ended_at is not None:
            await _TELL.run(connection, session_id=str(session.id))
        self._transaction.ship(session, session.id)

    async def end_all(
        self, user_id: UserId, reason: EndReason, now: datetime, *, keep: SessionId | None = None
    ) -> list[SessionId]:
        rows = await _END_ALL.all(self._transaction.connection, of_user=user_id, now=now, keep=keep, reason=reason)
        ended = tuple(SessionId(row["id"]) for row in rows)
        if ended:
            self._transaction.publish(SessionsEnded(occurred_at=now, user_id=user_id, session_ids=ended), user_id)
        return list(ended)

    async def is_familiar(self, user_id: UserId, device: str, address: str) -> bool:
        connection = self._transaction.connection
        return bool(await _FAMILIAR.value(connection, user_id=user_id, device=device, address=address))


def _columns(session: Session) -> dict[str, object]:
    return {name: getattr(session, name) for name in _CHANGING}
