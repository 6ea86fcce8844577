import asyncpg
from sqlalchemy import bindparam, delete, func, insert, select, update

from marketplace.adapters.sql.identity.factor_tables import passkeys
from marketplace.adapters.sql.statement import Statement
from marketplace.adapters.sql.transaction import SqlTransaction
from marketplace.application.identity.factor_ports import Passkeys
from marketplace.domain.identity.passkey import Passkey, PasskeyId, PasskeyNotFound, PasskeyTaken
from marketplace.domain.shared.errors import StaleAggregate
from marketplace.domain.shared.ids import UserId

_CHANGING = ("sign_count", "backed_up", "last_used_at", "suspected_at", "version")
_FIXED = ("id", "user_id", "credential_id", "public_key", "transports", "backup_eligible", "name", "created_at")

_is_loaded = (passkeys.c.id == bindparam("passkey_id")) & (passkeys.c.version == bindparam("loaded_version"))

_GET = Statement(select(passkeys).where(passkeys.c.id == bindparam("passkey_id")).with_for_update())
_BY_CREDENTIAL = Statement(
    select(passkeys).where(passkeys.c.credential_id == bindparam("credential")).with_for_update()
)
_COUNT = Statement(select(func.count()).where(passkeys.c.user_id == bindparam("user_id")))
_ADD = Statement(insert(passkeys))
_SAVE = Statement(update(passkeys).where(_is_loaded).values({name: bindparam(name) for name in _CHANGING}))
_REMOVE = Statement(delete(passkeys).where(_is_loaded))


class SqlPasskeys(Passkeys):
    def __init__(self, transaction: SqlTransaction) -> None:
        self._transaction = transaction

    async def get(self, passkey_id: PasskeyId) -> Passkey:
        return _passkey(await _GET.one(self._transaction.connection, passkey_id=passkey_id))

    async def by_credential(self, credential_id: bytes) -> Passkey:
        return _passkey(await _BY_CREDENTIAL.one(self._transaction.connection, credential=credential_id))

    async def count(self, user_id: UserId) -> int:
        return int(str(await _COUNT.value(self._transaction.connection, user_id=user_id)))

    async def add(self, passkey: Passkey) -> None:
        try:
            await _ADD.run(self._transaction.connection, **_columns(passkey, *_FIXED, *_CHANGING))
        except asyncpg.UniqueViolationError as error:
            if error.constraint_name != "uq_passkeys_credential_id":
                raise
            raise PasskeyTaken from None
        self._transaction.ship(passkey, passkey.id)

    async def save(self, passkey: Passkey) -> None:
        loaded, passkey.version = passkey.version, passkey.version + 1
        changing = _columns(passkey, *_CHANGING)
        connection = self._transaction.connection
        _require(await _SAVE.run(connection, passkey_id=passkey.id, loaded_version=loaded, **changing))
        self._transaction.ship(passkey, passkey.id)

    async def remove(self, passkey: Passkey) -> None:
        connection = self._transaction.connection
        _require(await _REMOVE.run(connection, passkey_id=passkey.id, loaded_version=passkey.version))
        self._transaction.ship(passkey, passkey.id)


def _passkey(row: asyncpg.Record | None) -> Passkey:
    if row is None:
        raise PasskeyNotFound
    return Passkey(**{**row, "transports": tuple(row["transports"])})


def _columns(passkey: Passkey, *names: str) -> dict[str, object]:
    return {name: getattr(passkey, name) for name in names}


def _require(changed: int) -> None:
    if not changed:
        raise StaleAggregate("the passkey changed meanwhile; load it again")
