from sqlalchemy import (
    BigInteger,
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
)

from marketplace.adapters.sql.metadata import metadata

negotiations = Table(
    "negotiations",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("listing_id", Uuid, nullable=False),
    Column("buyer_id", Uuid, nullable=False),
    Column("seller_id", Uuid, CheckConstraint("seller_id <> buyer_id", name="two_parties"), nullable=False),
    Column("list_price_minor", BigInteger, nullable=False),
    Column("currency", String(3), nullable=False),
    Column("status", Text, nullable=False),
    Column("version", Integer, nullable=False, server_default="0"),
    Index("uq_negotiations_open", "listing_id", "buyer_id", unique=True, postgresql_where=text("status = 'open'")),
    Index("ix_negotiations_buyer_id", "buyer_id", "status"),
    Index("ix_negotiations_seller_id", "seller_id", "status"),
    schema="trading",
)

offers = Table(
    "offers",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("negotiation_id", ForeignKey(negotiations.c.id), nullable=False),
    Column("side", Text, nullable=False),
    Column("price_minor", BigInteger, CheckConstraint("price_minor > 0", name="price_positive"), nullable=False),
    Column("quantity", Integer, CheckConstraint("quantity > 0", name="quantity_positive"), nullable=False),
    Column("message", Text),
    Column("status", Text, nullable=False),
    Column("created_at", DateTime(timezone=True), nullable=False),
    Column("expires_at", DateTime(timezone=True), nullable=False),
    Index("ix_offers_negotiation_id", "negotiation_id", "id"),
    Index("uq_offers_pending", "negotiation_id", unique=True, postgresql_where=text("status = 'pending'")),
    schema="trading",
)
