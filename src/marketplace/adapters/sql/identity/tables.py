from sqlalchemy import (
    ARRAY,
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Computed,
    DateTime,
    Double,
    ForeignKey,
    Index,
    Integer,
    String,
    Table,
    Text,
    Uuid,
    false,
    func,
    text,
)

from marketplace.adapters.sql.metadata import metadata

SEARCH_NAME = "identity.folded(((' '::text || username) || ' '::text) || full_name)"
SEARCH_TEXT = "identity.folded((headline || ' '::text) || bio)"

users = Table(
    "users",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("email", Text, nullable=False, unique=True),
    Column("email_key", Text, nullable=False, unique=True),
    Column("username", Text, nullable=False),
    Column("username_skeleton", Text, nullable=False, unique=True),
    Column("phone", Text, unique=True),
    Column("full_name", Text, nullable=False),
    Column("password_hash", Text),
    Column("password_changed_at", DateTime(timezone=True), nullable=False),
    Column("former_passwords", ARRAY(Text), nullable=False, server_default="{}"),
    Column("password_valid_days", Integer),
    Column("role", Text, nullable=False),
    Column("email_verified", Boolean, nullable=False, server_default=false()),
    Column("phone_verified", Boolean, nullable=False, server_default=false()),
    Column("is_verified", Boolean, Computed("email_verified OR phone_verified", persisted=True), nullable=False),
    Column("status", Text, nullable=False, server_default="active"),
    Column("is_active", Boolean, Computed("status = 'active'", persisted=True), nullable=False),
    Column("bio", Text, nullable=False, server_default=""),
    Column("language", Text, nullable=False, server_default="en"),
    Column("created_at", DateTime(timezone=True), nullable=False),
    Column("last_login_at", DateTime(timezone=True)),
    Column("avatar", Text),
    Column("rating", Double, CheckConstraint("rating BETWEEN 1 AND 5", name="rating_in_stars")),
    Column("search_name", Text, Computed(SEARCH_NAME, persisted=True), nullable=False),
    Column("version", Integer, nullable=False),
    CheckConstraint("email = lower(email)", name="email_canonical"),
    CheckConstraint("username ~ '^[A-Za-z0-9._-]{3,30}$'", name="username_plain"),
    CheckConstraint("phone ~ '^\\+[0-9]{8,15}$'", name="phone_e164"),
    CheckConstraint("role IN ('buyer', 'seller', 'moderator', 'finance', 'admin')", name="role_known"),
    CheckConstraint("status IN ('active', 'suspended', 'deleted')", name="status_known"),
    CheckConstraint("password_valid_days > 0", name="valid_days_positive"),
    CheckConstraint(
        "status <> 'deleted' OR (password_hash IS NULL AND phone IS NULL AND avatar IS NULL)", name="deleted_is_nobody"
    ),
    CheckConstraint("avatar ~ '^[0-9a-f]{32}$'", name="avatar_named"),
    schema="identity",
)
"""`email_key` and `username_skeleton` are the same for addresses and names that mean or look the same; `search_name` is
username and full name in small letters without accents, each word after a space. `rating` is what reviews make of the
person as a seller, and written by them alone."""
Index("uq_users_username", func.lower(users.c.username), unique=True)
Index("ix_users_active", users.c.id, postgresql_where=users.c.is_active)
Index("ix_users_moderators", users.c.id, postgresql_where=text("is_active AND role IN ('moderator', 'admin')"))
Index("ix_users_bookkeepers", users.c.id, postgresql_where=text("role = 'finance' AND status = 'active'"))
Index(
    "ix_users_search_name", users.c.search_name, postgresql_using="gin", postgresql_where=users.c.is_active,
    postgresql_ops={"search_name": "gin_trgm_ops"},
)  # fmt: skip

sessions = Table(
    "sessions",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("user_id", ForeignKey(users.c.id), nullable=False),
    Column("created_at", DateTime(timezone=True), nullable=False),
    Column("rotated_at", DateTime(timezone=True), nullable=False),
    Column("expires_at", DateTime(timezone=True), nullable=False),
    Column("last_used_at", DateTime(timezone=True), nullable=False),
    Column("proven_at", DateTime(timezone=True), nullable=False),
    Column("methods", ARRAY(Text), nullable=False, server_default="{pwd}"),
    Column("device", Text, nullable=False, server_default=""),
    Column("address", Text, nullable=False, server_default=""),
    Column("generation", Integer, nullable=False),
    Column("ended_at", DateTime(timezone=True)),
    Column("end_reason", Text),
    Column("version", Integer, nullable=False),
    CheckConstraint("generation > 0", name="generation_positive"),
    CheckConstraint("(ended_at IS NULL) = (end_reason IS NULL)", name="ended_for_a_reason"),
    CheckConstraint(
        "end_reason IN ('logged_out', 'refresh_reused', 'ended_by_user', 'password_changed', 'factors_changed', "
        "'contact_changed', 'suspended', 'deleted')",
        name="end_reason_known",
    ),
    Index("ix_sessions_user_id", "user_id", "id"),
    schema="identity",
)

worker_profiles = Table(
    "worker_profiles",
    metadata,
    Column("user_id", ForeignKey(users.c.id), primary_key=True),
    Column("headline", Text, nullable=False),
    Column("bio", Text, nullable=False),
    Column("skills", ARRAY(Text), nullable=False),
    Column("hourly_rate_minor", BigInteger, CheckConstraint("hourly_rate_minor > 0", name="rate_positive")),
    Column("currency", String(3)),
    Column("is_available", Boolean, nullable=False),
    Column("is_listed", Boolean, nullable=False),
    Column("updated_at", DateTime(timezone=True), nullable=False),
    Column("search_text", Text, Computed(SEARCH_TEXT, persisted=True), nullable=False),
    CheckConstraint("(hourly_rate_minor IS NULL) = (currency IS NULL)", name="rate_in_a_currency"),
    schema="identity",
)  # fmt: skip
"""`is_listed`: the account is active and may sell."""
Index("ix_worker_profiles_listed", worker_profiles.c.user_id, postgresql_where=worker_profiles.c.is_listed)
Index(
    "ix_worker_profiles_search_text", worker_profiles.c.search_text, postgresql_using="gin",
    postgresql_where=worker_profiles.c.is_listed, postgresql_ops={"search_text": "gin_trgm_ops"},
)  # fmt: skip

worker_skills = Table(
    "worker_skills",
    metadata,
    Column("skill", Text, primary_key=True),
    Column("user_id", ForeignKey(worker_profiles.c.user_id, ondelete="CASCADE"), primary_key=True),
    Index("ix_worker_skills_user_id", "user_id"),
    schema="identity",
)
"""The skills of who is listed, to find workers by."""
