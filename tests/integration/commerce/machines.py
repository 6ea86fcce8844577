"""Every state machine of the domain, and a row in each table that no market of a test fills."""

from collections.abc import Mapping
from typing import Any

import asyncpg

from marketplace.domain.catalog.booking import BOOKING_MOVES
from marketplace.domain.catalog.standing import LISTING_MOVES
from marketplace.domain.disputes.moves import DISPUTE_MOVES
from marketplace.domain.inventory.hold import HOLD_MOVES
from marketplace.domain.ordering.moves import ORDER_MOVES
from marketplace.domain.payments.click import CLICK_MOVES
from marketplace.domain.payments.payme import PAYME_MOVES
from marketplace.domain.payments.payment import PAYMENT_MOVES
from marketplace.domain.payments.payout import PAYOUT_MOVES
from marketplace.domain.payments.refund import REFUND_MOVES
from marketplace.domain.promotions.redemption import REDEMPTION_MOVES
from marketplace.domain.reviews.exchange import EXCHANGE_MOVES
from marketplace.domain.subscriptions.moves import SUBSCRIPTION_MOVES
from marketplace.domain.subscriptions.period import PERIOD_MOVES
from marketplace.domain.trading.lot import LOT_MOVES
from marketplace.domain.trading.offer import NEGOTIATION_MOVES, OFFER_MOVES
from marketplace.domain.trading.trade import TRADE_MOVES
from tests.builders.commerce import NOON, new_id

MACHINES: dict[str, tuple[str, str, Mapping[Any, frozenset[Any]]]] = {
    "booking": ("catalog.bookings", "id", BOOKING_MOVES),
    "listing": ("catalog.listing_states", "listing_id", LISTING_MOVES),
    "lot": ("trading.tested_lots", "id", LOT_MOVES),
    "negotiation": ("trading.negotiations", "id", NEGOTIATION_MOVES),
    "offer": ("trading.offers", "id", OFFER_MOVES),
    "order": ("ordering.orders", "id", ORDER_MOVES),
    "trade": ("trading.trades", "id", TRADE_MOVES),
    "dispute": ("disputes.disputes", "id", DISPUTE_MOVES),
    "exchange": ("reviews.exchanges", "order_id", EXCHANGE_MOVES),
    "hold": ("inventory.holds", "id", HOLD_MOVES),
    "payment": ("payments.payments", "id", PAYMENT_MOVES),
    "refund": ("payments.refunds", "id", REFUND_MOVES),
    "payout": ("payments.payouts", "id", PAYOUT_MOVES),
    "payme_transaction": ("payments.payme_transactions", "id", PAYME_MOVES),
    "click_transaction": ("payments.click_transactions", "number", CLICK_MOVES),
    "redemption": ("promotions.redemptions", "id", REDEMPTION_MOVES),
    "subscription": ("subscriptions.subscriptions", "id", SUBSCRIPTION_MOVES),
    "subscription_period": ("subscriptions.periods", "id", PERIOD_MOVES),
}
"""Each with its table, the key of that and the moves the domain allows."""
ADD_TRADE = """
INSERT INTO trading.trades (id, owner_id, side, commodity, quality, quantity, unit, currency, price_unit, visibility,
    invited, valid_until, status, created_at)
VALUES ($1, $1, 'buy', 'cotton', '{}', 1, 'bale', 'INR', 'bale', 'open', '{}', $2, 'published', $2)
"""
ADD_LOT = """
INSERT INTO trading.tested_lots (id, owner_id, commodity, quality, quantity, unit, status, created_at)
VALUES ($1, $1, 'cotton', '{}', 1, 'bale', 'draft', $2)
"""
A_PAYOUT = "INSERT INTO payments.payouts VALUES ($1, $1, $1, '', 1, 'AED', NULL, NULL, '', NULL, 0, NULL, NULL, 0, $2)"
ADD_PAYME = """
INSERT INTO payments.payme_transactions (id, payment_id, amount_minor, time, create_time, status)
SELECT 'test', id, 1, 1, 1, 'created' FROM payments.payments LIMIT 1
"""
ADD_CLICK = """
INSERT INTO payments.click_transactions (id, payment_id, paydoc_id, prepared_at, status)
SELECT 1, id, 1, created_at, 'prepared' FROM payments.payments LIMIT 1
"""
ADD_CODE = """
INSERT INTO promotions.promo_codes (id, code, bearer, basis_points, first_order_only, channels, categories, listing_ids,
    per_customer, used, starts_at, is_active, created_at)
VALUES ($1, 'SUMMER-15', 'platform', 1500, false, '{}', '{}', '{}', 1, 0, $2, true, $2)
"""
ADD_REDEMPTION = """
INSERT INTO promotions.redemptions (id, code_id, customer_id, discount_minor, currency, status, created_at)
VALUES ($1, $1, $1, 100, 'AED', 'reserved', $2)
"""
ADD_DISPUTE = """
INSERT INTO disputes.disputes (id, order_id, buyer_id, seller_id, opener, reason, amount_minor, currency, status,
    proposals, said, evidence, opened_at, response_due_at)
VALUES ($1, $1, $1, $2, 'buyer', 'other', 100, 'AED', 'opened', '{}', 1, 0, $3, $3)
"""
ADD_EXCHANGE = """
INSERT INTO reviews.exchanges (order_id, buyer_id, seller_id, listings, closes_at, status)
VALUES ($1, $2, $1, '{}', $3, 'open')
"""
ADD_SUBSCRIPTION = """
INSERT INTO subscriptions.subscriptions (id, subscriber_id, creator_id, plan_id, method, status, had_trial, period_id,
    anchor, turn, credit_minor, currency, is_pausing, created_at)
VALUES ($1, $1, $2, $1, 'card', 'active', false, $1, $3, 0, 0, 'AED', false, $3)
"""
ADD_PERIOD = """
INSERT INTO subscriptions.periods
VALUES ($1, $1, 1, $1, $2::timestamptz, $2::timestamptz + interval '1 day', 100, 0, 5, 0, 'AED', 'due')
"""


async def add_rows(app: asyncpg.Connection, admin: asyncpg.Connection) -> None:
    """Those of `admin` refer to rows that are not there; from here on it is refused nothing but what a CHECK says."""
    await app.execute(ADD_TRADE, new_id(), NOON)
    await app.execute(ADD_LOT, new_id(), NOON)
    await app.execute(ADD_PAYME)
    await app.execute(ADD_CLICK)
    await app.execute(ADD_CODE, code := new_id(), NOON)
    await app.execute(ADD_REDEMPTION, code, NOON)
    await app.execute(ADD_EXCHANGE, new_id(), new_id(), NOON)
    await app.execute(ADD_DISPUTE, new_id(), new_id(), NOON)
    await admin.execute("SET session_replication_role = replica")
    await admin.execute("ALTER TABLE subscriptions.subscriptions DROP CONSTRAINT ck_subscriptions_ended_when")
    await admin.execute(A_PAYOUT, new_id(), NOON)
    await admin.execute(ADD_SUBSCRIPTION, new_id(), new_id(), NOON)
    await admin.execute(ADD_PERIOD, new_id(), NOON)
