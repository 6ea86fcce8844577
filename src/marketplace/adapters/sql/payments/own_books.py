"""What payments, refunds, payouts and the ledger say of the movements at a provider."""

from collections import defaultdict
from collections.abc import Collection, Mapping
from datetime import datetime
from uuid import UUID

import asyncpg

from marketplace.adapters.sql.payments.movements import first_id
from marketplace.adapters.sql.pool import Pool
from marketplace.application.payments.reconciliation_ports import OwnBooks
from marketplace.domain.payments.reconciliation import MovementKey, MovementKind, OwnMovement, Standing
from marketplace.domain.shared.money import Money

AT_ONCE = 5_000
_PLAN = "SET LOCAL plan_cache_mode = force_custom_plan; SET LOCAL statement_timeout = '60s'"
"""How many rows a window holds decides the plan."""
POSTINGS = {
    MovementKind.CHARGE: ("payment_captured", "stray_captured"), MovementKind.REFUND: ("refund_sent",),
    MovementKind.PAYOUT: ("payout_paid",),
}  # fmt: skip
KINDS = {posting: kind for kind, postings in POSTINGS.items() for posting in postings}
POSTED = """
SELECT t.kind, t.source_id FROM payments.ledger_accounts a
JOIN payments.ledger_entries e ON e.account_id = a.id AND e.transaction_id > $2 AND e.transaction_id < $3
JOIN payments.ledger_transactions t ON t.id = e.transaction_id
WHERE a.kind = 'provider_clearing' AND a.provider = $1 AND a.owner_id IS NULL
    AND t.kind IN ('payment_captured', 'stray_captured', 'refund_sent', 'payout_paid')
"""
_RECORDS = {
    MovementKind.CHARGE: """
SELECT id, amount_minor, currency, reference, created_at,
    CASE WHEN status IN ('captured', 'partially_refunded', 'refunded')
            OR refunding_minor + refunded_minor > 0 THEN 'done'
        WHEN status IN ('created', 'requires_action', 'authorized') THEN 'under_way' ELSE 'not_done' END AS standing
FROM payments.payments WHERE id = ANY ($2::uuid[]) AND provider = $1""",
    MovementKind.REFUND: """
SELECT r.id, r.amount_minor, r.currency, r.reference, r.created_at,
    CASE WHEN r.status = 'succeeded' THEN 'done' WHEN r.status IN ('approved', 'processing') THEN 'under_way'
        ELSE 'not_done' END AS standing
FROM payments.refunds r JOIN payments.payments p ON p.id = r.payment_id
WHERE r.id = ANY ($2::uuid[]) AND p.provider = $1""",
    MovementKind.PAYOUT: """
SELECT id, amount_minor, currency, reference, created_at,
    CASE WHEN status IN ('paid', 'reversed') THEN 'done' WHEN status = 'processing' THEN 'under_way'
        ELSE 'not_done' END AS standing
FROM payments.payouts WHERE id = ANY ($2::uuid[]) AND provider = $1""",
}


def records(kind: MovementKind) -> str:
    """$1 the provider, $2 the ids, each with a row. From transaction to entry: a clearing account has millions."""
    postings = ", ".join(f"'{posting}'" for posting in POSTINGS[kind])
    sign = "" if kind is MovementKind.CHARGE else "-"
    return f"""
SELECT wanted.id, r.amount_minor, r.currency, r.reference, r.created_at, r.standing, booked.minor AS posted_minor,
    booked.currency AS posted_currency
FROM unnest($2::uuid[]) wanted(id)
LEFT JOIN ({_RECORDS[kind]}) r ON r.id = wanted.id
LEFT JOIN LATERAL (
    SELECT {sign}sum(legs.minor)::bigint AS minor, min(legs.currency) AS currency
    FROM payments.ledger_transactions t
    CROSS JOIN LATERAL (
        SELECT sum(minor) AS minor, min(currency) AS currency FROM payments.ledger_entries
        WHERE transaction_id = t.id AND account_id = ANY (ARRAY(
            SELECT id FROM payments.ledger_accounts WHERE kind = 'provider_clearing' AND provider = $1))
    ) legs
    WHERE t.kind IN ({postings}) AND t.source_id = wanted.id
) booked ON true
"""  # noqa: S608 - our own words


class SqlOwnBooks(OwnBooks):
    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    async def posted(self, provider: str, since: datetime, until: datetime) -> Collection[MovementKey]:
        async with self._pool.connection() as connection, connection.transaction(readonly=True):
            await connection.execute(_PLAN)
            rows = await connection.fetch(POSTED, provider, first_id(since), first_id(until))
        return {MovementKey(KINDS[row["kind"]], row["source_id"]) for row in rows}

    async def movements(self, provider: str, keys: Collection[MovementKey]) -> Mapping[MovementKey, OwnMovement]:
        ids: dict[MovementKind, list[UUID]] = defaultdict(list)
        for key in keys:
            ids[key.kind].append(key.id)
        found = {}
        async with self._pool.connection() as connection, connection.transaction(readonly=True):
            await connection.execute(_PLAN)
            for kind, wanted in ids.items():
                for start in range(0, len(wanted), AT_ONCE):
                    for row in await connection.fetch(records(kind), provider, wanted[start : start + AT_ONCE]):
                        key = MovementKey(kind, row["id"])
                        found[key] = _movement(key, row)
        return found


def _movement(key: MovementKey, row: asyncpg.Record) -> OwnMovement:
    return OwnMovement(
        key=key, standing=Standing(row["standing"] or Standing.NOT_DONE), reference=row["reference"],
        amount=_money(row["amount_minor"], row["currency"]),
        posted=_money(row["posted_minor"], row["posted_currency"]), begun_at=row["created_at"],
    )  # fmt: skip


def _money(minor: int | None, currency: str | None) -> Money | None:
    return None if minor is None or currency is None else Money(minor, currency)
