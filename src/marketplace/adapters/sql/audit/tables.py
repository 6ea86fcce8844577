from sqlalchemy import (
    ARRAY,
    BigInteger,
    CheckConstraint,
    Column,
    DateTime,
    Identity,
    Index,
    LargeBinary,
    Table,
    Text,
    Uuid,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB

from marketplace.adapters.sql.metadata import metadata

entries = Table(
    "entries",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("at", DateTime(timezone=True), nullable=False, server_default=text("clock_timestamp()")),
    Column("action", Text, nullable=False),
    Column("actor", Uuid),
    Column("subject_kind", Text, nullable=False),
    Column("subject", Uuid),
    Column("outcome", Text, CheckConstraint("outcome IN ('done', 'refused')", name="outcome_known"), nullable=False),
    Column(
        "facts", JSONB, CheckConstraint("jsonb_typeof(facts) = 'object'", name="facts_are_an_object"), nullable=False
    ),
    Column("session", Uuid),
    Column("network", Text, nullable=False),
    Column("request_id", Text, nullable=False),
    Index("ix_entries_at", "at"),
    Index("ix_entries_action", "action", "id"),
    Index("ix_entries_actor", "actor", "id", postgresql_where=text("actor IS NOT NULL")),
    Index("ix_entries_subject", "subject", "id", postgresql_where=text("subject IS NOT NULL")),
    Index("ix_entries_refused", "id", postgresql_where=text("outcome = 'refused'")),
    schema="audit",
)
"""`network` is a keyed hash; an id and its time are taken in one moment, so both grow together."""

unsealed = Table(
    "unsealed",
    metadata,
    Column("entry_id", BigInteger, primary_key=True, autoincrement=False),
    schema="audit",
    postgresql_with={"autovacuum_vacuum_scale_factor": 0, "autovacuum_vacuum_threshold": 1000},
)
"""Entries that are in no block yet: written with the entry, taken away with the block."""

blocks = Table(
    "blocks",
    metadata,
    Column(
        "number",
        BigInteger,
        CheckConstraint("number > 0", name="number_positive"),
        primary_key=True,
        autoincrement=False,
    ),
    Column("sealed_at", DateTime(timezone=True), nullable=False),
    Column(
        "entry_ids", ARRAY(BigInteger), CheckConstraint("cardinality(entry_ids) > 0", name="not_empty"), nullable=False
    ),
    Column("entry_hashes", LargeBinary, nullable=False),
    Column("previous_hash", LargeBinary, nullable=False),
    Column("hash", LargeBinary, nullable=False),
    CheckConstraint("octet_length(entry_hashes) = 32 * cardinality(entry_ids)", name="one_hash_each"),
    CheckConstraint("octet_length(hash) = 32 AND octet_length(previous_hash) = 32", name="sha256"),
    Index("ix_blocks_entry_ids", "entry_ids", postgresql_using="gin"),
    schema="audit",
)
