"""What must hold whatever happened (V1 to V10): each checker gives one line per violation."""

from collections.abc import Mapping

import asyncpg

from marketplace.adapters.sql.audit.chain import SqlAuditChain
from marketplace.adapters.sql.invariants.checked import CHECKED
from marketplace.adapters.sql.pool import Pool, connect
from marketplace.adapters.sql.trading.negotiations import terms_of
from marketplace.application.shared.audit_verify import verify_all
from marketplace.domain.trading.units import Quantity

ONLY_HERE: Mapping[str, str] = {
    "V2 balances are the sums of their entries": """
        SELECT 'account ' || a.id FROM payments.ledger_accounts a
        LEFT JOIN payments.ledger_entries e ON e.account_id = a.id
        GROUP BY a.id, a.balance_minor HAVING a.balance_minor <> coalesce(sum(e.minor), 0)""",
    "V4 a promo code is used as often as it is reserved and redeemed, by each customer too": """
        SELECT 'promo code ' || c.id FROM promotions.promo_codes c
        WHERE c.used <> (
                SELECT count(*) FROM promotions.redemptions r WHERE r.code_id = c.id AND r.status <> 'released')
            OR EXISTS (
                SELECT FROM promotions.customer_uses u WHERE u.code_id = c.id AND u.used <> (
                    SELECT count(*) FROM promotions.redemptions r
                    WHERE r.code_id = u.code_id AND r.customer_id = u.customer_id AND r.status <> 'released'))""",
    "V6 everybody's events are numbered without gaps": """
        SELECT 'user ' || c.user_id FROM notifications.user_cursors c
        LEFT JOIN notifications.user_events e ON e.user_id = c.user_id
        GROUP BY c.user_id, c.first_seq, c.last_seq
        HAVING count(e.*) <> c.last_seq - c.first_seq + 1 OR min(e.seq) <> c.first_seq OR max(e.seq) <> c.last_seq""",
    "V6 a fact is told once to each who hears of it": """
        SELECT 'user ' || user_id || ' ' || name || ' '
            || coalesce(data->>'payment_id', data->>'order_id', data->>'id', data->>'disputeId', data::text)
        FROM notifications.user_events WHERE name NOT IN ('trade:updated', 'payout:updated')
        GROUP BY user_id, name, coalesce(data->>'payment_id', data->>'order_id', data->>'id', data->>'disputeId',
            data::text), data->>'id', data->>'status', data->>'changed_at', data->>'changedAt'
        HAVING count(*) > 1""",
    "V6 each placed order was told to both, each captured payment too": """
        SELECT 'order ' || o.id FROM ordering.orders o
        LEFT JOIN notifications.user_events e ON e.data->>'order_id' = o.id::text
        GROUP BY o.id, o.payment_status
        HAVING count(*) FILTER (WHERE e.name = 'order_created') <> 2
            OR count(*) FILTER (WHERE e.name = 'payment_success')
                <> CASE WHEN o.payment_status = 'unpaid' THEN 0 ELSE 2 END""",
    "V6 each move of an order was told to both": """
        SELECT 'order ' || o.id FROM ordering.orders o
        WHERE (SELECT count(*) FROM notifications.user_events e
               WHERE e.name = 'order_status_changed' AND e.data->>'order_id' = o.id::text)
            <> 2 * (SELECT count(*) FROM ordering.order_steps s
                    WHERE s.order_id = o.id AND (s.source, s.target) <> ('awaiting_payment', 'paid'))""",
    "V6 each offer was told to both, its end too": """
        SELECT 'offer ' || f.id FROM trading.offers f
        JOIN trading.negotiations n ON n.id = f.negotiation_id AND n.sealed_until IS NULL
        LEFT JOIN notifications.user_events e ON e.data->>'id' = f.id::text
        GROUP BY f.id, f.status
        HAVING count(*) FILTER (WHERE e.name = 'offer:created') <> 1
            OR count(*) FILTER (WHERE e.name = 'offer:new') <> 1
            OR count(*) FILTER (WHERE e.name = 'offer:updated' AND e.data->>'status' = f.status)
                <> CASE WHEN f.status = 'pending' THEN 0 ELSE 2 END""",
    "V8 no payment is under way for longer than a minute": """
        SELECT 'payment ' || id FROM payments.payments
        WHERE status IN ('created', 'authorized') AND created_at < now() - interval '60 seconds'""",
    "V9 the provider's books are ours, to the minor unit": """
        SELECT 'payment ' || coalesce(p.id, c.payment_id) FROM payments.payments p
        FULL JOIN gateway_simulator.charges c ON c.payment_id = p.id
        WHERE coalesce(p.provider, 'simulator') = 'simulator' AND ((coalesce(c.captured, false)
                <> coalesce(p.status IN ('captured', 'partially_refunded', 'refunded')
                    OR p.refunding_minor + p.refunded_minor > 0, false))
           OR (c.captured AND (c.amount_minor <> p.amount_minor OR c.reference <> p.reference)))""",
    "V9 what the provider sent back is what we booked as sent": """
        SELECT 'refund ' || coalesce(r.id, s.refund_id) FROM (
            SELECT r.* FROM payments.refunds r JOIN payments.payments p ON p.id = r.payment_id
            WHERE p.provider = 'simulator' AND r.status IN ('processing', 'succeeded', 'failed')
        ) r
        FULL JOIN gateway_simulator.refunds s ON s.refund_id = r.id
        WHERE (s.refund_id IS NOT NULL) <> coalesce(r.status = 'succeeded', false)
            OR s.amount_minor <> r.amount_minor OR s.payment_id <> r.payment_id OR s.reference <> r.reference""",
}  # fmt: skip
"""What reads whole tables, or holds here only: every payment is told of at once, and the simulator is the provider."""

