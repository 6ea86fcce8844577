from collections.abc import Collection
from dataclasses import replace

from sqlalchemy import Uuid, any_, bindparam, case, delete, select
from sqlalchemy.dialects.postgresql import ARRAY, insert

from marketplace.adapters.security.push_addresses import SealedAddress, SealedPushAddresses
from marketplace.adapters.sql.notifications.push_tables import push_tokens
from marketplace.adapters.sql.pool import Pool
from marketplace.adapters.sql.statement import Statement
from marketplace.adapters.sql.transaction import SqlTransaction
from marketplace.application.notifications.push_tokens import (
    PushAddresses,
    PushTokenQueries,
    PushTokens,
    PushTokenView,
)
from marketplace.application.shared.actor import Actor
from marketplace.domain.notifications.push_token import (
    Platform,
    PushAddress,
    PushToken,
    PushTokenId,
    PushTokenNotFound,
)
from marketplace.domain.shared.ids import SessionId, UserId

_c = push_tokens.c
_own = (_c.id == bindparam("token_id"), _c.user_id == bindparam("owner"))
_newest_first = (_c.registered_at.desc(), _c.id.desc())

_TURN = "SELECT pg_advisory_xact_lock(hashtextextended('notifications.push_tokens' || $1::uuid, 0))"
_new = insert(push_tokens)
_MOVING = ("user_id", "session_id", "platform", "sealed", "masked", "device_name", "registered_at")
_PUT = Statement(
    _new.on_conflict_do_update(
        index_elements=[_c.fingerprint],
        set_={
            **{name: _new.excluded[name] for name in _MOVING},
            "created_at": case((_c.user_id == _new.excluded.user_id, _c.created_at), else_=_new.excluded.created_at),
        },
    ).returning(_c.id, _c.created_at)
)
_DROP_OLDEST = """
DELETE FROM notifications.push_tokens WHERE user_id = $1 AND id IN (
    SELECT id FROM notifications.push_tokens WHERE user_id = $1 ORDER BY registered_at DESC, id DESC OFFSET $2)"""
_REMOVE = Statement(delete(push_tokens).where(*_own))
_REMOVE_OF_SESSIONS = Statement(
    delete(push_tokens).where(_c.session_id == any_(bindparam("sessions", type_=ARRAY(Uuid))))
)
_REMOVE_OF = Statement(delete(push_tokens).where(_c.user_id == bindparam("user")))
_OF = Statement(select(_c.id).where(_c.user_id == bindparam("user")).order_by(*_newest_first))
_ALL = Statement(
    select(_c.id, _c.session_id, _c.platform, _c.masked, _c.device_name, _c.created_at, _c.registered_at)
    .where(_c.user_id == bindparam("user"))
    .order_by(*_newest_first)
)
_ADDRESS = Statement(select(_c.sealed, _c.fingerprint).where(*_own))


class SqlPushTokens(PushTokens):
    def __init__(self, transaction: SqlTransaction, addresses: SealedPushAddresses) -> None:
        self._transaction = transaction
        self._addresses = addresses

    async def put(self, token: PushToken, most: int) -> PushToken:
        connection = self._transaction.connection
        await connection.execute(_TURN, token.user_id)
        sealed, fingerprint = self._addresses.seal(token.address)
        (row,) = await _PUT.all(
            connection, id=token.id, user_id=token.user_id, session_id=token.session_id, platform=token.platform,
            sealed=sealed, fingerprint=fingerprint, masked=token.masked, device_name=token.device_name,
            created_at=token.created_at, registered_at=token.registered_at,
        )  # fmt: skip
        await connection.execute(_DROP_OLDEST, token.user_id, most)
        return replace(token, id=row["id"], created_at=row["created_at"])

    async def remove(self, token_id: PushTokenId, owner: UserId) -> None:
        if not await _REMOVE.run(self._transaction.connection, token_id=token_id, owner=owner):
            raise PushTokenNotFound("no such push token", token_id=token_id)

    async def remove_of_sessions(self, sessions: Collection[SessionId]) -> None:
        await _REMOVE_OF_SESSIONS.run(self._transaction.connection, sessions=list(sessions))

    async def remove_of(self, user: UserId) -> None:
        await _REMOVE_OF.run(self._transaction.connection, user=user)

    async def of(self, user: UserId) -> Collection[PushTokenId]:
        return [PushTokenId(row["id"]) for row in await _OF.all(self._transaction.connection, user=user)]


class SqlPushTokenQueries(PushTokenQueries, PushAddresses):
    def __init__(self, pool: Pool, addresses: SealedPushAddresses) -> None:
        self._pool = pool
        self._addresses = addresses

    async def of_owner(self, actor: Actor) -> list[PushTokenView]:
        session = actor.own_session()
        async with self._pool.connection() as connection:
            rows = await _ALL.all(connection, user=actor.user)
        return [
            PushTokenView(
                id=row["id"], platform=Platform(row["platform"]), token=row["masked"], device_name=row["device_name"],
                is_current=row["session_id"] == session, created_at=row["created_at"],
                registered_at=row["registered_at"],
            )
            for row in rows
        ]  # fmt: skip

    async def address(self, token_id: PushTokenId, owner: UserId) -> PushAddress | None:
        async with self._pool.connection() as connection:
            row = await _ADDRESS.one(connection, token_id=token_id, owner=owner)
        return row and self._addresses.open(SealedAddress(row["sealed"], row["fingerprint"]))
