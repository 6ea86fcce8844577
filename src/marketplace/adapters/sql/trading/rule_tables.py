from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    DateTime,
    Index,
    Numeric,
    SmallInteger,
    String,
    Table,
    Text,
    Time,
    Uuid,
    text,
)

from marketplace.adapters.sql.metadata import metadata

offer_rules = Table(
    "offer_rules",
    metadata,
    Column("listing_id", Uuid, primary_key=True),
    Column("seller_id", Uuid, nullable=False),
    Column("currency", String(3)),
    Column("auto_accept_at_minor", BigInteger),
    Column("auto_decline_below_minor", BigInteger),
    Column("minimum_step_minor", BigInteger),
    Column("quiet_from", Time),
    Column("quiet_until", Time),
    Column("time_zone", Text),
    CheckConstraint("auto_decline_below_minor < auto_accept_at_minor", name="declines_below_acceptance"),
    CheckConstraint("num_nonnulls(quiet_from, quiet_until, time_zone) IN (0, 3)", name="quiet_hours_whole"),
    Index("ix_offer_rules_seller_id", "seller_id"),
    schema="trading",
)
"""A listing's own. `currency` is null when no amount is said."""

rules_for_all = Table(
    "rules_for_all",
    metadata,
    Column("seller_id", Uuid, primary_key=True),
    Column("auto_accept_at_percent", SmallInteger),
    Column("auto_decline_below_percent", SmallInteger),
    Column("minimum_step_percent", SmallInteger),
    Column("quiet_from", Time),
    Column("quiet_until", Time),
    Column("time_zone", Text),
    CheckConstraint("auto_decline_below_percent < auto_accept_at_percent", name="declines_below_acceptance"),
    CheckConstraint("num_nonnulls(quiet_from, quiet_until, time_zone) IN (0, 3)", name="quiet_hours_whole"),
    schema="trading",
)
"""Of a seller, on listings that have none of their own: per cent of their price."""

agreements = Table(
    "agreements",
    metadata,
    Column("negotiation_id", Uuid, primary_key=True),
    Column("order_id", Uuid, nullable=False),
    Column("subject_kind", Text, nullable=False),
    Column("subject_id", Uuid, nullable=False),
    Column("category", Text),
    Column("grade", Text),
    Column("price_minor", BigInteger, nullable=False),
    Column("asked_minor", BigInteger),
    Column("currency", String(3), nullable=False),
    Column("quantity", Numeric(20, 6), nullable=False),
    Column("unit", Text, nullable=False),
    Column("unit_price", Numeric(20, 6), nullable=False),
    Column("agreed_at", DateTime(timezone=True), nullable=False),
    Index(
        "ix_agreements_like", "category", "subject_kind", "currency", "unit", "agreed_at",
        postgresql_include=["price_minor", "asked_minor", "unit_price"],
    ),
    Index("ix_agreements_category", "category", "subject_kind", "agreed_at"),
    Index(
        "ix_agreements_traded", "category", text("lower(coalesce(grade, ''))"), "currency", "agreed_at",
        postgresql_where=text("subject_kind = 'trade'"),
    ),
    schema="trading",
)  # fmt: skip
"""What was agreed on, never by whom. `category`: of the listing, or the trade's commodity in small letters; null for a
package of several. `price_minor` pays the whole quantity, `asked_minor` was asked for it; `unit` is a base unit
(kilogram, piece, liter), in which `quantity` is and for one of which `unit_price` is."""
