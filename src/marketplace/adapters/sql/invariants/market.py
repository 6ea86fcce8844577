"""What must hold for orders, goods, offers and jobs.

$1 is the id that what is looked at lies behind: what came lately every minute, everything in `make prove`.
"""

from marketplace.adapters.sql.invariants.invariant import Invariant

MARKET = (
    Invariant(
        "order_follows_its_steps", "V3",
        "an order stands where its steps lead, each begun where the last one ended",
        """
        SELECT 'order ' || id FROM (
            SELECT o.id, o.status, s.source, s.target, lead(s.source) OVER history AS next,
                lag(s.target) OVER history AS last
            FROM ordering.orders o JOIN ordering.order_steps s ON s.order_id = o.id
            WHERE o.id > $1
            WINDOW history AS (PARTITION BY o.id ORDER BY s.id)
        ) step
        WHERE target <> coalesce(next, status) OR last IS NULL AND source NOT IN ('placed', 'awaiting_payment')""",
    ),
    Invariant(
        "one_live_order", "V4",
        "one live order per listing, and a listing is held exactly while it has one",
        """
        SELECT 'listing ' || s.listing_id FROM catalog.listing_states s
        JOIN catalog.listings g ON g.id = s.listing_id AND g.kind = 'product'
        LEFT JOIN ordering.order_lines l ON l.subject_id = s.listing_id
        LEFT JOIN ordering.orders o ON o.id = l.order_id AND o.status NOT IN ('cancelled', 'expired')
        WHERE s.listing_id IN (
            SELECT recent.subject_id FROM ordering.order_lines recent WHERE recent.order_id > $1
            UNION SELECT listing_id FROM catalog.listing_states WHERE listing_id > $1)
        GROUP BY s.listing_id, s.status
        HAVING count(o.id) > 1 OR (count(o.id) = 1) <> (s.status IN ('reserved', 'sold'))
            OR bool_or(o.payment_status <> 'unpaid') <> (s.status = 'sold')""",
    ),
    Invariant(
        "lot_reserved_when_gone", "V4",
        "a lot on the market is reserved exactly while nothing of it is left",
        """
        SELECT 'listing ' || s.listing_id FROM catalog.listing_states s
        JOIN catalog.listings g ON g.id = s.listing_id AND g.kind = 'lot'
        LEFT JOIN inventory.stocks k ON k.subject_id = s.listing_id
        WHERE s.listing_id > $1
            AND (coalesce(k.held + k.sold = k.total, false)) <> (s.status IN ('reserved', 'sold'))""",
    ),
    Invariant("no_offer_on_what_is_gone", "V4", "no offer stays open on a listing that is gone", """
        SELECT 'negotiation ' || n.id FROM trading.negotiations n
        JOIN catalog.listing_states s ON s.listing_id = ANY (n.listing_ids)
        WHERE n.id > $1 AND n.status = 'open' AND s.status IN ('reserved', 'sold', 'removed')"""),
    Invariant("order_is_its_lines", "V4", "an order is the sum of its lines, each with the fee of its schedule", """
        SELECT 'order ' || o.id FROM ordering.orders o
        LEFT JOIN ordering.order_lines l ON l.order_id = o.id
        LEFT JOIN ordering.fee_schedules s ON s.id = l.fee_schedule_id
        WHERE o.id > $1 GROUP BY o.id, o.amount_minor, o.fee_minor, o.discount_minor
        HAVING count(l.*) = 0 OR o.amount_minor <> sum(l.amount_minor - l.discount_minor)
            OR o.fee_minor <> sum(l.fee_minor) OR o.discount_minor <> sum(l.discount_minor)
            OR bool_or(s.id IS NULL OR s.basis_points <> l.fee_basis_points
                OR l.fee_base_minor NOT IN (l.amount_minor, l.amount_minor - l.discount_minor)
                OR l.fee_minor <> least(l.fee_base_minor, coalesce(s.maximum_minor, l.fee_base_minor), greatest(
                    coalesce(s.minimum_minor, 0),
                    (l.fee_base_minor * l.fee_basis_points + 5000) / 10000 + l.fee_fixed_minor)))"""),
    Invariant(
        "stock_is_its_holds", "V4",
        "what is held and sold of anything is the sum of its holds, and no more than there is",
        """
        SELECT 'stock ' || k.subject_id FROM inventory.stocks k LEFT JOIN inventory.holds h USING (subject_id)
        WHERE k.subject_id > $1 GROUP BY k.subject_id, k.total, k.held, k.sold
        HAVING k.held <> coalesce(sum(h.quantity) FILTER (WHERE h.status = 'held'), 0)
            OR k.sold <> coalesce(sum(h.quantity) FILTER (WHERE h.status = 'sold'), 0) OR k.held + k.sold > k.total""",
    ),
    Invariant(
        "order_holds_its_lines", "V4",
        "an order holds each of its lines while it waits for money, and has what is paid for",
        """
        SELECT 'order ' || o.id FROM ordering.orders o
        JOIN ordering.order_lines l ON l.order_id = o.id
        LEFT JOIN catalog.listings g ON g.id = l.subject_id
        LEFT JOIN inventory.holds h ON h.reference = o.id AND h.subject_id = l.subject_id
        WHERE o.id > $1 AND g.kind IS DISTINCT FROM 'service'
        GROUP BY o.id, l.line, o.status, o.payment_status
        HAVING count(h.id) <> 1 OR min(h.status) <> CASE
            WHEN o.status IN ('cancelled', 'expired') THEN 'released'
            WHEN o.payment_status = 'unpaid' THEN 'held' ELSE 'sold' END""",
    ),
    Invariant(
        "hold_has_its_order", "V4",
        "nothing is held for an order that there is not, or for longer than that lives",
        """
        SELECT 'hold ' || h.id FROM inventory.holds h LEFT JOIN ordering.orders o ON o.id = h.reference
        WHERE h.id > $1 AND h.reason IN ('offer', 'award')
            AND (o.id IS NULL OR (h.status <> 'released') <> (o.status NOT IN ('cancelled', 'expired')))""",
    ),
    Invariant("promo_use_ends_with_orders", "V4", "the use of a promo code ends as its orders do", """
        SELECT 'redemption ' || r.id FROM promotions.redemptions r
        JOIN promotions.discounted_orders d ON d.redemption_id = r.id JOIN ordering.orders o ON o.id = d.order_id
        WHERE r.id > $1 GROUP BY r.id, r.status
        HAVING r.status <> CASE
            WHEN bool_and(o.status IN ('cancelled', 'expired')) THEN 'released'
            WHEN bool_and(o.payment_status = 'unpaid') THEN 'reserved' ELSE 'redeemed' END"""),
    Invariant(
        "negotiation_is_legal", "V7",
        "every negotiation is a legal path from its opener's first offer to where it stands",
        """
        SELECT 'negotiation ' || id FROM (
            SELECT n.id, n.status, o.side, o.status AS became, lead(o.side) OVER history AS next,
                row_number() OVER history = 1 AND o.side <> n.opener AS begins_wrongly
            FROM trading.negotiations n LEFT JOIN trading.offers o ON o.negotiation_id = n.id
            WHERE n.id > $1
            WINDOW history AS (PARTITION BY n.id ORDER BY o.id)
        ) step
        WHERE side IS NULL OR begins_wrongly OR NOT CASE
            WHEN next IS NULL THEN (status, became) IN (
                ('open', 'pending'), ('agreed', 'accepted'), ('closed', 'declined'), ('closed', 'withdrawn'),
                ('expired', 'expired'), ('cancelled', 'superseded'))
            ELSE (became = 'countered' AND next <> side) OR (became = 'withdrawn' AND next = side) END""",
    ),
    Invariant("status_is_known", "V7", "every status is one that its machine knows", """
        SELECT machine || ' ' || id || ' is ' || status FROM (
            SELECT 'listing' AS machine, listing_id AS id, status FROM catalog.listing_states
            WHERE listing_id > $1
            UNION ALL SELECT 'negotiation', id, status FROM trading.negotiations WHERE id > $1
            UNION ALL SELECT 'offer', id, status FROM trading.offers WHERE id > $1
            UNION ALL SELECT 'order', id, status FROM ordering.orders WHERE id > $1
            UNION ALL SELECT 'hold', id, status FROM inventory.holds WHERE id > $1
            UNION ALL SELECT 'trade', id, status FROM trading.trades WHERE id > $1
            UNION ALL SELECT 'payment', id, status FROM payments.payments WHERE id > $1
            UNION ALL SELECT 'redemption', id, status FROM promotions.redemptions WHERE id > $1
        ) one WHERE NOT EXISTS (
            SELECT FROM edge.transitions t WHERE t.machine = one.machine AND one.status IN (t.source, t.target)
        )"""),
    Invariant("no_dead_job", "V6", "no job is dead, and none is stuck", """
        SELECT 'job ' || id || ' ' || handler || ' ' || state || ' ' || coalesce(error, '') FROM jobs.job
        WHERE state = 'dead' OR (state = 'running' AND lease_until < now() - interval '30 seconds')"""),
    Invariant("order_ends_in_time", "V8", "an order that nobody pays expires", """
        SELECT 'order ' || o.id FROM ordering.orders o
        WHERE o.id > $1 AND o.status IN ('placed', 'awaiting_payment') AND o.payment_status = 'unpaid'
            AND o.payment_due_at < now() - interval '10 minutes'
            AND NOT EXISTS (SELECT FROM payments.payments p WHERE p.cause_id = o.id
                AND p.status IN ('created', 'requires_action', 'authorized'))"""),
    Invariant("offer_ends_in_time", "V8", "an offer that nobody answers expires", """
        SELECT 'offer ' || id FROM trading.offers
        WHERE id > $1 AND status = 'pending' AND expires_at < now() - interval '10 minutes'"""),
)  # fmt: skip
