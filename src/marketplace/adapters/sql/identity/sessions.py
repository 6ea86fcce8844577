from sqlalchemy import bindparam, func, insert, select, update

from marketplace.adapters.sql.identity.tables import sessions
from marketplace.adapters.sql.statement import Statement
from marketplace.adapters.sql.transaction import SqlTransaction
from marketplace.application.identity.ports import Sessions
from marketplace.domain.identity.session import EndReason, Session, SessionEnded
from marketplace.domain.shared.errors import StaleAggregate
from marketplace.domain.shared.ids import SessionId

CHANNEL = "sessions"
"""NOTIFY on it carries the id of a session that has ended."""

_CHANGING = ("rotated_at", "expires_at", "generation", "ended_at", "end_reason", "version")

_GET = Statement(select(sessions).where(sessions.c.id == bindparam("session_id")).with_for_update())
_ADD = Statement(insert(sessions))
_SAVE = Statement(
    update(sessions)
    .where(sessions.c.id == bindparam("session_id"), sessions.c.version == bindparam("loaded_version"))
    .values({name: bindparam(name) for name in _CHANGING})
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
        return Session(**{**row, "end_reason": reason and EndReason(reason)})

    async def add(self, session: Session) -> None:
        await _ADD.run(
            self._transaction.connection, id=session.id, user_id=session.user_id, created_at=session.created_at,
            **_columns(session),
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


def _columns(session: Session) -> dict[str, object]:
    return {name: getattr(session, name) for name in _CHANGING}
