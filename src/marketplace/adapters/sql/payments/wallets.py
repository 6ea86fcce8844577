from uuid import UUID

from sqlalchemy import bindparam, insert, select

from marketplace.adapters.sql.payments.payout_tables import top_ups
from marketplace.adapters.sql.pool import Pool
from marketplace.adapters.sql.statement import Statement
from marketplace.adapters.sql.transaction import SqlTransaction
from marketplace.application.payments.wallet import TopUps, WalletEntryView, WalletQueries, WalletView
from marketplace.application.shared.actor import Actor, Permission
from marketplace.application.shared.paging import EXACT_TOTAL_LIMIT, LARGEST_PER_PAGE, Slice
from marketplace.domain.payments.ledger import Account, AccountKind
from marketplace.domain.payments.wallet import TopUp, TopUpNotFound
from marketplace.domain.shared.ids import TopUpId
from marketplace.domain.shared.money import Money, decimal_of

_ADD = Statement(insert(top_ups))
_LOCK = Statement(select(top_ups).where(top_ups.c.id == bindparam("top_up_id")).with_for_update())
_BALANCES = """
SELECT currency, balance_minor FROM payments.ledger_accounts
WHERE owner_id = $1 AND kind = 'buyer_wallet' ORDER BY currency
"""
ENTRIES = {
    by_cursor: f"""
SELECT e.transaction_id, e.minor, e.total, t.kind, t.posted_at, p.id AS payment_id,
    CASE p.cause_kind WHEN 'order' THEN p.cause_id END AS order_id
FROM (
    SELECT transaction_id, minor, (SELECT count(*) FROM (
        SELECT FROM payments.ledger_entries WHERE account_id = $1 LIMIT {EXACT_TOTAL_LIMIT + 1}) counted) AS total
    FROM payments.ledger_entries
    WHERE account_id = $1 {"AND transaction_id < $2" if by_cursor else ""}
    ORDER BY transaction_id DESC LIMIT {LARGEST_PER_PAGE + 1} {"" if by_cursor else "OFFSET $2::int"}
) e
CROSS JOIN LATERAL (
    SELECT kind, posted_at, about_id FROM payments.ledger_transactions WHERE id = e.transaction_id LIMIT 1) t
LEFT JOIN LATERAL (SELECT id, cause_kind, cause_id FROM payments.payments WHERE id = t.about_id LIMIT 1) p ON true
ORDER BY e.transaction_id DESC LIMIT $3"""  # noqa: S608 - our own words
    for by_cursor in (False, True)
}


class SqlTopUps(TopUps):
    def __init__(self, transaction: SqlTransaction) -> None:
        self._transaction = transaction

    async def add(self, top_up: TopUp) -> None:
        await _ADD.run(
            self._transaction.connection, id=top_up.id, owner_id=top_up.owner, amount_minor=top_up.amount.minor,
            currency=top_up.amount.currency, created_at=top_up.created_at,
        )  # fmt: skip

    async def lock(self, top_up_id: TopUpId) -> TopUp:
        row = await _LOCK.one(self._transaction.connection, top_up_id=top_up_id)
        if row is None:
            raise TopUpNotFound("no such top-up", top_up_id=top_up_id)
        return TopUp(
            id=row["id"], owner=row["owner_id"], amount=Money(row["amount_minor"], row["currency"]),
            created_at=row["created_at"],
        )  # fmt: skip


class SqlWalletQueries(WalletQueries):
    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    async def balances(self, actor: Actor) -> list[WalletView]:
        actor.require(Permission.PAY_ORDERS)
        async with self._pool.connection() as connection:
            rows = await connection.fetch(_BALANCES, actor.user)
        return [WalletView(row["currency"], decimal_of(-row["balance_minor"], row["currency"])) for row in rows]

    async def entries(
        self, actor: Actor, currency: str, *, after: UUID | None, skip: int, limit: int
    ) -> Slice[WalletEntryView]:
        actor.require(Permission.PAY_ORDERS)
        wallet = Account(AccountKind.BUYER_WALLET, currency, actor.user).id
        async with self._pool.connection() as connection:
            rows = await connection.fetch(ENTRIES[after is not None], wallet, after or skip, limit + 1)
        views = [
            WalletEntryView(
                id=row["transaction_id"], kind=row["kind"], amount=decimal_of(-row["minor"], currency),
                currency=currency, payment_id=row["payment_id"], order_id=row["order_id"], at=row["posted_at"],
            )
            for row in rows[:limit]
        ]  # fmt: skip
        return Slice(views, rows[0]["total"] if rows else 0, len(rows) > limit)
