from sqlalchemy import (
    Boolean,
    CheckConstraint,
    Column,
    DateTime,
    ForeignKey,
    Index,
    Integer,
    Table,
    Text,
    Uuid,
    func,
    text,
)

from marketplace.adapters.sql.metadata import metadata

users = Table(
    "users",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("email", Text, nullable=False, unique=True),
    Column("username", Text, nullable=False),
    Column("phone", Text, unique=True),
    Column("full_name", Text, nullable=False),
    Column("password_hash", Text, nullable=False),
    Column("role", Text, nullable=False),
    Column("is_verified", Boolean, nullable=False),
    Column("is_active", Boolean, nullable=False),
    Column("created_at", DateTime(timezone=True), nullable=False),
    Column("last_login_at", DateTime(timezone=True)),
    Column("avatar", Text),
    Column("version", Integer, nullable=False),
    CheckConstraint("email = lower(email)", name="email_canonical"),
    CheckConstraint("username ~ '^[A-Za-z0-9._-]{3,30}$'", name="username_plain"),
    CheckConstraint("phone ~ '^\\+[0-9]{8,15}$'", name="phone_e164"),
    CheckConstraint("role IN ('buyer', 'seller', 'admin')", name="role_known"),
    schema="identity",
)
Index("uq_users_username", func.lower(users.c.username), unique=True)

sessions = Table(
    "sessions",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("user_id", ForeignKey(users.c.id), nullable=False),
    Column("created_at", DateTime(timezone=True), nullable=False),
    Column("rotated_at", DateTime(timezone=True), nullable=False),
    Column("expires_at", DateTime(timezone=True), nullable=False),
    Column("generation", Integer, nullable=False),
    Column("ended_at", DateTime(timezone=True)),
    Column("end_reason", Text),
    Column("version", Integer, nullable=False),
    CheckConstraint("generation > 0", name="generation_positive"),
    CheckConstraint("(ended_at IS NULL) = (end_reason IS NULL)", name="ended_for_a_reason"),
    CheckConstraint("end_reason IN ('logged_out', 'refresh_reused')", name="end_reason_known"),
    Index("ix_sessions_user_id", "user_id", postgresql_where=text("ended_at IS NULL")),
    schema="identity",
)
