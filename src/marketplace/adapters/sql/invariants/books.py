"""What must hold in the books and for the money that is on its way.

$1 is the id that what is looked at lies behind: what came lately every minute, everything in `make prove`.
"""

from marketplace.adapters.sql.invariants.invariant import Invariant

BOOKS = (
    Invariant("ledger_transaction_balances", "V1", "every ledger transaction balances and has two legs", """
        SELECT 'ledger transaction ' || t.id FROM payments.ledger_transactions t
        LEFT JOIN payments.ledger_entries e ON e.transaction_id = t.id
        WHERE t.id > $1 GROUP BY t.id HAVING count(e.*) < 2 OR sum(e.minor) <> 0 OR count(DISTINCT e.currency) <> 1"""),
    Invariant("currency_balances", "V2", "the accounts of each currency sum to zero", """
        SELECT 'currency ' || currency FROM payments.ledger_accounts
        GROUP BY currency HAVING sum(balance_minor) <> 0"""),
    Invariant("no_liability_overdrawn", "V2", "nobody owes us through an account that is for what we owe", """
        SELECT 'account ' || id FROM payments.ledger_accounts
        WHERE balance_minor > 0
            AND kind IN ('seller_pending', 'buyer_wallet', 'refunds_in_transit', 'payouts_in_transit')"""),
    Invariant("account_balance", "V2", "the balance of an account is the sum of its entries", """
        SELECT 'account ' || a.id FROM payments.ledger_accounts a
        LEFT JOIN payments.ledger_checkpoints c ON c.account_id = a.id
        CROSS JOIN LATERAL (
            SELECT coalesce(sum(e.minor), 0) AS minor FROM payments.ledger_entries e
            WHERE e.account_id = a.id
                AND e.transaction_id > coalesce(c.up_to, '00000000-0000-0000-0000-000000000000'::uuid)
        ) since
        WHERE a.id IN (SELECT account_id FROM payments.ledger_entries WHERE transaction_id > $1)
            AND a.balance_minor <> coalesce(c.minor, 0) + since.minor"""),
    Invariant(
        "paid_once", "V3",
        "an order is paid by exactly one captured payment of its amount, and posted once",
        """
        SELECT 'order ' || o.id FROM ordering.orders o
        LEFT JOIN payments.payments p ON p.cause_id = o.id
            AND p.status IN ('captured', 'partially_refunded', 'refunded')
        LEFT JOIN payments.ledger_transactions t ON t.source_id = p.id AND t.kind = 'payment_captured'
        WHERE o.id > $1
        GROUP BY o.id, o.payment_status, o.amount_minor
        HAVING count(p.id) <> CASE WHEN o.payment_status = 'unpaid' THEN 0 ELSE 1 END
            OR count(t.id) <> count(p.id) OR coalesce(sum(p.amount_minor), o.amount_minor) <> o.amount_minor""",
    ),
    Invariant("order_tells_refunds", "V3", "an order tells what of its money went back", """
        SELECT 'order ' || o.id FROM ordering.orders o
        JOIN payments.payments p ON p.cause_id = o.id AND p.status IN ('captured', 'partially_refunded', 'refunded')
        WHERE o.id > $1 AND o.payment_status <> CASE p.refunded_minor
            WHEN 0 THEN 'paid' WHEN p.amount_minor THEN 'refunded' ELSE 'partially_refunded' END"""),
    Invariant("cancelled_goes_back", "V3", "all that was paid for a cancelled order goes back", """
        SELECT 'order ' || o.id FROM ordering.orders o
        JOIN payments.payments p ON p.cause_id = o.id AND p.status IN ('captured', 'partially_refunded', 'refunded')
        WHERE o.id > $1 AND o.status = 'cancelled' AND p.chargeback <> 'lost'
            AND p.refunding_minor + p.refunded_minor <> p.amount_minor"""),
    Invariant("captured_as_agreed", "V3", "a captured payment is booked with its amount, fee and subsidy", """
        SELECT 'payment ' || p.id FROM payments.payments p
        LEFT JOIN payments.ledger_transactions t ON t.source_id = p.id AND t.kind = 'payment_captured'
        LEFT JOIN payments.ledger_entries e ON e.transaction_id = t.id
        LEFT JOIN payments.ledger_accounts a ON a.id = e.account_id
        WHERE p.id > $1 AND p.status IN ('captured', 'partially_refunded', 'refunded')
        GROUP BY p.id, p.amount_minor, p.subsidy_minor, p.fee_minor, p.currency
        HAVING sum(e.minor) FILTER (WHERE e.minor > 0) IS DISTINCT FROM p.amount_minor + p.subsidy_minor
            OR coalesce(-sum(e.minor) FILTER (WHERE a.kind = 'platform_fees'), 0) <> p.fee_minor
            OR coalesce(sum(e.minor) FILTER (WHERE a.kind = 'promo_cost'), 0) <> p.subsidy_minor
            OR bool_or(e.currency <> p.currency)"""),
    Invariant("nothing_booked_for_failures", "V3", "nothing is booked for a payment that failed", """
        SELECT 'payment ' || p.id FROM payments.payments p
        JOIN payments.ledger_transactions t ON t.source_id = p.id AND t.kind = 'payment_captured'
        WHERE p.id > $1 AND p.status NOT IN ('captured', 'partially_refunded', 'refunded')"""),
    Invariant(
        "refunds_sum_up", "V3",
        "what went back of a payment is the sum of its refunds that succeeded, and of what a bank took for good",
        """
        SELECT 'payment ' || p.id FROM payments.payments p LEFT JOIN payments.refunds r ON r.payment_id = p.id
        WHERE p.id > $1 GROUP BY p.id
        HAVING sign(p.refunded_minor - coalesce(sum(r.amount_minor) FILTER (WHERE r.status = 'succeeded'), 0))
            NOT IN (0, CASE WHEN p.chargeback = 'lost' THEN 1 ELSE 0 END)""",
    ),
    Invariant(
        "promises_sum_up", "V3",
        "what is promised back is the sum of the refunds that are not sent; with those that are, no more than came",
        """
        SELECT 'payment ' || p.id FROM payments.payments p LEFT JOIN payments.refunds r ON r.payment_id = p.id
        WHERE p.id > $1 GROUP BY p.id
        HAVING p.refunding_minor + p.refunded_minor > p.amount_minor OR p.refunding_minor
            <> coalesce(sum(r.amount_minor) FILTER (WHERE r.status IN ('approved', 'processing', 'failed')), 0)""",
    ),
    Invariant(
        "refund_booked", "V3",
        "a refund is promised in the books when it is approved or its money came late, and sent when it succeeded",
        """
        SELECT 'refund ' || r.id FROM payments.refunds r
        LEFT JOIN payments.ledger_transactions t
            ON t.source_id = r.id AND t.kind IN ('refund_promised', 'refund_sent')
                OR t.source_id = r.payment_id AND t.kind = 'stray_captured'
        LEFT JOIN payments.ledger_entries e ON e.transaction_id = t.id AND e.minor > 0 AND t.kind = 'refund_sent'
        WHERE r.id > $1 GROUP BY r.id, r.status, r.amount_minor
        HAVING coalesce(sum(e.minor), 0) <> CASE WHEN r.status = 'succeeded' THEN r.amount_minor ELSE 0 END
            OR bool_or(t.kind <> 'refund_sent') IS NOT TRUE AND r.status IN ('processing', 'succeeded')""",
    ),
    Invariant(
        "payout_booked", "V3",
        "a payout is booked when it is paid, with its amount, and back when it is reversed",
        """
        SELECT 'payout ' || p.id FROM payments.payouts p
        LEFT JOIN payments.ledger_transactions t ON t.source_id = p.id AND t.kind IN ('payout_paid', 'payout_reversed')
        LEFT JOIN payments.ledger_entries e ON e.transaction_id = t.id AND e.minor > 0
        WHERE p.id > $1 GROUP BY p.id, p.status, p.amount_minor
        HAVING coalesce(sum(e.minor) FILTER (WHERE t.kind = 'payout_paid'), 0)
                <> CASE WHEN p.status IN ('paid', 'reversed') THEN p.amount_minor ELSE 0 END
            OR coalesce(sum(e.minor) FILTER (WHERE t.kind = 'payout_reversed'), 0)
                <> CASE WHEN p.status = 'reversed' THEN p.amount_minor ELSE 0 END""",
    ),
    Invariant(
        "payment_settled_in_time", "V8",
        "a payment is settled within three hours after its payer may not act any more",
        """
        SELECT 'payment ' || id FROM payments.payments
        WHERE id > $1 AND status IN ('created', 'requires_action', 'authorized')
            AND expires_at < now() - interval '3 hours'""",
    ),
    Invariant("payment_is_asked_about", "V8", "a provider is asked about each payment that is under way", """
        SELECT 'payment ' || p.id FROM payments.payments p
        WHERE p.id > $1 AND p.status IN ('created', 'requires_action', 'authorized') AND p.provider <> 'wallet'
            AND NOT EXISTS (SELECT FROM jobs.job j WHERE j.handler = 'payments.ask_gateway' AND j.key = p.id::text
                AND j.state IN ('ready', 'running'))"""),
    Invariant("refund_is_sent", "V8", "each refund that is on its way is being sent", """
        SELECT 'refund ' || r.id FROM payments.refunds r
        WHERE r.id > $1 AND r.status = 'processing'
            AND NOT EXISTS (SELECT FROM jobs.job j WHERE j.handler = 'payments.send_refund' AND j.key = r.id::text
                AND j.state IN ('ready', 'running'))"""),
    Invariant("payout_is_sent", "V8", "each payout that is on its way is being sent", """
        SELECT 'payout ' || p.id FROM payments.payouts p
        WHERE p.status = 'processing' AND p.id > $1
            AND NOT EXISTS (SELECT FROM jobs.job j WHERE j.handler = 'payments.send_payout' AND j.key = p.id::text
                AND j.state IN ('ready', 'running'))"""),
    Invariant(
        "in_the_audit_trail", "V10",
        "every ledger transaction, settled payment and order is in the audit trail once",
        """
        SELECT 'audit of ' || f.action || ' ' || f.id FROM (
            SELECT 'payments.ledger_posted' AS action, id FROM payments.ledger_transactions WHERE id > $1
            UNION ALL SELECT 'payments.payment_' || CASE status WHEN 'failed' THEN status ELSE 'captured' END, id
                FROM payments.payments
                WHERE id > $1 AND status IN ('captured', 'failed', 'partially_refunded', 'refunded')
            UNION ALL SELECT 'ordering.order_placed', id FROM ordering.orders WHERE id > $1
        ) f LEFT JOIN audit.entries e ON e.action = f.action AND e.subject = f.id
        GROUP BY f.action, f.id HAVING count(e.id) <> 1""",
    ),
    Invariant("sealed_soon", "V10", "no entry waits to be sealed for longer than 10 seconds", """
        SELECT 'audit entry ' || id FROM audit.unsealed JOIN audit.entries ON id = entry_id
        WHERE at < clock_timestamp() - interval '10 seconds'"""),
)  # fmt: skip
