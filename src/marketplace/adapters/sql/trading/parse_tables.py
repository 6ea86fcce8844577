from sqlalchemy import Column, DateTime, Table, Text, Uuid
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
    schema="trading",
)
"""`fields`: name to [value, confidence, [start, end], unit]."""
