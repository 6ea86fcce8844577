from collections.abc import Sequence

from sqlalchemy import bindparam, func, select

from marketplace.adapters.sql.identity.factor_tables import passkeys, second_factors
from marketplace.adapters.sql.pool import Pool
from marketplace.adapters.sql.statement import Statement
from marketplace.application.identity.factor_ports import FactorQueries, KnownCredential
from marketplace.application.identity.factor_views import PasskeyView, TwoFactorView
from marketplace.application.shared.actor import Actor
from marketplace.domain.identity.second_factor import Method, Methods
from marketplace.domain.shared.ids import UserId

_mine = passkeys.c.user_id == bindparam("user_id")
_usable = passkeys.c.suspected_at.is_(None)

_ENABLED = Statement(
    select(
        func.cardinality(second_factors.c.recovery_codes).label("codes"),
        select(passkeys.c.id).where(_mine, _usable).exists().label("passkeys"),
    ).where(second_factors.c.user_id == bindparam("user_id"), second_factors.c.confirmed_at.is_not(None))
)
_CREDENTIALS = Statement(
    select(passkeys.c.credential_id, passkeys.c.transports)
    .where(_mine, _usable)
    .order_by(passkeys.c.created_at, passkeys.c.id)
)
_PASSKEYS = Statement(
    select(
        passkeys.c.id, passkeys.c.name, passkeys.c.transports, passkeys.c.backed_up, passkeys.c.created_at,
        passkeys.c.last_used_at, passkeys.c.suspected_at,
    ).where(_mine).order_by(passkeys.c.created_at, passkeys.c.id)
)  # fmt: skip


class SqlFactorQueries(FactorQueries):
    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    async def methods(self, user_id: UserId) -> Methods:
        async with self._pool.connection() as connection:
            row = await _ENABLED.one(connection, user_id=user_id)
        if row is None:
            return ()
        recovery = (Method.RECOVERY_CODE,) if row["codes"] else ()
        return (Method.TOTP, *recovery, *((Method.PASSKEY,) if row["passkeys"] else ()))

    async def two_factor(self, actor: Actor) -> TwoFactorView:
        actor.own_session()
        async with self._pool.connection() as connection:
            row = await _ENABLED.one(connection, user_id=actor.user)
        return TwoFactorView(enabled=row is not None, recovery_codes_left=row["codes"] if row else 0)

    async def credentials(self, user_id: UserId) -> Sequence[KnownCredential]:
        async with self._pool.connection() as connection:
            rows = await _CREDENTIALS.all(connection, user_id=user_id)
        return [KnownCredential(row["credential_id"], tuple(row["transports"])) for row in rows]

    async def passkeys(self, actor: Actor) -> list[PasskeyView]:
        actor.own_session()
        async with self._pool.connection() as connection:
            rows = await _PASSKEYS.all(connection, user_id=actor.user)
        return [PasskeyView(**row) for row in rows]
