from sqlalchemy import Boolean, CheckConstraint, Column, DateTime, ForeignKey, Index, Integer, Table, Text, Uuid, text

from marketplace.adapters.sql.metadata import metadata

calls = Table(
    "calls",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("conversation_id", Uuid, nullable=False),
    Column("media", Text, CheckConstraint("media IN ('audio', 'video')", name="media_known"), nullable=False),
    Column("status", Text, nullable=False),
    Column("started_at", DateTime(timezone=True), nullable=False),
    Column("answered_at", DateTime(timezone=True)),
    Column("ended_at", DateTime(timezone=True)),
    Column("ended_by", Uuid),
    Column("version", Integer, nullable=False, server_default="0"),
    CheckConstraint("answered_at IS NULL OR status IN ('active', 'ended')", name="answered_if_accepted"),
    CheckConstraint("ended_at IS NULL OR status NOT IN ('ringing', 'active')", name="ended_if_over"),
    schema="calls",
)

members = Table(
    "members",
    metadata,
    Column("call_id", Uuid, ForeignKey(calls.c.id), primary_key=True),
    Column("user_id", Uuid, primary_key=True),
    Column("role", Text, CheckConstraint("role IN ('caller', 'callee')", name="role_known"), nullable=False),
    Column("device_id", Uuid),
    Column("is_live", Boolean, nullable=False),
    Column("seen_at", DateTime(timezone=True), nullable=False),
    Index("uq_members_live", "user_id", unique=True, postgresql_where=text("is_live")),
    Index("ix_members_user_id", "user_id", "call_id"),
    schema="calls",
)
"""`device_id` is a session. `is_live` while the call rings or goes on: nobody is in two such calls. `seen_at` is when
the device last had a socket, by the database's clock."""
