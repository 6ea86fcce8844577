from sqlalchemy import (
    ARRAY,
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    DateTime,
    Identity,
    Index,
    Integer,
    LargeBinary,
    Table,
    Text,
    Uuid,
    false,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB

from marketplace.adapters.sql.metadata import metadata

endpoints = Table(
    "endpoints",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("owner_id", Uuid, nullable=False),
    Column("url", Text, nullable=False),
    Column("description", Text, nullable=False),
    Column("event_types", ARRAY(Text), nullable=False),
    Column("sealed_secret", LargeBinary, nullable=False),
    Column("sealed_former_secret", LargeBinary),
    Column("former_until", DateTime(timezone=True)),
    Column("disabled_because", Text),
    Column("failing_since", DateTime(timezone=True)),
    Column("created_at", DateTime(timezone=True), nullable=False),
    Column("due_at", DateTime(timezone=True)),
    Column("holder", Uuid),
    Column("is_slow", Boolean, nullable=False, server_default=false()),
    CheckConstraint("disabled_because IN ('owner', 'failing', 'gone')", name="disabled_because_known"),
    Index("ix_endpoints_owner_id", "owner_id"),
    Index("ix_endpoints_due_brisk", "due_at", postgresql_where=text("holder IS NULL AND NOT is_slow")),
    Index("ix_endpoints_due_slow", "due_at", postgresql_where=text("holder IS NULL AND is_slow")),
    Index("ix_endpoints_held", "holder", postgresql_where=text("holder IS NOT NULL")),
    schema="webhooks",
    postgresql_with={"fillfactor": 80},
)
"""`due_at`: of its first due delivery. `holder`: the sender that has it, while its advisory lock is held."""

_PENDING = "status = 'pending'"
_WORDS = "event_type IN ('message.created', 'message.updated')"
"""What people wrote: it is taken out when they delete it."""
_DUE = "status = 'pending' AND next_at IS NOT NULL"

deliveries = Table(
    "deliveries",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("endpoint_id", Uuid, nullable=False),
    Column("event_id", Uuid, nullable=False),
    Column("event_type", Text, nullable=False),
    Column("subject", Uuid, nullable=False),
    Column("body", Text, nullable=False),
    Column("status", Text, nullable=False),
    Column("tries", Integer, nullable=False, server_default="0"),
    Column("next_at", DateTime(timezone=True)),
    Column("created_at", DateTime(timezone=True), nullable=False),
    Column("ended_at", DateTime(timezone=True)),
    Column("attempts", JSONB, nullable=False, server_default=text("'[]'")),
    CheckConstraint("status = 'pending' OR next_at IS NULL", name="only_pending_ones_are_due"),
    Index("uq_deliveries_one_due", "endpoint_id", "subject", unique=True, postgresql_where=text(_DUE)),
    Index("ix_deliveries_due", "endpoint_id", "next_at", postgresql_where=text(_DUE)),
    Index("ix_deliveries_pending", "endpoint_id", "subject", "id", postgresql_where=text(_PENDING)),
    Index("ix_deliveries_status", "endpoint_id", "status", "id"),
    Index("ix_deliveries_event_type", "endpoint_id", "status", "event_type", "id"),
    Index("ix_deliveries_time", "endpoint_id", "created_at", "id"),
    Index("ix_deliveries_created_at", "created_at"),
    Index("ix_deliveries_words", "event_id", postgresql_where=text(_WORDS)),
    schema="webhooks",
    postgresql_with={"fillfactor": 80},
)
"""No foreign key: an endpoint goes at once, its history in portions afterwards."""
