from sqlalchemy import Text, bindparam, func, select, update

from marketplace.adapters.sql.identity.sessions import CHANNEL
from marketplace.adapters.sql.identity.tables import sessions
from marketplace.adapters.sql.statement import Statement
from marketplace.adapters.sql.transaction import SqlTransaction
from marketplace.application.identity.ports_factors import OtherSessions
from marketplace.application.shared.ports import Clock
from marketplace.domain.identity.session import EndReason
from marketplace.domain.shared.ids import SessionId, UserId

_ended = (
    update(sessions)
    .where(sessions.c.user_id == bindparam("owner"), sessions.c.id != bindparam("keep"), sessions.c.ended_at.is_(None))
    .values(ended_at=bindparam("now"), end_reason=EndReason.LOGGED_OUT.value, version=sessions.c.version + 1)
    .returning(sessions.c.id)
    .cte("ended")
)
_END = Statement(select(func.pg_notify(CHANNEL, _ended.c.id.cast(Text))).add_cte(_ended))


class SqlOtherSessions(OtherSessions):
    """Tells every process of the end, as SqlSessions does."""

    def __init__(self, transaction: SqlTransaction, clock: Clock) -> None:
        self._transaction = transaction
        self._clock = clock

    async def end(self, user_id: UserId, *, keep: SessionId) -> None:
        await _END.all(self._transaction.connection, owner=user_id, keep=keep, now=self._clock.now())
