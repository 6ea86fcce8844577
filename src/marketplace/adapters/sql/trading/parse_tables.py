from sqlalchemy import Column, DateTime, Index, Table, Text, Uuid, text
from sqlalchemy.dialects.postgresql import JSONB

from marketplace.adapters.sql.metadata import metadata

parses = Table(
    "parses",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("owner_id", Uuid, nullable=False),
    Column("text", Text, nullable=False),
    Column("fields", JSONB, nullable=False),
    Column("trade_id", Uuid),
    Column("created_at", DateTime(timezone=True), nullable=False),
    Index("ix_parses_owner", "owner_id", "id"),
    Index("ix_parses_unconfirmed", "created_at", postgresql_where=text("trade_id IS NULL")),
    schema="trading",
)
"""`fields`: name to [value, confidence, [start, end], unit]."""
