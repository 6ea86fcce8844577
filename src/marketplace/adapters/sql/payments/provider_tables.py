from sqlalchemy import (
    BigInteger,
    Column,
    DateTime,
    ForeignKey,
    Identity,
    Index,
    Integer,
    SmallInteger,
    Table,
    Text,
    UniqueConstraint,
    Uuid,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB

from marketplace.adapters.sql.metadata import metadata
from marketplace.adapters.sql.payments.tables import payments, refunds

payme_transactions = Table(
    "payme_transactions",
    metadata,
    Column("id", Text, primary_key=True),
    Column("payment_id", Uuid, ForeignKey(payments.c.id), nullable=False),
    Column("amount_minor", BigInteger, nullable=False),
    Column("time", BigInteger, nullable=False),
    Column("create_time", BigInteger, nullable=False),
    Column("perform_time", BigInteger, nullable=False, server_default="0"),
    Column("cancel_time", BigInteger, nullable=False, server_default="0"),
    Column("status", Text, nullable=False),
    Column("reason", SmallInteger),
    Column("refund_id", Uuid, ForeignKey(refunds.c.id)),
    Column("fiscal", JSONB, nullable=False, server_default=text("'{}'")),
    UniqueConstraint("payment_id"),
    Index("ix_payme_transactions_time", "time", "id"),
    Index("ix_payme_transactions_perform_time", "perform_time", postgresql_where=text("perform_time > 0")),
    Index("ix_payme_transactions_cancel_time", "cancel_time", postgresql_where=text("status = 'reversed'")),
    schema="payments",
)
"""Times are milliseconds since 1970, as in Payme's protocol."""

click_transactions = Table(
    "click_transactions",
    metadata,
    Column("number", BigInteger, Identity(always=True), primary_key=True),
    Column("id", BigInteger, nullable=False),
    Column("payment_id", Uuid, ForeignKey(payments.c.id), nullable=False),
    Column("paydoc_id", BigInteger, nullable=False),
    Column("status", Text, nullable=False),
    Column("error", Integer, nullable=False, server_default="0"),
    Column("refund_id", Uuid, ForeignKey(refunds.c.id)),
    Column("prepared_at", DateTime(timezone=True), nullable=False),
    Column("completed_at", DateTime(timezone=True)),
    Column("cancelled_at", DateTime(timezone=True)),
    Column("reversed_at", DateTime(timezone=True)),
    UniqueConstraint("id"),
    UniqueConstraint("payment_id"),
    Index("ix_click_transactions_completed_at", "completed_at", postgresql_where=text("completed_at IS NOT NULL")),
    Index("ix_click_transactions_reversed_at", "reversed_at", postgresql_where=text("reversed_at IS NOT NULL")),
    schema="payments",
)

provider_calls = Table(
    "provider_calls",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("provider", Text, nullable=False),
    Column("received_at", DateTime(timezone=True), nullable=False),
    Column("address", Text, nullable=False),
    Column("headers", JSONB, nullable=False),
    Column("body", Text, nullable=False),
    Column("answer", Text, nullable=False),
    Index("ix_provider_calls_received_at", "received_at"),
    schema="payments",
)
"""Authentic calls of providers that call us, for disagreements with them; forgotten after half a year."""
