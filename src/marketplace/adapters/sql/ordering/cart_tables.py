from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    DateTime,
    Identity,
    Index,
    Numeric,
    String,
    Table,
    Uuid,
)

from marketplace.adapters.sql.metadata import metadata

cart_items = Table(
    "cart_items",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("owner_id", Uuid, nullable=False),
    Column("listing_id", Uuid, nullable=False),
    Column("quantity", Numeric(20, 6), CheckConstraint("quantity > 0", name="quantity_positive"), nullable=False),
    Column("amount_minor", BigInteger, nullable=False),
    Column("currency", String(3), nullable=False),
    Column("added_at", DateTime(timezone=True), nullable=False),
    Index("uq_cart_items_owner_id_listing_id", "owner_id", "listing_id", unique=True),
    schema="ordering",
)

order_groups = Table(
    "order_groups",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("number", BigInteger, Identity(always=True), nullable=False, unique=True),
    Column("buyer_id", Uuid, nullable=False),
    Column("created_at", DateTime(timezone=True), nullable=False),
    schema="ordering",
)
