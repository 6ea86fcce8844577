from sqlalchemy import (
    Boolean,
    CheckConstraint,
    Column,
    DateTime,
    Index,
    LargeBinary,
    SmallInteger,
    Table,
    Text,
    UniqueConstraint,
    Uuid,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB

from marketplace.adapters.sql.metadata import metadata

stripe_intents = Table(
    "stripe_intents",
    metadata,
    Column("payment_id", Uuid, primary_key=True),
    Column("intent_id", Text, unique=True),
    Column("is_closed", Boolean, nullable=False, server_default=text("false")),
    Column("created_at", DateTime(timezone=True), nullable=False, server_default=text("now()")),
    CheckConstraint("NOT is_closed OR intent_id IS NULL", name="closed_before_it_was_kept"),
    schema="payments",
)
"""Which PaymentIntent stands for a payment; a closed one will never be confirmed."""

provider_events = Table(
    "provider_events",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("source", Text, nullable=False),
    Column("external_id", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("body", LargeBinary, nullable=False),
    Column("headers", JSONB, nullable=False),
    Column("received_at", DateTime(timezone=True), nullable=False),
    Column("applied_at", DateTime(timezone=True)),
    Column("failures", SmallInteger, nullable=False, server_default="0"),
    Column("error", Text),
    UniqueConstraint("source", "external_id"),
    CheckConstraint("octet_length(body) <= 1048576", name="body_length"),
    Index("ix_provider_events_failed", "id", postgresql_where=text("error IS NOT NULL AND applied_at IS NULL")),
    Index("ix_provider_events_received_at", "received_at", postgresql_where=text("applied_at IS NOT NULL")),
    schema="payments",
)
"""What providers told us, as it came (reliability rule D11)."""

provider_customers = Table(
    "provider_customers",
    metadata,
    Column("user_id", Uuid, primary_key=True),
    Column("provider", Text, primary_key=True),
    Column("customer", Text, nullable=False),
    schema="payments",
)

saved_methods = Table(
    "saved_methods",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("user_id", Uuid, nullable=False),
    Column("provider", Text, nullable=False),
    Column("sealed_token", LargeBinary, nullable=False),
    Column("fingerprint", LargeBinary, nullable=False),
    Column("brand", Text, nullable=False),
    Column("last4", Text, nullable=False),
    Column("exp_month", SmallInteger, nullable=False),
    Column("exp_year", SmallInteger, nullable=False),
    Column("is_default", Boolean, nullable=False),
    Column("created_at", DateTime(timezone=True), nullable=False),
    UniqueConstraint("user_id", "provider", "fingerprint"),
    CheckConstraint("last4 ~ '^[0-9]{4}$'", name="last_four_digits"),
    CheckConstraint("exp_month BETWEEN 1 AND 12", name="exp_month_of_a_year"),
    Index("uq_saved_methods_default", "user_id", unique=True, postgresql_where=text("is_default")),
    schema="payments",
)
"""`fingerprint` is a MAC of the token: the same token twice is one method."""
