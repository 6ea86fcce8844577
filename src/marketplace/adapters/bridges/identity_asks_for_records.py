"""What each context stores about one person, as one JSON object a row, newest first."""

from collections.abc import Mapping, Sequence

from marketplace.adapters.sql.pool import Pool
from marketplace.application.identity.people_ports import PersonalRecords
from marketplace.domain.shared.ids import UserId

RECORDS = {
    "sessions": """
SELECT id, device, address, methods, created_at, last_used_at, expires_at, ended_at, end_reason
FROM identity.sessions WHERE user_id = $1 ORDER BY id DESC""",
    "devices": """
SELECT device, min(created_at) AS first_seen_at, max(last_used_at) AS last_seen_at
FROM identity.sessions WHERE user_id = $1 GROUP BY device ORDER BY 3 DESC""",
    "worker_profiles": """
SELECT headline, bio, skills, hourly_rate_minor, currency, is_available, updated_at
FROM identity.worker_profiles WHERE user_id = $1""",
    "listings": """
SELECT l.id, l.title, l.description, l.price_minor, l.currency, l.category, l.condition, l.channel, l.image_urls,
    l.video_url, l.video_thumbnail_url, l.latitude, l.longitude, l.neighborhood, l.tags, l.created_at, s.status
FROM catalog.listings l JOIN catalog.listing_states s ON s.listing_id = l.id
WHERE l.seller_id = $1 ORDER BY l.id DESC""",
    "negotiations": """
SELECT n.id, n.subject_kind, n.subject_id, n.my_side, n.asked_minor, n.currency, n.status, (
    SELECT jsonb_agg(jsonb_build_object(
        'id', o.id, 'side', o.side, 'price_minor', o.price_minor, 'price_unit', o.price_unit,
        'terms', o.terms, 'unit', o.unit, 'quantity', o.quantity, 'status', o.status,
        'message', CASE WHEN o.side = n.my_side THEN o.message END, 'created_at', o.created_at) ORDER BY o.id)
    FROM trading.offers o WHERE o.negotiation_id = n.id) AS offers
FROM (SELECT *, 'buyer' AS my_side FROM trading.negotiations WHERE buyer_id = $1
      UNION ALL SELECT *, 'seller' FROM trading.negotiations WHERE seller_id = $1) n
WHERE n.opener = n.my_side OR n.sealed_until IS NULL OR n.sealed_until <= now()
ORDER BY n.id DESC""",
    "trades": """
SELECT id, side, commodity, grade, quality, quantity, unit, target_minor, currency, price_unit, delivery_place,
    delivery_terms, delivery_days, payment_terms, visibility, valid_until, status, created_at
FROM trading.trades WHERE owner_id = $1 ORDER BY id DESC""",
    "tested_lots": """
SELECT id, commodity, grade, origin, place, quality, quantity, unit, price_minor, currency, price_unit, status, (
    SELECT jsonb_agg(to_jsonb(report) - 'lot_id' ORDER BY report.id)
    FROM trading.lot_reports report WHERE report.lot_id = lot.id) AS reports, created_at
FROM trading.tested_lots lot WHERE owner_id = $1 ORDER BY id DESC""",
    "parses": """
SELECT id, text, fields, trade_id, created_at FROM trading.parses WHERE owner_id = $1 ORDER BY id DESC""",
    "offer_rules": """
SELECT listing_id, currency, auto_accept_at_minor, auto_decline_below_minor, minimum_step_minor, quiet_from,
    quiet_until, time_zone
FROM trading.offer_rules WHERE seller_id = $1 ORDER BY listing_id DESC""",
    "offer_rules_for_all": """
SELECT auto_accept_at_percent, auto_decline_below_percent, minimum_step_percent, quiet_from, quiet_until, time_zone
FROM trading.rules_for_all WHERE seller_id = $1""",
    "fee_schedules": """
SELECT id, channel, category, basis_points, fixed_minor, minimum_minor, maximum_minor, currency, starts_at, ends_at,
    note
FROM ordering.fee_schedules WHERE seller_id = $1 ORDER BY id DESC""",
    "orders": """
SELECT id, number, subject_kind, subject_id, my_side, amount_minor, currency, status, payment_status, created_at,
    CASE WHEN my_side = 'buyer' THEN notes END AS notes, scheduled_at
FROM (SELECT *, 'buyer' AS my_side FROM ordering.orders WHERE buyer_id = $1
      UNION ALL SELECT *, 'seller' FROM ordering.orders WHERE seller_id = $1) o
ORDER BY id DESC""",
    "cart": """
SELECT id, listing_id, quantity, amount_minor, currency, added_at
FROM ordering.cart_items WHERE owner_id = $1 ORDER BY id DESC""",
    "disputes": """
SELECT d.id, d.order_id, d.reason, d.my_side, d.opener, d.status, d.amount_minor, d.currency, d.outcome, d.back_minor,
    d.decision, d.opened_at, d.ended_at, (
    SELECT jsonb_agg(jsonb_build_object('text', m.text, 'outcome', m.outcome, 'back_minor', m.back_minor,
        'said_at', m.said_at) ORDER BY m.number)
    FROM disputes.messages m WHERE m.dispute_id = d.id AND m.author_id = $1) AS messages, (
    SELECT jsonb_agg(jsonb_build_object('id', e.id, 'description', e.description, 'sha256', e.sha256,
        'added_at', e.added_at) ORDER BY e.id)
    FROM disputes.evidence e WHERE e.dispute_id = d.id AND e.owner_id = $1) AS evidence
FROM (SELECT *, 'buyer' AS my_side FROM disputes.disputes WHERE buyer_id = $1
      UNION ALL SELECT *, 'seller' FROM disputes.disputes WHERE seller_id = $1) d
ORDER BY d.opened_at DESC, d.id DESC""",
    "calls": """
SELECT c.id, c.conversation_id, m.role AS my_side, c.media, c.status, c.started_at, c.answered_at, c.ended_at,
    c.ended_by = $1 AS ended_by_me
FROM calls.members m JOIN calls.calls c ON c.id = m.call_id WHERE m.user_id = $1 ORDER BY m.call_id DESC""",
    "reviews": """
SELECT id, order_id, 'review' AS kind, rating, aspects, listings, text, written_at, edited_at, taken_down_at
FROM reviews.reviews WHERE author_id = $1
UNION ALL
SELECT id, order_id, 'reply', NULL, NULL, NULL, reply, replied_at, reply_edited_at, taken_down_at
FROM reviews.reviews WHERE about_id = $1 AND reply IS NOT NULL
ORDER BY id DESC""",
    "order_moves": """
SELECT order_id, source, target, reason, at FROM ordering.order_steps WHERE actor_id = $1 ORDER BY id DESC""",
    "fulfilments": """
SELECT id, order_id, carrier, tracking_number, tracking_url, note, shipped_at
FROM ordering.fulfilments WHERE by_id = $1 ORDER BY id DESC""",
    "payments": """
SELECT id, cause_kind, cause_id, amount_minor, refunded_minor, currency, method, status, created_at, my_side
FROM (SELECT *, 'payer' AS my_side FROM payments.payments WHERE payer_id = $1
      UNION ALL
      SELECT *, 'payee' FROM payments.payments
      WHERE payee_id = $1 AND payer_id <> $1 AND status IN ('captured', 'partially_refunded', 'refunded')) p
ORDER BY id DESC""",
    "payout_accounts": """
SELECT id, kind, holder, masked, is_default, usable_from, created_at, removed_at
FROM payments.payout_accounts WHERE owner_id = $1 ORDER BY id DESC""",
    "payouts": """
SELECT id, account_id, amount_minor, currency, status, reference, message, created_at
FROM payments.payouts WHERE seller_id = $1 ORDER BY id DESC""",
    "payout_schedules": """
SELECT currency, interval, day, minimum_minor, next_at FROM payments.payout_schedules
WHERE seller_id = $1 ORDER BY currency""",
    "statements": """
SELECT month, currency, -(held_minor + settled_minor + owed_minor) AS closing_minor
FROM payments.statements WHERE owner_id = $1 ORDER BY month DESC, currency""",
    "wallet_top_ups": """
SELECT id, amount_minor, currency, created_at FROM payments.top_ups WHERE owner_id = $1 ORDER BY id DESC""",
    "refunds": """
SELECT id, payment_id, amount_minor, currency, reason, answer, status, created_at, my_side
FROM (SELECT *, 'payer' AS my_side FROM payments.refunds WHERE payer_id = $1
      UNION ALL SELECT *, 'payee' FROM payments.refunds WHERE payee_id = $1 AND payer_id <> $1) r
ORDER BY id DESC""",
    "payment_methods": """
SELECT id, provider, brand, last4, exp_month, exp_year, is_default, created_at
FROM payments.saved_methods WHERE user_id = $1 ORDER BY id DESC""",
    "promo_codes": """
SELECT id, code, bearer, basis_points, amount_minor, maximum_minor, minimum_minor, currency, cap, per_customer, used,
    starts_at, ends_at, is_active, created_at
FROM promotions.promo_codes WHERE owner_id = $1 ORDER BY id DESC""",
    "promo_code_uses": """
SELECT r.id, c.code, r.discount_minor, r.currency, r.status, r.created_at,
    (SELECT array_agg(o.order_id) FROM promotions.discounted_orders o WHERE o.redemption_id = r.id) AS orders
FROM promotions.redemptions r JOIN promotions.promo_codes c ON c.id = r.code_id
WHERE r.customer_id = $1 ORDER BY r.id DESC""",
    "subscription_plans": """
SELECT id, name, description, price_minor, currency, interval, interval_count, trial_days, is_archived, created_at
FROM subscriptions.plans WHERE creator_id = $1 ORDER BY id DESC""",
    "subscriptions": """
SELECT s.id, s.plan_id, s.creator_id, s.method, s.status, s.is_pausing, s.created_at, s.ended_at, (
    SELECT jsonb_agg(jsonb_build_object(
        'number', p.number, 'starts_at', p.starts_at, 'ends_at', p.ends_at, 'amount_minor', p.amount_minor,
        'credit_minor', p.credit_minor, 'refunded_minor', p.refunded_minor, 'status', p.status) ORDER BY p.number)
    FROM subscriptions.periods p WHERE p.subscription_id = s.id) AS periods
FROM subscriptions.subscriptions s WHERE s.subscriber_id = $1 ORDER BY s.id DESC""",
    "bookings": """
SELECT id, service_id, lower(period) AS starts_at, upper(period) AS ends_at, status, created_at
FROM catalog.bookings WHERE booked_by = $1 ORDER BY id DESC""",
    "invoices": """
SELECT i.id, i.number, i.order_id, i.order_number, i.my_side, i.my_name, i.currency, i.lines,
    i.tax_basis_points, i.issued_at, (
    SELECT jsonb_agg(jsonb_build_object(
        'number', c.number, 'refund_id', c.refund_id, 'total_minor', c.total_minor, 'tax_minor', c.tax_minor,
        'issued_at', c.issued_at) ORDER BY c.id)
    FROM invoicing.credit_notes c WHERE c.invoice_id = i.id) AS credit_notes
FROM (SELECT *, 'buyer' AS my_side, buyer_name AS my_name FROM invoicing.invoices WHERE buyer_id = $1
      UNION ALL SELECT *, 'seller', seller_name FROM invoicing.invoices WHERE seller_id = $1) i
ORDER BY i.id DESC""",
    "follows": """
SELECT followed_id AS user_id, created_at FROM social.follows WHERE follower_id = $1 ORDER BY created_at DESC""",
    "blocks": """
SELECT blocked_id AS user_id, created_at FROM social.blocks WHERE blocker_id = $1 ORDER BY created_at DESC""",
    "favorites": """
SELECT listing_id, created_at, taken_back FROM catalog.favorites WHERE user_id = $1 ORDER BY created_at DESC""",
    "recently_seen": """
SELECT listing_id, seen_at, counted_on FROM catalog.listing_views
WHERE user_id = $1 ORDER BY seen_at DESC NULLS LAST""",
    "saved_searches": """
SELECT id, name, q, category, kind, condition, min_minor, max_minor, currency, latitude, longitude, radius_km, notify,
    created_at
FROM catalog.saved_searches WHERE user_id = $1 ORDER BY id DESC""",
    "search_matches": """
SELECT listing_id, search_id, matched_at FROM catalog.search_matches
WHERE user_id = $1 ORDER BY listing_id DESC""",
    "push_devices": """
SELECT id, platform, device_name, created_at, registered_at
FROM notifications.push_tokens WHERE user_id = $1 ORDER BY registered_at DESC, id DESC""",
    "webhook_endpoints": """
SELECT id, url, description, event_types, disabled_because, created_at
FROM webhooks.endpoints WHERE owner_id = $1 ORDER BY id DESC""",
    "notification_centre": """
SELECT id, kind, data, created_at, read_at FROM notifications.notifications WHERE user_id = $1 ORDER BY id DESC""",
    "notification_preferences": """
SELECT chosen, updated_at FROM notifications.preferences WHERE user_id = $1""",
    "attachments": """
SELECT id, conversation_id, message_id, name, size, sha256, width, height, added_at
FROM messaging.attachments WHERE owner_id = $1 ORDER BY id DESC""",
    "conversations": """
SELECT c.id, c.subject_kind, c.subject_id, CASE c.buyer_id WHEN $1 THEN 'buyer' ELSE 'seller' END AS my_side,
    c.started_at, c.last_at, k.read_seq, k.unread, k.is_archived, k.is_muted
FROM messaging.members k JOIN messaging.conversations c ON c.id = k.conversation_id
WHERE k.user_id = $1 ORDER BY k.last_at DESC""",
    "messages": """
SELECT m.id, m.conversation_id, m.seq, m.kind, m.content, m.data, m.flags, m.created_at, m.edited_at, m.deleted_at, (
    SELECT jsonb_agg(jsonb_build_object('content', v.content, 'data', v.data, 'until', v.replaced_at) ORDER BY v.number)
    FROM messaging.message_versions v WHERE v.message_id = m.id) AS former
FROM messaging.messages m WHERE m.author_id = $1 ORDER BY m.id DESC""",
    "notifications": """
SELECT seq, name, data - CASE WHEN name LIKE 'message:%' THEN '{message,content,data,username}'::text[]
    ELSE '{message}' END AS data, created_at
FROM notifications.user_events WHERE user_id = $1 ORDER BY seq DESC""",
}
"""Left out: messages of others, who the other party is, and their payments that failed."""


class RecordsOfEverybody(PersonalRecords):
    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    async def of(self, user_id: UserId, most: int) -> Mapping[str, Sequence[bytes]]:
        found = {}
        async with self._pool.connection() as connection:
            for kind, sql in RECORDS.items():
                rows = await connection.fetch(
                    f"SELECT to_jsonb(one)::text FROM ({sql} LIMIT $2) one",  # noqa: S608 - our own words
                    user_id, most,
                )  # fmt: skip
                found[kind] = [row[0].encode() for row in rows]
        return found
