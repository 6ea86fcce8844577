from collections.abc import Mapping, Sequence
from hashlib import sha256

import asyncpg

from marketplace.adapters.sql.transaction import SqlTransaction
from marketplace.application.payments.ports import Ledger
from marketplace.application.shared.audit import AuditEntry
from marketplace.domain.payments.ledger import Account, LedgerTransaction
from marketplace.domain.shared.money import Money

_OPEN = """
INSERT INTO payments.ledger_accounts (id, kind, owner_id, provider, currency)
SELECT * FROM unnest($1::uuid[], $2::text[], $3::uuid[], $4::text[], $5::text[])
    account(id, kind, owner_id, provider, currency) ORDER BY id
ON CONFLICT (id) DO NOTHING
"""
_LOCK = """
SELECT id, balance_minor FROM payments.ledger_accounts WHERE id = ANY ($1::uuid[]) ORDER BY id FOR UPDATE
"""
_POST = """
WITH accounts AS MATERIALIZED (
    SELECT count(*) = cardinality($5::uuid[]) AS are_open FROM payments.ledger_accounts WHERE id = ANY ($5::uuid[])
), posted AS (
    INSERT INTO payments.ledger_transactions (id, kind, source_id, about_id)
    SELECT $1::uuid, $2::text, $3::uuid, $4::uuid FROM accounts WHERE are_open
    ON CONFLICT (kind, source_id) DO NOTHING RETURNING id
), legs AS (
    SELECT leg.* FROM posted, unnest($5::uuid[], $6::text[], $7::bigint[]) leg(account_id, currency, minor)
), locked AS MATERIALIZED (
    SELECT a.id FROM payments.ledger_accounts a JOIN legs ON legs.account_id = a.id ORDER BY a.id FOR UPDATE OF a
), balanced AS (
    UPDATE payments.ledger_accounts a SET balance_minor = a.balance_minor + legs.minor
    FROM legs JOIN locked ON locked.id = legs.account_id
    WHERE a.id = legs.account_id
    RETURNING a.id
), entered AS (
    INSERT INTO payments.ledger_entries (transaction_id, account_id, minor, currency)
    SELECT posted.id, legs.account_id, minor, currency FROM posted, legs JOIN balanced ON balanced.id = legs.account_id
)
SELECT are_open, EXISTS (SELECT FROM posted) AS is_new FROM accounts
"""
"""Accounts are opened, and locked, in the order of their ids, so two postings never wait for each other. Nearly always
they are open: only who is told that one is not opens them, and posts again."""


class SqlLedger(Ledger):
    def __init__(self, transaction: SqlTransaction) -> None:
        self._transaction = transaction

    async def lock(self, *accounts: Account) -> Mapping[Account, Money]:
        await self._open(accounts)
        rows = await self._transaction.connection.fetch(_LOCK, [account.id for account in accounts])
        balances = {row["id"]: row["balance_minor"] for row in rows}
        return {account: Money(balances[account.id], account.currency) for account in accounts}

    async def post(self, transaction: LedgerTransaction) -> None:
        row = await self._post(transaction)
        if not row["are_open"]:
            await self._open([entry.account for entry in transaction.entries])
            row = await self._post(transaction)
        if row["is_new"]:
            self._transaction.audit.note(_entry_of(transaction))

    async def _post(self, transaction: LedgerTransaction) -> asyncpg.Record:
        accounts = [entry.account for entry in transaction.entries]
        return await self._transaction.connection.fetchrow(
            _POST, transaction.id, transaction.kind, transaction.source, transaction.about,
            [account.id for account in accounts], [account.currency for account in accounts],
            [entry.minor for entry in transaction.entries],
        )  # fmt: skip

    async def _open(self, accounts: Sequence[Account]) -> None:
        await self._transaction.connection.execute(
            _OPEN, [account.id for account in accounts], [account.kind.value for account in accounts],
            [account.owner for account in accounts], [account.provider for account in accounts],
            [account.currency for account in accounts],
        )  # fmt: skip


def fingerprint(transaction: LedgerTransaction) -> str:
    """Of the entries; the audit chain recomputes it from the rows (adapters/sql/audit/chain.py)."""
    legs = sorted((str(entry.account.id), entry.minor, entry.account.currency) for entry in transaction.entries)
    return sha256(";".join(f"{account}:{minor}:{currency}" for account, minor, currency in legs).encode()).hexdigest()


def _entry_of(transaction: LedgerTransaction) -> AuditEntry:
    """`minor_AED` and so on: how much was moved, in minor units."""
    moved: dict[str, int] = {}
    for entry in transaction.entries:
        name = f"minor_{entry.account.currency}"
        moved[name] = moved.get(name, 0) + max(entry.minor, 0)
    return AuditEntry(
        action="payments.ledger_posted", subject_kind="ledger_transaction", subject=transaction.id,
        facts={
            "kind": transaction.kind, "source": str(transaction.source), "entries": fingerprint(transaction), **moved,
        },
    )  # fmt: skip
