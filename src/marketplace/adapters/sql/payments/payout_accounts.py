from collections.abc import Sequence
from datetime import UTC, datetime
from uuid import UUID

import asyncpg
from sqlalchemy import bindparam, insert, select, update

from marketplace.adapters.security.vault import Vault
from marketplace.adapters.sql.payments.payout_tables import payout_accounts
from marketplace.adapters.sql.statement import Statement
from marketplace.adapters.sql.transaction import SqlTransaction
from marketplace.application.payments.payout_ports import PayoutAccounts, PayoutSchedules
from marketplace.domain.payments.payout_account import PayoutAccount, PayoutAccountKind, PayoutAccountNotFound
from marketplace.domain.payments.payout_schedule import Interval, PayoutSchedule
from marketplace.domain.shared.errors import StaleAggregate
from marketplace.domain.shared.ids import PayoutAccountId, UserId
from marketplace.domain.shared.money import Money

_ADD = Statement(insert(payout_accounts))
_FIND = Statement(select(payout_accounts).where(payout_accounts.c.id == bindparam("account_id")))
_OWN = select(payout_accounts).where(
    payout_accounts.c.owner_id == bindparam("owner"), payout_accounts.c.removed_at.is_(None)
)
_LOCK = Statement(_OWN.where(payout_accounts.c.id == bindparam("account_id")).with_for_update())
_LOCK_DEFAULT = Statement(_OWN.where(payout_accounts.c.is_default).with_for_update())
_HOLD = "SELECT pg_advisory_xact_lock(hashtextextended('payout accounts ' || $1::text, 0))"
_HELD = Statement(_OWN.order_by(payout_accounts.c.id).with_for_update())
_SAVE = Statement(
    update(payout_accounts)
    .where(payout_accounts.c.id == bindparam("account_id"), payout_accounts.c.version == bindparam("seen"))
    .values(
        sealed=bindparam("kept"), is_default=bindparam("default_now"), removed_at=bindparam("ended"),
        version=payout_accounts.c.version + 1,
    )
)  # fmt: skip
_PUT = """
INSERT INTO payments.payout_schedules (seller_id, currency, interval, day, minimum_minor, next_at)
VALUES ($1, $2, $3, $4, $5, $6)
ON CONFLICT (seller_id, currency) DO UPDATE
SET interval = excluded.interval, day = excluded.day, minimum_minor = excluded.minimum_minor, next_at = excluded.next_at
"""
_SCHEDULE = "SELECT * FROM payments.payout_schedules WHERE seller_id = $1 AND currency = $2 FOR UPDATE"
DUE = """
SELECT next_at, seller_id, currency FROM payments.payout_schedules
WHERE next_at IS NOT NULL AND next_at <= $1 AND (next_at, seller_id, currency) > ($2, $3, $4)
ORDER BY next_at, seller_id, currency LIMIT $5
"""
_BEFORE_ALL = (datetime(1970, 1, 1, tzinfo=UTC), UUID(int=0), "")


class SqlPayoutAccounts(PayoutAccounts):
    def __init__(self, transaction: SqlTransaction, vault: Vault) -> None:
        self._transaction = transaction
        self._vault = vault

    async def find(self, account_id: PayoutAccountId) -> PayoutAccount:
        return self._found(await _FIND.one(self._transaction.connection, account_id=account_id))

    async def lock(self, owner: UserId, account_id: PayoutAccountId | None) -> PayoutAccount:
        connection = self._transaction.connection
        if account_id is None:
            return self._found(await _LOCK_DEFAULT.one(connection, owner=owner), "you have no payout account: add one")
        return self._found(await _LOCK.one(connection, owner=owner, account_id=account_id))

    async def hold(self, owner: UserId) -> list[PayoutAccount]:
        await self._transaction.connection.execute(_HOLD, str(owner))
        return [self._account(row) for row in await _HELD.all(self._transaction.connection, owner=owner)]

    async def add(self, account: PayoutAccount) -> None:
        await _ADD.run(
            self._transaction.connection, id=account.id, owner_id=account.owner, kind=account.kind.value,
            holder=account.holder, sealed=self._sealed(account), masked=account.masked,
            is_default=account.is_default, usable_from=account.usable_from, created_at=account.created_at,
            removed_at=account.removed_at, version=account.version,
        )  # fmt: skip
        self._transaction.ship(account, account.id)

    async def save(self, account: PayoutAccount) -> None:
        saved = await _SAVE.run(
            self._transaction.connection, account_id=account.id, seen=account.version, kept=self._sealed(account),
            default_now=account.is_default, ended=account.removed_at,
        )  # fmt: skip
        if not saved:
            raise StaleAggregate("the payout account changed meanwhile; load it again", account_id=account.id)
        account.version += 1
        self._transaction.ship(account, account.id)

    def _sealed(self, account: PayoutAccount) -> bytes | None:
        if account.removed_at is not None:
            return None
        return self._vault.seal(account.destination.encode(), _context(account.id))

    def _found(self, row: asyncpg.Record | None, missing: str = "no such payout account") -> PayoutAccount:
        if row is None:
            raise PayoutAccountNotFound(missing)
        return self._account(row)

    def _account(self, row: asyncpg.Record) -> PayoutAccount:
        sealed = row["sealed"]
        return PayoutAccount(
            id=row["id"], owner=row["owner_id"], kind=PayoutAccountKind(row["kind"]), holder=row["holder"],
            destination="" if sealed is None else self._vault.open(sealed, _context(row["id"])).decode(),
            masked=row["masked"], is_default=row["is_default"], usable_from=row["usable_from"],
            created_at=row["created_at"], removed_at=row["removed_at"], version=row["version"],
        )  # fmt: skip


class SqlPayoutSchedules(PayoutSchedules):
    def __init__(self, transaction: SqlTransaction) -> None:
        self._transaction = transaction

    async def put(self, schedule: PayoutSchedule) -> None:
        await self._transaction.connection.execute(
            _PUT, schedule.seller, schedule.minimum.currency, schedule.interval.value, schedule.day,
            schedule.minimum.minor, schedule.next_at,
        )  # fmt: skip

    async def lock(self, seller: UserId, currency: str) -> PayoutSchedule | None:
        row = await self._transaction.connection.fetchrow(_SCHEDULE, seller, currency)
        return row and schedule_of(row)

    async def due(
        self, now: datetime, *, after: tuple[datetime, UserId, str] | None, limit: int
    ) -> Sequence[tuple[datetime, UserId, str]]:
        rows = await self._transaction.connection.fetch(DUE, now, *(after or _BEFORE_ALL), limit)
        return [(row["next_at"], row["seller_id"], row["currency"]) for row in rows]


def schedule_of(row: asyncpg.Record) -> PayoutSchedule:
    return PayoutSchedule(
        seller=row["seller_id"], interval=Interval(row["interval"]), day=row["day"],
        minimum=Money(row["minimum_minor"], row["currency"]), next_at=row["next_at"],
    )  # fmt: skip


def _context(account_id: PayoutAccountId) -> str:
    return f"payout-account:{account_id}"
