from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    DateTime,
    ForeignKey,
    ForeignKeyConstraint,
    Identity,
    Index,
    Integer,
    PrimaryKeyConstraint,
    String,
    Table,
    Text,
    UniqueConstraint,
    Uuid,
    text,
)

from marketplace.adapters.sql.metadata import metadata

payments = Table(
    "payments",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("order_id", Uuid, nullable=False),
    Column("payer_id", Uuid, nullable=False),
    Column("payee_id", Uuid, nullable=False),
    Column("amount_minor", BigInteger, CheckConstraint("amount_minor > 0", name="amount_positive"), nullable=False),
    Column("fee_minor", BigInteger, nullable=False),
    Column("currency", String(3), nullable=False),
    Column("method", Text, nullable=False),
    Column("status", Text, nullable=False),
    Column("reference", Text),
    Column("message", Text),
    Column("asked", Integer, nullable=False),
    Column("created_at", DateTime(timezone=True), nullable=False),
    Column("version", Integer, nullable=False, server_default="0"),
    Index("ix_payments_order_id", "order_id"),
    Index(
        "uq_payments_live", "order_id", unique=True,
        postgresql_where=text("status NOT IN ('failed', 'cancelled', 'expired')"),
    ),
    schema="payments",
)  # fmt: skip

ledger_accounts = Table(
    "ledger_accounts",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("kind", Text, nullable=False),
    Column("owner_id", Uuid),
    Column("currency", String(3), nullable=False),
    Column("balance_minor", BigInteger, nullable=False, server_default="0"),
    UniqueConstraint("kind", "owner_id", "currency", postgresql_nulls_not_distinct=True),
    UniqueConstraint("id", "currency"),
    CheckConstraint("kind <> 'provider_clearing' OR balance_minor >= 0", name="clearing_not_negative"),
    schema="payments",
)

ledger_transactions = Table(
    "ledger_transactions",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("kind", Text, nullable=False),
    Column("source_id", Uuid, nullable=False),
    Column("posted_at", DateTime(timezone=True), nullable=False, server_default=text("now()")),
    UniqueConstraint("kind", "source_id"),
    schema="payments",
)

ledger_entries = Table(
    "ledger_entries",
    metadata,
    Column("transaction_id", Uuid, ForeignKey(ledger_transactions.c.id), nullable=False),
    Column("account_id", Uuid, nullable=False),
    Column("minor", BigInteger, CheckConstraint("minor <> 0", name="moves_something"), nullable=False),
    Column("currency", String(3), nullable=False),
    PrimaryKeyConstraint("transaction_id", "account_id"),
    ForeignKeyConstraint(["account_id", "currency"], [ledger_accounts.c.id, ledger_accounts.c.currency]),
    Index("ix_ledger_entries_account_id", "account_id", "transaction_id"),
    schema="payments",
)

simulated_charges = Table(
    "charges",
    metadata,
    Column("payment_id", Uuid, primary_key=True),
    Column("number", BigInteger, Identity(always=True), nullable=False),
    Column("amount_minor", BigInteger),
    Column("currency", String(3)),
    Column("captured", Boolean),
    Column("reference", Text),
    Column("message", Text, nullable=False),
    Column("created_at", DateTime(timezone=True), nullable=False, server_default=text("now()")),
    schema="gateway_simulator",
)
"""The books of the simulated provider: its own, as a real provider's would be."""
