from sqlalchemy import CheckConstraint, Column, DateTime, Index, Integer, Table, Text, Uuid, text
from sqlalchemy.dialects.postgresql import JSONB

from marketplace.adapters.sql.metadata import metadata

_UNREAD = text("read_at IS NULL")

notifications = Table(
    "notifications",
    metadata,
    Column("user_id", Uuid, primary_key=True),
    Column("id", Uuid, primary_key=True),
    Column("kind", Text, nullable=False),
    Column("data", JSONB, nullable=False),
    Column("created_at", DateTime(timezone=True), nullable=False),
    Column("read_at", DateTime(timezone=True)),
    Index("ix_notifications_kind", "user_id", "kind", "id"),
    Index("ix_notifications_unread", "user_id", "id", postgresql_where=_UNREAD),
    Index("ix_notifications_unread_kind", "user_id", "kind", "id", postgresql_where=_UNREAD),
    Index("ix_notifications_read", "created_at", postgresql_where=text("read_at IS NOT NULL")),
    schema="notifications",
)

unread = Table(
    "unread",
    metadata,
    Column("user_id", Uuid, primary_key=True),
    Column("count", Integer, nullable=False),
    CheckConstraint("count >= 0", name="count_not_negative"),
    schema="notifications",
)
"""Changed by the statement that changes the notifications, which it locks first."""

preferences = Table(
    "preferences",
    metadata,
    Column("user_id", Uuid, primary_key=True),
    Column("chosen", JSONB, nullable=False),
    Column("updated_at", DateTime(timezone=True), nullable=False),
    schema="notifications",
)

collected_letters = Table(
    "collected_letters",
    metadata,
    Column("user_id", Uuid, primary_key=True),
    Column("id", Uuid, primary_key=True),
    Column("letter", JSONB, nullable=False),
    Column("created_at", DateTime(timezone=True), nullable=False),
    schema="notifications",
)
"""Letters that wait for the digest of their person."""