NOTHING_BEFORE = "'00000000-0000-0000-0000-000000000000'::uuid"
INVARIANTS: Mapping[str, str] = {
    **{f"{one.rule} {one.says}": one.sql.replace("$1", NOTHING_BEFORE) for one in CHECKED},
    **ONLY_HERE,
}

_AGREEMENTS = """
SELECT n.id, n.currency, f.price_minor, f.price_unit, f.quantity, f.unit, f.terms, f.taken, o.amount_minor
FROM trading.negotiations n
LEFT JOIN trading.offers f ON f.negotiation_id = n.id AND f.status = 'accepted'
FULL JOIN ordering.orders o ON o.negotiation_id = n.id
WHERE n.status = 'agreed' OR f.id IS NOT NULL OR o.negotiation_id IS NOT NULL
"""


async def violations(dsn: str) -> list[str]:
    connection = await connect(dsn)
    await connection.execute("SET statement_timeout = 0")
    try:
        found = [f"{name}: {row[0]}" for name, query in INVARIANTS.items() for row in await connection.fetch(query)]
        found += await wrong_agreements(connection)
    finally:
        await connection.close()
    return found + await audit_problems(dsn)


async def wrong_agreements(connection: asyncpg.Connection) -> list[str]:
    """V4 too; the domain knows what a part of an offer costs."""
    rows = await connection.fetch(_AGREEMENTS)
    return [f"V4 every agreement has its order at the agreed amount: {row['id']}" for row in rows if not _agrees(row)]


def _agrees(row: asyncpg.Record) -> bool:
    if row["price_minor"] is None or row["amount_minor"] is None:
        return False
    taken = None if row["taken"] is None else Quantity(row["taken"], row["unit"])
    return bool(terms_of(row).part(taken)[1].minor == row["amount_minor"])


async def audit_problems(dsn: str) -> list[str]:
    pool = Pool(dsn, size=1)
    try:
        found = (await verify_all(SqlAuditChain(pool))).problems
    finally:
        await pool.close()
    return [f"V10 the audit chain verifies: {problem.line}" for problem in found]


QUIET = """
SELECT (SELECT count(*) FROM jobs.job WHERE state IN ('running', 'waiting') OR (state = 'ready' AND run_at <= now()))
     + (SELECT count(*) FROM payments.payments WHERE status IN ('created', 'authorized'))
     + (SELECT count(*) FROM audit.unsealed)
"""
"""What is still to be done: due jobs, and payments whose outcome the gateway has not told, and
audit entries that are not sealed."""
