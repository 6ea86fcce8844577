from datetime import datetime
from decimal import Decimal
from uuid import UUID

import asyncpg

from marketplace.adapters.sql.payments.ledger_checkpoints import HORIZON
from marketplace.adapters.sql.payments.movements import ORDER_NUMBER, first_id
from marketplace.adapters.sql.pool import Pool
from marketplace.application.payments.ledger_reads import (
    AccountView,
    EntriesAfter,
    EntryView,
    LedgerAccountNotFound,
    LedgerDifference,
    LedgerQueries,
    LedgerSum,
    TrialBalanceView,
)
from marketplace.application.shared.actor import Actor, Permission
from marketplace.application.shared.paging import EXACT_TOTAL_LIMIT, Slice
from marketplace.domain.payments.ledger import AccountKind
from marketplace.domain.shared.ids import UserId
from marketplace.domain.shared.money import decimal_of

SUMS = """
SELECT kind, provider, currency, count(*) AS accounts, sum(balance_minor)::bigint AS minor
FROM payments.ledger_accounts GROUP BY kind, provider, currency ORDER BY currency, kind, provider
"""
WRONG_ACCOUNTS = f"""
SELECT 'account' AS what, a.id, a.currency, a.balance_minor AS found,
    (coalesce(c.minor, 0) + coalesce(since.minor, 0))::bigint AS expected
FROM payments.ledger_accounts a
LEFT JOIN payments.ledger_checkpoints c ON c.account_id = a.id
LEFT JOIN (
    SELECT account_id, sum(minor) AS minor FROM payments.ledger_entries
    WHERE transaction_id > ({HORIZON}) GROUP BY account_id
) since ON since.account_id = a.id
WHERE a.balance_minor <> coalesce(c.minor, 0) + coalesce(since.minor, 0)
ORDER BY a.id LIMIT 100
"""  # noqa: S608 - our own words
WRONG_TRANSACTIONS = """
SELECT 'transaction' AS what, t.id, coalesce(e.currency, '') AS currency, coalesce(sum(e.minor), 0)::bigint AS found,
    0::bigint AS expected
FROM payments.ledger_transactions t LEFT JOIN payments.ledger_entries e ON e.transaction_id = t.id
WHERE t.id > $1 GROUP BY t.id, e.currency HAVING count(e.*) = 0 OR sum(e.minor) <> 0 ORDER BY t.id LIMIT 100
"""
_FOUND = "SELECT currency, balance_minor FROM payments.ledger_accounts WHERE id = $1"


def accounts_page(*filters: str, by_cursor: bool) -> str:
    """Each filter compares a column with the argument after those before it; then what to skip or the cursor, and the
    limit. The total is in each row."""
    where = " AND ".join([f"{column} = ${place}" for place, column in enumerate(filters, 1)] or ["true"])
    start, limit = len(filters) + 1, len(filters) + 2
    picked = f"{where} AND id > ${start}" if by_cursor else where
    return f"""
SELECT *, (
    SELECT count(*) FROM (SELECT FROM payments.ledger_accounts WHERE {where} LIMIT {EXACT_TOTAL_LIMIT + 1}) counted
) AS total
FROM payments.ledger_accounts WHERE {picked} ORDER BY id
LIMIT ${limit} {"" if by_cursor else f"OFFSET ${start}::int"}"""  # noqa: S608 - our own words


def entries_page(*, by_cursor: bool) -> str:
    """$1 the account, $2 the balance after the newest of these, $3 how many, $4 how many of them to skip, $5 the
    cursor. The total is in each row."""
    return f"""
SELECT e.transaction_id AS id, e.minor, e.balance, t.kind, t.source_id, t.posted_at, t.about_id AS payment_id,
    o.id AS order_id, {ORDER_NUMBER} AS number, (
        SELECT count(*) FROM (
            SELECT FROM payments.ledger_entries WHERE account_id = $1 LIMIT {EXACT_TOTAL_LIMIT + 1}) counted) AS total
FROM (
    SELECT transaction_id, minor, ($2::bigint - coalesce(sum(minor) OVER (
        ORDER BY transaction_id DESC ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING), 0))::bigint AS balance
    FROM (
        SELECT transaction_id, minor FROM payments.ledger_entries
        WHERE account_id = $1 {"AND transaction_id < $5" if by_cursor else ""} ORDER BY transaction_id DESC LIMIT $3
    ) newest
    ORDER BY transaction_id DESC OFFSET $4::int
) e
JOIN payments.ledger_transactions t ON t.id = e.transaction_id
LEFT JOIN payments.payments p ON p.id = t.about_id
LEFT JOIN ordering.orders o ON p.cause_kind = 'order' AND o.id = p.cause_id
ORDER BY e.transaction_id DESC"""  # noqa: S608 - our own words


