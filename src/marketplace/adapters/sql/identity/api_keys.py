from datetime import datetime

from sqlalchemy import ARRAY, Uuid, any_, bindparam, delete, func, insert, or_, select, update

from marketplace.adapters.sql.coalesce import CoalescedRead
from marketplace.adapters.sql.identity.key_tables import api_keys
from marketplace.adapters.sql.identity.tables import users
from marketplace.adapters.sql.pool import Pool
from marketplace.adapters.sql.statement import Statement
from marketplace.adapters.sql.transaction import SqlTransaction
from marketplace.application.identity.api_keys import (
    USE_NOTED_EVERY,
    ApiKeyCredentials,
    ApiKeyQueries,
    ApiKeys,
    ApiKeyView,
    LiveApiKey,
)
from marketplace.application.shared.actor import Actor, Permission
from marketplace.domain.identity.api_key import ApiKey, ApiKeyId, ApiKeyNotFound
from marketplace.domain.identity.user import Role
from marketplace.domain.shared.ids import UserId

_OWN = (api_keys.c.id == bindparam("key_id"), api_keys.c.user_id == bindparam("owner"))
_GET = Statement(select(api_keys).where(*_OWN).with_for_update())
_ADD = Statement(insert(api_keys))
_REMOVE = Statement(delete(api_keys).where(*_OWN))
_COUNT_LIVE = Statement(
    select(func.count())
    .select_from(api_keys)
    .where(api_keys.c.user_id == bindparam("owner"), api_keys.c.expires_at > bindparam("now"))
)
_OF_OWNER = Statement(
    select(
        api_keys.c.id, api_keys.c.name, api_keys.c.scopes, api_keys.c.created_at, api_keys.c.expires_at,
        api_keys.c.last_used_at,
    )
    .where(api_keys.c.user_id == bindparam("owner"))
    .order_by(api_keys.c.created_at.desc(), api_keys.c.id.desc())
    .limit(100)
)  # fmt: skip
_LIVE = Statement(
    select(
        api_keys.c.id, api_keys.c.user_id, users.c.role, api_keys.c.scopes, api_keys.c.mac, api_keys.c.expires_at,
        api_keys.c.last_used_at,
    )
    .join_from(api_keys, users)
    .where(api_keys.c.id == any_(bindparam("ids", type_=ARRAY(Uuid))), users.c.is_active)
)  # fmt: skip
_NOTE_USE = Statement(
    update(api_keys)
    .where(
        api_keys.c.id == bindparam("key_id"),
        or_(api_keys.c.last_used_at.is_(None), api_keys.c.last_used_at <= bindparam("noted_before")),
    )
    .values(last_used_at=bindparam("now"))
)


class SqlApiKeys(ApiKeys):
    def __init__(self, transaction: SqlTransaction) -> None:
        self._transaction = transaction

    async def get(self, key_id: ApiKeyId, owner: UserId) -> ApiKey:
        row = await _GET.one(self._transaction.connection, key_id=key_id, owner=owner)
        if row is None:
            raise ApiKeyNotFound("no such API key", api_key_id=key_id)
        return ApiKey(**{**row, "scopes": frozenset(row["scopes"])})

    async def add(self, key: ApiKey) -> None:
        await _ADD.run(
            self._transaction.connection, id=key.id, user_id=key.user_id, name=key.name, mac=key.mac,
            scopes=sorted(key.scopes), created_at=key.created_at, expires_at=key.expires_at,
            last_used_at=key.last_used_at,
        )  # fmt: skip
        self._transaction.ship(key, key.id)

    async def remove(self, key: ApiKey) -> None:
        await _REMOVE.run(self._transaction.connection, key_id=key.id, owner=key.user_id)
        self._transaction.ship(key, key.id)

    async def count_live(self, owner: UserId, now: datetime) -> int:
        row = await _COUNT_LIVE.one(self._transaction.connection, owner=owner, now=now)
        return int(row[0]) if row else 0


class SqlApiKeyQueries(ApiKeyQueries):
    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    async def of_owner(self, actor: Actor) -> list[ApiKeyView]:
        actor.own_session()
        async with self._pool.connection() as connection:
            rows = await _OF_OWNER.all(connection, owner=actor.user)
        return [ApiKeyView(**{**row, "scopes": [one for one in Permission if one in row["scopes"]]}) for row in rows]


class SqlApiKeyCredentials(ApiKeyCredentials):
    def __init__(self, pool: Pool) -> None:
        self._pool = pool
        self._live = CoalescedRead(pool, _LIVE)
        self._noting: set[ApiKeyId] = set()

    async def live(self, key_id: ApiKeyId, now: datetime) -> LiveApiKey | None:
        row = await self._live.one(key_id)
        if row is None or row["expires_at"] <= now:
            return None
        return LiveApiKey(row["user_id"], Role(row["role"]), row["scopes"], row["mac"], row["last_used_at"])

    async def note_use(self, key_id: ApiKeyId, now: datetime) -> None:
        """Of many requests at once one writes."""
        if key_id in self._noting:
            return
        self._noting.add(key_id)
        try:
            async with self._pool.connection() as connection:
                await _NOTE_USE.run(connection, key_id=key_id, now=now, noted_before=now - USE_NOTED_EVERY)
        finally:
            self._noting.discard(key_id)
