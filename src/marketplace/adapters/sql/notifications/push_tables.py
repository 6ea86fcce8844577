from sqlalchemy import CheckConstraint, Column, DateTime, Index, LargeBinary, Table, Text, UniqueConstraint, Uuid

from marketplace.adapters.sql.metadata import metadata

push_tokens = Table(
    "push_tokens",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("user_id", Uuid, nullable=False),
    Column("session_id", Uuid, nullable=False),
    Column("platform", Text, nullable=False),
    Column("sealed", LargeBinary, nullable=False),
    Column("fingerprint", LargeBinary, nullable=False),
    Column("masked", Text, nullable=False),
    Column("device_name", Text, nullable=False),
    Column("created_at", DateTime(timezone=True), nullable=False),
    Column("registered_at", DateTime(timezone=True), nullable=False),
    UniqueConstraint("fingerprint"),
    CheckConstraint("platform IN ('web', 'android', 'ios')", name="platform_known"),
    Index("ix_push_tokens_user_id", "user_id", "registered_at", "id"),
    Index("ix_push_tokens_session_id", "session_id"),
    schema="notifications",
)
"""`sealed` is the address of a device, `fingerprint` a MAC of it: the same device is one row."""