class SqlLedgerQueries(LedgerQueries):
    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    async def trial_balance(self, actor: Actor, since: datetime) -> TrialBalanceView:
        actor.require(Permission.READ_LEDGER)
        async with (
            self._pool.connection() as connection,
            connection.transaction(isolation="repeatable_read", readonly=True),
        ):
            await connection.execute("SET LOCAL plan_cache_mode = force_custom_plan")
            sums = await connection.fetch(SUMS)
            wrong = await connection.fetch(WRONG_ACCOUNTS)
            wrong += await connection.fetch(WRONG_TRANSACTIONS, first_id(since))
        totals: dict[str, int] = {}
        for row in sums:
            totals[row["currency"]] = totals.get(row["currency"], 0) + row["minor"]
        return TrialBalanceView(
            accounts=[
                LedgerSum(
                    kind=AccountKind(row["kind"]), provider=row["provider"], currency=row["currency"],
                    accounts=row["accounts"], balance=decimal_of(row["minor"], row["currency"]),
                )
                for row in sums
            ],
            totals={currency: decimal_of(total, currency) for currency, total in totals.items()},
            differences=[_difference(row) for row in wrong], balanced=not any(totals.values()) and not wrong,
        )  # fmt: skip

    async def accounts(
        self, actor: Actor, *, kind: AccountKind | None, owner: UserId | None, currency: str | None,
        provider: str | None, after: UUID | None, skip: int, limit: int,
    ) -> Slice[AccountView]:  # fmt: skip
        actor.require(Permission.READ_LEDGER)
        wanted = {"kind": kind, "owner_id": owner, "currency": currency, "provider": provider}
        filters = {column: value for column, value in wanted.items() if value is not None}
        sql = accounts_page(*filters, by_cursor=after is not None)
        async with self._pool.connection() as connection, connection.transaction(readonly=True):
            await connection.execute("SET LOCAL plan_cache_mode = force_custom_plan")
            rows = await connection.fetch(sql, *filters.values(), after or skip, limit + 1)
        items = [
            AccountView(
                id=row["id"], kind=AccountKind(row["kind"]), owner_id=row["owner_id"], provider=row["provider"],
                currency=row["currency"], balance=decimal_of(row["balance_minor"], row["currency"]),
            )
            for row in rows[:limit]
        ]  # fmt: skip
        return Slice(items, rows[0]["total"] if rows else 0, len(rows) > limit)

    async def entries(
        self, actor: Actor, account_id: UUID, *, after: EntriesAfter | None, skip: int, limit: int
    ) -> tuple[Slice[EntryView], EntriesAfter | None]:
        actor.require(Permission.READ_LEDGER)
        async with (
            self._pool.connection() as connection,
            connection.transaction(isolation="repeatable_read", readonly=True),
        ):
            account = await connection.fetchrow(_FOUND, account_id)
            if account is None:
                raise LedgerAccountNotFound("no such account", account_id=account_id)
            newest = after.balance if after else account["balance_minor"]
            rows = await connection.fetch(
                entries_page(by_cursor=after is not None), account_id, newest, skip + limit + 1, skip,
                *([after.id] if after else []),
            )  # fmt: skip
        items = [_entry(row, account["currency"]) for row in rows[:limit]]
        more = len(rows) > limit
        following = EntriesAfter(rows[limit - 1]["id"], rows[limit]["balance"]) if more else None
        return Slice(items, rows[0]["total"] if rows else 0, more), following


def _entry(row: asyncpg.Record, currency: str) -> EntryView:
    return EntryView(
        id=row["id"], kind=row["kind"], source_id=row["source_id"], payment_id=row["payment_id"],
        order_id=row["order_id"], order_number=row["number"],
        amount=decimal_of(row["minor"], currency), balance=decimal_of(row["balance"], currency),
        posted_at=row["posted_at"],
    )  # fmt: skip


def _difference(row: asyncpg.Record) -> LedgerDifference:
    currency = row["currency"]
    found, expected = (decimal_of(row[name], currency) if currency else Decimal(0) for name in ("found", "expected"))
    return LedgerDifference(what=row["what"], id=row["id"], currency=currency, found=found, expected=expected)
