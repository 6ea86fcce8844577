from sqlalchemy import (
    ARRAY,
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    DateTime,
    ForeignKey,
    Index,
    Integer,
    String,
    Table,
    Text,
    Uuid,
    text,
    true,
)

from marketplace.adapters.sql.metadata import metadata

promo_codes = Table(
    "promo_codes",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("code", Text, CheckConstraint("code ~ '^[A-Z0-9-]{3,32}$'", name="code_plain"), nullable=False),
    Column("owner_id", Uuid),
    Column("bearer", Text, CheckConstraint("bearer IN ('platform', 'seller')", name="bearer_known"), nullable=False),
    Column(
        "basis_points",
        Integer,
        CheckConstraint("basis_points BETWEEN 1 AND 10000", name="basis_points_in_range"),
    ),
    Column("amount_minor", BigInteger, CheckConstraint("amount_minor > 0", name="amount_positive")),
    Column("maximum_minor", BigInteger),
    Column("minimum_minor", BigInteger),
    Column("currency", String(3)),
    Column("first_order_only", Boolean, nullable=False),
    Column("channels", ARRAY(Text), nullable=False),
    Column("categories", ARRAY(Text), nullable=False),
    Column("listing_ids", ARRAY(Uuid), nullable=False),
    Column("cap", Integer),
    Column("per_customer", Integer, nullable=False),
    Column("used", Integer, CheckConstraint("used >= 0", name="used_not_negative"), nullable=False),
    Column("starts_at", DateTime(timezone=True), nullable=False),
    Column("ends_at", DateTime(timezone=True)),
    Column("is_active", Boolean, nullable=False),
    Column("created_at", DateTime(timezone=True), nullable=False),
    CheckConstraint("used <= cap", name="no_more_than_its_cap"),
    CheckConstraint("(basis_points IS NULL) <> (amount_minor IS NULL)", name="one_value"),
    Index("uq_promo_codes_active", "code", unique=True, postgresql_where=text("is_active")),
    Index("ix_promo_codes_owner_id", "owner_id", "id"),
    schema="promotions",
)
"""`owner_id`: null for a code of the platform. `used`: its redemptions that are not released."""

customer_uses = Table(
    "customer_uses",
    metadata,
    Column("code_id", ForeignKey(promo_codes.c.id), primary_key=True),
    Column("customer_id", Uuid, primary_key=True),
    Column("used", Integer, CheckConstraint("used >= 0", name="used_not_negative"), nullable=False),
    schema="promotions",
)
"""The same by customer: the row that two orders of one customer wait for."""

redemptions = Table(
    "redemptions",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("code_id", ForeignKey(promo_codes.c.id), nullable=False),
    Column("customer_id", Uuid, nullable=False),
    Column(
        "discount_minor", BigInteger, CheckConstraint("discount_minor > 0", name="discount_positive"), nullable=False
    ),
    Column("currency", String(3), nullable=False),
    Column("status", Text, nullable=False),
    Column("created_at", DateTime(timezone=True), nullable=False),
    Index("ix_redemptions_customer_id", "customer_id", "id"),
    schema="promotions",
)

discounted_orders = Table(
    "discounted_orders",
    metadata,
    Column("redemption_id", ForeignKey(redemptions.c.id), primary_key=True),
    Column("order_id", Uuid, primary_key=True),
    Column("is_live", Boolean, nullable=False, server_default=true()),
    Index("uq_discounted_orders_live", "order_id", unique=True, postgresql_where=text("is_live")),
    schema="promotions",
)
"""The orders of one checkout that a use is for; those that came to nothing are not live."""
