from marketplace.adapters.sql.transaction import SqlTransaction
from marketplace.application.payments.ports import Ledger
from marketplace.domain.payments.ledger import LedgerTransaction

_POST = """
WITH posted AS (
    INSERT INTO payments.ledger_transactions (id, kind, source_id) VALUES ($1, $2, $3)
    ON CONFLICT (kind, source_id) DO NOTHING RETURNING id
), legs AS (
    SELECT leg.* FROM posted, unnest($4::uuid[], $5::text[], $6::uuid[], $7::text[], $8::bigint[])
        leg(account_id, kind, owner_id, currency, minor)
), balanced AS (
    INSERT INTO payments.ledger_accounts AS a (id, kind, owner_id, currency, balance_minor)
    SELECT account_id, kind, owner_id, currency, minor FROM legs ORDER BY account_id
    ON CONFLICT (id) DO UPDATE SET balance_minor = a.balance_minor + excluded.balance_minor
    RETURNING id
)
INSERT INTO payments.ledger_entries (transaction_id, account_id, minor, currency)
SELECT posted.id, account_id, minor, currency FROM legs, posted WHERE (SELECT count(*) FROM balanced) > 0
"""
"""Accounts are locked in the order of their ids, so two postings never wait for each other."""


class SqlLedger(Ledger):
    def __init__(self, transaction: SqlTransaction) -> None:
        self._transaction = transaction

    async def post(self, transaction: LedgerTransaction) -> None:
        entries = transaction.entries
        await self._transaction.connection.execute(
            _POST, transaction.id, transaction.kind, transaction.source,
            [entry.account.id for entry in entries], [entry.account.kind.value for entry in entries],
            [entry.account.owner for entry in entries], [entry.account.currency for entry in entries],
            [entry.minor for entry in entries],
        )  # fmt: skip
