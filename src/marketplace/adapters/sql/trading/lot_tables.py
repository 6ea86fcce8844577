from sqlalchemy import (
    ARRAY,
    BigInteger,
    CheckConstraint,
    Column,
    Date,
    DateTime,
    ForeignKey,
    Index,
    Integer,
    Numeric,
    String,
    Table,
    Text,
    Uuid,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB

from marketplace.adapters.sql.metadata import metadata

_AVAILABLE = text("status = 'available'")

tested_lots = Table(
    "tested_lots",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("owner_id", Uuid, nullable=False),
    Column("commodity", Text, nullable=False),
    Column("grade", Text),
    Column("origin", Text),
    Column("place", Text),
    Column("quality", JSONB, nullable=False),
    Column("quantity", Numeric(20, 6), CheckConstraint("quantity > 0", name="quantity_positive"), nullable=False),
    Column("unit", Text, nullable=False),
    Column("price_minor", BigInteger),
    Column("currency", String(3)),
    Column("price_unit", Text),
    Column("status", Text, nullable=False),
    Column("created_at", DateTime(timezone=True), nullable=False),
    Column("version", Integer, nullable=False, server_default="0"),
    Index("ix_tested_lots_owner_id", "owner_id", "id"),
    Index("ix_tested_lots_owner_id_status", "owner_id", "status", "id"),
    Index(
        "ix_tested_lots_owner_id_commodity", "owner_id", text("lower(commodity)"), "id",
        postgresql_include=["commodity", "status"],
    ),
    Index("ix_tested_lots_available", "id", postgresql_where=_AVAILABLE),
    Index(
        "ix_tested_lots_available_commodity", text("lower(commodity)"), "id", postgresql_where=_AVAILABLE,
        postgresql_include=["commodity"],
    ),
    schema="trading",
)  # fmt: skip
"""The commodity beside its small letters: without it a count would read the rows themselves."""

lot_reports = Table(
    "lot_reports",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("lot_id", ForeignKey(tested_lots.c.id), nullable=False),
    Column("parameters", JSONB, nullable=False),
    Column("method", Text, nullable=False),
    Column("laboratory", Text, nullable=False),
    Column("tested_on", Date, nullable=False),
    Column("certificate_number", Text),
    Column("document_id", Uuid, nullable=False),
    Column(
        "document_sha256", Text, CheckConstraint("document_sha256 ~ '^[0-9a-f]{64}$'", name="sha256_whole"),
        nullable=False,
    ),
    Column("attached_at", DateTime(timezone=True), nullable=False),
    Index("uq_lot_reports_document", "lot_id", "document_id", unique=True),
    schema="trading",
)  # fmt: skip
"""`parameters`: {name: {value, unit}}. Append-only."""

provenances = Table(
    "provenances",
    metadata,
    Column("order_id", Uuid, primary_key=True),
    Column("lot_id", Uuid),
    Column("kinds", ARRAY(Text), nullable=False),
    Column("ids", ARRAY(Uuid), nullable=False),
    Column("hashes", ARRAY(Text), nullable=False),
    Column("frozen_at", DateTime(timezone=True), nullable=False),
    Index("ix_provenances_lot_id", "lot_id", "order_id", postgresql_where=text("lot_id IS NOT NULL")),
    schema="trading",
)
"""The chain of links that leads to an order, as it was when it was agreed on. Append-only."""
