from sqlalchemy import BigInteger, Column, DateTime, Index, Table, Text, Uuid, text
from sqlalchemy.dialects.postgresql import JSONB

from marketplace.adapters.sql.metadata import metadata

reconciliations = Table(
    "reconciliations",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("provider", Text, nullable=False),
    Column("since", DateTime(timezone=True), nullable=False),
    Column("until", DateTime(timezone=True), nullable=False),
    Column("matched", BigInteger, nullable=False),
    Column("under_way", BigInteger, nullable=False),
    Column("found", BigInteger, nullable=False),
    Column("differences", JSONB, nullable=False),
    Column("ran_at", DateTime(timezone=True), nullable=False),
    Index("ix_reconciliations_ran_at", "ran_at", "id"),
    Index("ix_reconciliations_differing", "ran_at", "id", postgresql_where=text("found > 0")),
    schema="payments",
)
"""`differences`: the first thousand, by kind and id."""

ledger_checkpoints = Table(
    "ledger_checkpoints",
    metadata,
    Column("account_id", Uuid, primary_key=True),
    Column("up_to", Uuid, nullable=False),
    Column("minor", BigInteger, nullable=False),
    Index("ix_ledger_checkpoints_up_to", "up_to"),
    schema="payments",
)
"""The sum of an account's entries up to a ledger transaction, that one included: what came since is soon summed."""

invariant_checks = Table(
    "invariant_checks",
    metadata,
    Column("name", Text, primary_key=True),
    Column("checked_at", DateTime(timezone=True), nullable=False),
    Column("violations", JSONB, nullable=False),
    Column("violated_since", DateTime(timezone=True)),
    Column("error", Text),
    schema="edge",
)
"""How the last check of each invariant ended; `violations` are at most a hundred, `error` why it could not end."""
