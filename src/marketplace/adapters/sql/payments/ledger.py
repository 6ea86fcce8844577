from marketplace.adapters.sql.transaction import SqlTransaction
from marketplace.application.payments.ports import Ledger
from marketplace.application.shared.audit import AuditEntry
from marketplace.domain.payments.ledger import LedgerTransaction

_OPEN = """
INSERT INTO payments.ledger_accounts (id, kind, owner_id, currency)
SELECT * FROM unnest($1::uuid[], $2::text[], $3::uuid[], $4::text[]) account(id, kind, owner_id, currency) ORDER BY id
ON CONFLICT (id) DO NOTHING
"""
_POST = """
WITH posted AS (
    INSERT INTO payments.ledger_transactions (id, kind, source_id) VALUES ($1, $2, $3)
    ON CONFLICT (kind, source_id) DO NOTHING RETURNING id
), legs AS (
    SELECT leg.* FROM posted, unnest($4::uuid[], $5::text[], $6::bigint[]) leg(account_id, currency, minor)
), locked AS MATERIALIZED (
    SELECT a.id FROM payments.ledger_accounts a JOIN legs ON legs.account_id = a.id ORDER BY a.id FOR UPDATE OF a
), balanced AS (
    UPDATE payments.ledger_accounts a SET balance_minor = a.balance_minor + legs.minor
    FROM legs JOIN locked ON locked.id = legs.account_id
    WHERE a.id = legs.account_id
    RETURNING a.id
)
INSERT INTO payments.ledger_entries (transaction_id, account_id, minor, currency)
SELECT posted.id, legs.account_id, minor, currency FROM posted, legs JOIN balanced ON balanced.id = legs.account_id
"""
"""Accounts are opened, and locked, in the order of their ids, so two postings never wait for each other."""


class SqlLedger(Ledger):
    def __init__(self, transaction: SqlTransaction) -> None:
        self._transaction = transaction

    async def post(self, transaction: LedgerTransaction) -> None:
        entries = transaction.entries
        ids = [entry.account.id for entry in entries]
        currencies = [entry.account.currency for entry in entries]
        connection = self._transaction.connection
        await connection.execute(
            _OPEN, ids, [entry.account.kind.value for entry in entries],
            [entry.account.owner for entry in entries], currencies,
        )  # fmt: skip
        posted = await connection.execute(
            _POST, transaction.id, transaction.kind, transaction.source, ids, currencies,
            [entry.minor for entry in entries],
        )  # fmt: skip
        if posted != "INSERT 0 0":
            self._transaction.audit.note(_entry_of(transaction))


def _entry_of(transaction: LedgerTransaction) -> AuditEntry:
    """`minor_AED` and so on: how much was moved, in minor units."""
    moved: dict[str, int] = {}
    for entry in transaction.entries:
        name = f"minor_{entry.account.currency}"
        moved[name] = moved.get(name, 0) + max(entry.minor, 0)
    return AuditEntry(
        action="payments.ledger_posted", subject_kind="ledger_transaction", subject=transaction.id,
        facts={"kind": transaction.kind, "source": str(transaction.source), **moved},
    )  # fmt: skip
