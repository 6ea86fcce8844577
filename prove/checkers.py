"""What must hold whatever happened (V1 to V10): each checker gives one line per violation."""

from collections.abc import Mapping

import asyncpg

from marketplace.adapters.sql.audit.chain import SqlAuditChain
from marketplace.adapters.sql.pool import Pool, connect
from marketplace.adapters.sql.trading.negotiations import terms_of
from marketplace.application.shared.audit_verify import verify_all
from marketplace.domain.trading.units import Quantity

INVARIANTS: Mapping[str, str] = {
    "V1 every ledger transaction balances and has two legs": """
        SELECT 'ledger transaction ' || t.id FROM payments.ledger_transactions t
        LEFT JOIN payments.ledger_entries e ON e.transaction_id = t.id
        GROUP BY t.id HAVING count(e.*) < 2 OR sum(e.minor) <> 0 OR count(DISTINCT e.currency) <> 1""",
    "V2 balances are the sums of their entries": """
        SELECT 'account ' || a.id FROM payments.ledger_accounts a
        LEFT JOIN payments.ledger_entries e ON e.account_id = a.id
        GROUP BY a.id, a.balance_minor HAVING a.balance_minor <> coalesce(sum(e.minor), 0)""",
    "V3 an order is paid by exactly one captured payment of its amount, and posted once": """
        SELECT 'order ' || o.id FROM ordering.orders o
        LEFT JOIN payments.payments p ON p.cause_id = o.id
            AND p.status IN ('captured', 'partially_refunded', 'refunded')
        LEFT JOIN payments.ledger_transactions t ON t.source_id = p.id AND t.kind = 'payment_captured'
        GROUP BY o.id, o.payment_status, o.amount_minor
        HAVING count(p.id) <> CASE WHEN o.payment_status = 'unpaid' THEN 0 ELSE 1 END
            OR count(t.id) <> count(p.id) OR coalesce(sum(p.amount_minor), o.amount_minor) <> o.amount_minor""",
    "V3 an order tells what of its money went back": """
        SELECT 'order ' || o.id FROM ordering.orders o
        JOIN payments.payments p ON p.cause_id = o.id AND p.status IN ('captured', 'partially_refunded', 'refunded')
        WHERE o.payment_status <> CASE p.refunded_minor
            WHEN 0 THEN 'paid' WHEN p.amount_minor THEN 'refunded' ELSE 'partially_refunded' END""",
    "V3 all that was paid for a cancelled order goes back": """
        SELECT 'order ' || o.id FROM ordering.orders o
        JOIN payments.payments p ON p.cause_id = o.id AND p.status IN ('captured', 'partially_refunded', 'refunded')
        WHERE o.status = 'cancelled' AND p.chargeback <> 'lost'
            AND p.refunding_minor + p.refunded_minor <> p.amount_minor""",
    "V3 an order stands where its steps lead, each begun where the last one ended": """
        SELECT 'order ' || id FROM (
            SELECT o.id, o.status, s.source, s.target, lead(s.source) OVER history AS next,
                lag(s.target) OVER history AS last
            FROM ordering.orders o JOIN ordering.order_steps s ON s.order_id = o.id
            WINDOW history AS (PARTITION BY o.id ORDER BY s.id)
        ) step
        WHERE target <> coalesce(next, status) OR last IS NULL AND source NOT IN ('placed', 'awaiting_payment')""",
    "V3 no more goes back than was captured, and each promise and each arrival is that of a refund": """
        SELECT 'payment ' || p.id FROM payments.payments p
        LEFT JOIN LATERAL (
            SELECT coalesce(sum(amount_minor) FILTER (WHERE status = 'succeeded'), 0) AS sent,
                coalesce(sum(amount_minor) FILTER (WHERE status IN ('approved', 'processing', 'failed')), 0) AS promised
            FROM payments.refunds r WHERE r.payment_id = p.id
        ) r ON true
        WHERE p.refunding_minor + p.refunded_minor > p.amount_minor OR p.refunding_minor <> r.promised
            OR p.refunded_minor < r.sent OR (p.refunded_minor <> r.sent AND p.chargeback <> 'lost')""",
    "V3 each refund is promised and sent in the books once, at its amount": """
        SELECT 'refund ' || r.id FROM payments.refunds r
        JOIN payments.payments p ON p.id = r.payment_id
        LEFT JOIN payments.ledger_transactions t ON t.source_id = r.id AND t.kind = 'refund_sent'
        LEFT JOIN payments.ledger_entries e ON e.transaction_id = t.id AND e.minor > 0
        LEFT JOIN payments.ledger_transactions q
            ON (q.kind, q.source_id) IN (('refund_promised', r.id), ('stray_captured', p.id))
        WHERE (r.status = 'succeeded') <> (t.id IS NOT NULL) OR e.minor <> r.amount_minor
            OR (r.status IN ('approved', 'processing', 'succeeded', 'failed')) <> (q.id IS NOT NULL)""",
    "V4 one live order per listing, and a listing is held exactly while it has one": """
        SELECT 'listing ' || s.listing_id FROM catalog.listing_states s
        JOIN catalog.listings g ON g.id = s.listing_id AND g.kind = 'product'
        LEFT JOIN ordering.order_lines l ON l.subject_id = s.listing_id
        LEFT JOIN ordering.orders o ON o.id = l.order_id AND o.status NOT IN ('cancelled', 'expired')
        GROUP BY s.listing_id, s.status
        HAVING count(o.id) > 1 OR (count(o.id) = 1) <> (s.status IN ('reserved', 'sold'))
            OR bool_or(o.payment_status <> 'unpaid') <> (s.status = 'sold')""",
    "V4 a lot on the market is reserved exactly while nothing of it is left": """
        SELECT 'listing ' || s.listing_id FROM catalog.listing_states s
        JOIN catalog.listings g ON g.id = s.listing_id AND g.kind = 'lot'
        LEFT JOIN inventory.stocks k ON k.subject_id = s.listing_id
        WHERE (coalesce(k.held + k.sold = k.total, false)) <> (s.status IN ('reserved', 'sold'))""",
    "V4 no offer stays open on a listing that is gone": """
        SELECT 'negotiation ' || n.id FROM trading.negotiations n
        JOIN catalog.listing_states s ON s.listing_id = ANY (n.listing_ids)
        WHERE n.status = 'open' AND s.status IN ('reserved', 'sold', 'removed')""",
    "V4 an order is the sum of its lines, each with the fee of its schedule": """
        SELECT 'order ' || o.id FROM ordering.orders o
        LEFT JOIN ordering.order_lines l ON l.order_id = o.id
        LEFT JOIN ordering.fee_schedules s ON s.id = l.fee_schedule_id
        GROUP BY o.id, o.amount_minor, o.fee_minor, o.discount_minor
        HAVING count(l.*) = 0 OR o.amount_minor <> sum(l.amount_minor - l.discount_minor)
            OR o.fee_minor <> sum(l.fee_minor) OR o.discount_minor <> sum(l.discount_minor)
            OR bool_or(s.id IS NULL OR s.basis_points <> l.fee_basis_points
                OR l.fee_base_minor NOT IN (l.amount_minor, l.amount_minor - l.discount_minor)
                OR l.fee_minor <> least(l.fee_base_minor, coalesce(s.maximum_minor, l.fee_base_minor), greatest(
                    coalesce(s.minimum_minor, 0),
                    (l.fee_base_minor * l.fee_basis_points + 5000) / 10000 + l.fee_fixed_minor)))""",
    "V4 what is held and sold of anything is the sum of its holds, and no more than there is": """
        SELECT 'stock ' || k.subject_id FROM inventory.stocks k LEFT JOIN inventory.holds h USING (subject_id)
        GROUP BY k.subject_id, k.total, k.held, k.sold
        HAVING k.held <> coalesce(sum(h.quantity) FILTER (WHERE h.status = 'held'), 0)
            OR k.sold <> coalesce(sum(h.quantity) FILTER (WHERE h.status = 'sold'), 0) OR k.held + k.sold > k.total""",
    "V4 an order holds each of its lines while it waits for money, and has what is paid for": """
        SELECT 'order ' || o.id FROM ordering.orders o
        JOIN ordering.order_lines l ON l.order_id = o.id
        LEFT JOIN catalog.listings g ON g.id = l.subject_id
        LEFT JOIN inventory.holds h ON h.reference = o.id AND h.subject_id = l.subject_id
        WHERE g.kind IS DISTINCT FROM 'service'
        GROUP BY o.id, l.line, o.status, o.payment_status
        HAVING count(h.id) <> 1 OR min(h.status) <> CASE
            WHEN o.status IN ('cancelled', 'expired') THEN 'released'
            WHEN o.payment_status = 'unpaid' THEN 'held' ELSE 'sold' END""",
    "V4 nothing is held for an order that there is not, or for longer than that lives": """
        SELECT 'hold ' || h.id FROM inventory.holds h LEFT JOIN ordering.orders o ON o.id = h.reference
        WHERE h.reason IN ('offer', 'award')
            AND (o.id IS NULL OR (h.status <> 'released') <> (o.status NOT IN ('cancelled', 'expired')))""",
    "V4 a promo code is used as often as it is reserved and redeemed, by each customer too": """
        SELECT 'promo code ' || c.id FROM promotions.promo_codes c
        WHERE c.used <> (
                SELECT count(*) FROM promotions.redemptions r WHERE r.code_id = c.id AND r.status <> 'released')
            OR EXISTS (
                SELECT FROM promotions.customer_uses u WHERE u.code_id = c.id AND u.used <> (
                    SELECT count(*) FROM promotions.redemptions r
                    WHERE r.code_id = u.code_id AND r.customer_id = u.customer_id AND r.status <> 'released'))""",
    "V4 the use of a promo code ends as its orders do": """
        SELECT 'redemption ' || r.id FROM promotions.redemptions r
        JOIN promotions.discounted_orders d ON d.redemption_id = r.id JOIN ordering.orders o ON o.id = d.order_id
        GROUP BY r.id, r.status
        HAVING r.status <> CASE
            WHEN bool_and(o.status IN ('cancelled', 'expired')) THEN 'released'
            WHEN bool_and(o.payment_status = 'unpaid') THEN 'reserved' ELSE 'redeemed' END""",
    "V7 every negotiation is a legal path from its opener's first offer to where it stands": """
        SELECT 'negotiation ' || id FROM (
            SELECT n.id, n.status, o.side, o.status AS became, lead(o.side) OVER history AS next,
                row_number() OVER history = 1 AND o.side <> n.opener AS begins_wrongly
            FROM trading.negotiations n LEFT JOIN trading.offers o ON o.negotiation_id = n.id
            WINDOW history AS (PARTITION BY n.id ORDER BY o.id)
        ) step
        WHERE side IS NULL OR begins_wrongly OR NOT CASE
            WHEN next IS NULL THEN (status, became) IN (
                ('open', 'pending'), ('agreed', 'accepted'), ('closed', 'declined'), ('closed', 'withdrawn'),
                ('expired', 'expired'), ('cancelled', 'superseded'))
            ELSE (became = 'countered' AND next <> side) OR (became = 'withdrawn' AND next = side) END""",
    "V6 everybody's events are numbered without gaps": """
        SELECT 'user ' || c.user_id FROM notifications.user_cursors c
        LEFT JOIN notifications.user_events e ON e.user_id = c.user_id
        GROUP BY c.user_id, c.last_seq
        HAVING count(e.*) <> c.last_seq OR min(e.seq) <> 1 OR max(e.seq) <> c.last_seq""",
    "V6 a fact is told once to each who hears of it": """
        SELECT 'user ' || user_id || ' ' || name || ' ' || coalesce(data->>'payment_id', data->>'order_id', data->>'id')
        FROM notifications.user_events WHERE name <> 'trade:updated'
        GROUP BY user_id, name, data->>'payment_id', data->>'order_id', data->>'id', data->>'status',
            data->>'changed_at'
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
    "V7 every status is one that its machine knows": """
        SELECT machine || ' ' || id || ' is ' || status FROM (
            SELECT 'listing' AS machine, listing_id AS id, status FROM catalog.listing_states
            UNION ALL SELECT 'negotiation', id, status FROM trading.negotiations
            UNION ALL SELECT 'offer', id, status FROM trading.offers
            UNION ALL SELECT 'order', id, status FROM ordering.orders
            UNION ALL SELECT 'hold', id, status FROM inventory.holds
            UNION ALL SELECT 'trade', id, status FROM trading.trades
            UNION ALL SELECT 'payment', id, status FROM payments.payments
            UNION ALL SELECT 'redemption', id, status FROM promotions.redemptions
        ) one WHERE NOT EXISTS (
            SELECT FROM edge.transitions t WHERE t.machine = one.machine AND one.status IN (t.source, t.target)
        )""",
    "V6 no job is dead, and none is stuck": """
        SELECT 'job ' || id || ' ' || handler || ' ' || state || ' ' || coalesce(error, '') FROM jobs.job
        WHERE state = 'dead' OR (state = 'running' AND lease_until < now() - interval '30 seconds')""",
    "V8 no payment is under way for longer than a minute": """
        SELECT 'payment ' || id FROM payments.payments
        WHERE status IN ('created', 'authorized') AND created_at < now() - interval '60 seconds'""",
    "V8 no refund waits for its provider for longer than a minute, but one that was asked and is silent": """
        SELECT 'refund ' || id FROM payments.refunds
        WHERE status = 'processing' AND asked < 2 AND created_at < now() - interval '60 seconds'""",
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
            OR s.amount_minor <> r.amount_minor OR s.payment_id <> r.payment_id
            OR s.reference <> r.reference""",
    "V10 every ledger transaction, settled payment and order is in the audit trail once": """
        SELECT 'audit of ' || f.action || ' ' || f.id FROM (
            SELECT 'payments.ledger_posted' AS action, id FROM payments.ledger_transactions
            UNION ALL SELECT 'payments.payment_' || CASE status WHEN 'failed' THEN status ELSE 'captured' END, id
                FROM payments.payments WHERE status IN ('captured', 'failed', 'partially_refunded', 'refunded')
            UNION ALL SELECT 'ordering.order_placed', id FROM ordering.orders
        ) f LEFT JOIN audit.entries e ON e.action = f.action AND e.subject = f.id
        GROUP BY f.action, f.id HAVING count(e.id) <> 1""",
    "V10 no entry waits to be sealed for longer than 10 seconds": """
        SELECT 'audit entry ' || id FROM audit.unsealed JOIN audit.entries ON id = entry_id
        WHERE at < clock_timestamp() - interval '10 seconds'""",
}  # fmt: skip


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
