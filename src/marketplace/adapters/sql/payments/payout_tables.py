from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Date,
    DateTime,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    PrimaryKeyConstraint,
    SmallInteger,
    String,
    Table,
    Text,
    UniqueConstraint,
    Uuid,
    text,
)

from marketplace.adapters.sql.metadata import metadata

payout_accounts = Table(
    "payout_accounts",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("owner_id", Uuid, nullable=False),
    Column("kind", Text, nullable=False),
    Column("holder", Text, nullable=False),
    Column("sealed", LargeBinary),
    Column("masked", Text, nullable=False),
    Column("is_default", Boolean, nullable=False),
    Column("usable_from", DateTime(timezone=True), nullable=False),
    Column("created_at", DateTime(timezone=True), nullable=False),
    Column("removed_at", DateTime(timezone=True)),
    Column("version", Integer, nullable=False, server_default="0"),
    CheckConstraint("(sealed IS NULL) = (removed_at IS NOT NULL)", name="sealed_until_removed"),
    Index("ix_payout_accounts_owner_id", "owner_id", "id"),
    Index("uq_payout_accounts_default", "owner_id", unique=True, postgresql_where=text("is_default")),
    schema="payments",
)

payouts = Table(
    "payouts",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("seller_id", Uuid, nullable=False),
    Column("account_id", Uuid, ForeignKey(payout_accounts.c.id), nullable=False),
    Column("provider", Text, nullable=False),
    Column("amount_minor", BigInteger, CheckConstraint("amount_minor > 0", name="amount_positive"), nullable=False),
    Column("currency", String(3), nullable=False),
    Column("requested_by", Uuid),
    Column("decided_by", Uuid),
    Column("status", Text, nullable=False),
    Column("held_for", Text),
    Column("attempt", Integer, nullable=False),
    Column("reference", Text),
    Column("message", Text),
    Column("asked", Integer, nullable=False),
    Column("created_at", DateTime(timezone=True), nullable=False),
    Column("version", Integer, nullable=False, server_default="0"),
    CheckConstraint("status <> 'processing' OR decided_by IS DISTINCT FROM seller_id", name="not_by_the_payee"),
    Index("ix_payouts_seller_id", "seller_id", "id"),
    Index("ix_payouts_status", "status", "id"),
    Index(
        "ix_payouts_awaited", "account_id", postgresql_where=text("status IN ('requested', 'held', 'processing')")
    ),
    schema="payments",
)  # fmt: skip

payout_schedules = Table(
    "payout_schedules",
    metadata,
    Column("seller_id", Uuid, nullable=False),
    Column("currency", String(3), nullable=False),
    Column("interval", Text, nullable=False),
    Column("day", SmallInteger, nullable=False),
    Column("minimum_minor", BigInteger, nullable=False),
    Column("next_at", DateTime(timezone=True)),
    PrimaryKeyConstraint("seller_id", "currency"),
    Index(
        "ix_payout_schedules_next_at", "next_at", "seller_id", "currency",
        postgresql_where=text("next_at IS NOT NULL"),
    ),
    schema="payments",
)  # fmt: skip

statements = Table(
    "statements",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("owner_id", Uuid, nullable=False),
    Column("currency", String(3), nullable=False),
    Column("month", Date, nullable=False),
    Column("held_minor", BigInteger, nullable=False),
    Column("settled_minor", BigInteger, nullable=False),
    Column("owed_minor", BigInteger, nullable=False),
    UniqueConstraint("owner_id", "currency", "month"),
    Index("ix_statements_owner_id", "owner_id", text("month DESC"), "currency"),
    schema="payments",
)
"""Closing balances of the ledger's accounts, debits positive."""

top_ups = Table(
    "top_ups",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("owner_id", Uuid, nullable=False),
    Column("amount_minor", BigInteger, CheckConstraint("amount_minor > 0", name="amount_positive"), nullable=False),
    Column("currency", String(3), nullable=False),
    Column("created_at", DateTime(timezone=True), nullable=False),
    Index("ix_top_ups_owner_id", "owner_id", "id"),
    schema="payments",
)

simulated_payouts = Table(
    "payouts",
    metadata,
    Column("payout_id", Uuid, primary_key=True),
    Column("amount_minor", BigInteger, nullable=False),
    Column("currency", String(3), nullable=False),
    Column("reference", Text, nullable=False),
    Column("created_at", DateTime(timezone=True), nullable=False, server_default=text("now()")),
    schema="gateway_simulator",
)
