"""Every table of the house, imported for its effect on the one metadata (migrations, drift test)."""

from marketplace.adapters.sql import idempotency, jobs
from marketplace.adapters.sql.audit import tables as audit
from marketplace.adapters.sql.calls import tables as calls
from marketplace.adapters.sql.catalog import booking_tables as bookings
from marketplace.adapters.sql.catalog import file_tables as files
from marketplace.adapters.sql.catalog import life_tables as listing_life
from marketplace.adapters.sql.catalog import media_tables as media
from marketplace.adapters.sql.catalog import personal_tables as personal
from marketplace.adapters.sql.catalog import search_tables as search
from marketplace.adapters.sql.catalog import tables as catalog
from marketplace.adapters.sql.disputes import tables as disputes
from marketplace.adapters.sql.identity import factor_tables as factors
from marketplace.adapters.sql.identity import key_tables as keys
from marketplace.adapters.sql.identity import tables as identity
from marketplace.adapters.sql.inventory import tables as inventory
from marketplace.adapters.sql.invoicing import tables as invoicing
from marketplace.adapters.sql.messaging import tables as messaging
from marketplace.adapters.sql.metadata import metadata
from marketplace.adapters.sql.notifications import centre_tables as notification_centre
from marketplace.adapters.sql.notifications import push_tables as push
from marketplace.adapters.sql.notifications import tables as notifications
from marketplace.adapters.sql.ordering import cart_tables as carts
from marketplace.adapters.sql.ordering import fee_tables as fees
from marketplace.adapters.sql.ordering import tables as ordering
from marketplace.adapters.sql.payments import payout_tables as payouts
from marketplace.adapters.sql.payments import provider_tables as payment_providers
from marketplace.adapters.sql.payments import reconciliation_tables as reconciliation
from marketplace.adapters.sql.payments import stripe_tables as stripe
from marketplace.adapters.sql.payments import tables as payments
from marketplace.adapters.sql.promotions import tables as promotions
from marketplace.adapters.sql.reviews import tables as reviews
from marketplace.adapters.sql.social import tables as social
from marketplace.adapters.sql.subscriptions import tables as subscriptions
from marketplace.adapters.sql.trading import lot_tables as lots
from marketplace.adapters.sql.trading import parse_tables as parses
from marketplace.adapters.sql.trading import rule_tables as offer_rules
from marketplace.adapters.sql.trading import tables as trading
from marketplace.adapters.sql.webhooks import tables as webhooks

__all__ = [
    "audit",
    "bookings",
    "calls",
    "carts",
    "catalog",
    "disputes",
    "factors",
    "fees",
    "files",
    "idempotency",
    "identity",
    "inventory",
    "invoicing",
    "jobs",
    "keys",
    "listing_life",
    "lots",
    "media",
    "messaging",
    "metadata",
    "notification_centre",
    "notifications",
    "offer_rules",
    "ordering",
    "parses",
    "payment_providers",
    "payments",
    "payouts",
    "personal",
    "promotions",
    "push",
    "reconciliation",
    "reviews",
    "search",
    "social",
    "stripe",
    "subscriptions",
    "trading",
    "webhooks",
]  # fmt: skip
