from sqlalchemy import BigInteger, Column, DateTime, Index, Table, Text, UniqueConstraint, Uuid, text
from sqlalchemy.dialects.postgresql import JSONB

from marketplace.adapters.sql.metadata import metadata

user_cursors = Table(
    "user_cursors",
    metadata,
    Column("user_id", Uuid, primary_key=True),
    Column("last_seq", BigInteger, nullable=False),
    Column("first_seq", BigInteger, nullable=False, server_default=text("1")),
    Column("oldest_at", DateTime(timezone=True), nullable=False, server_default=text("now()")),
    Index("ix_user_cursors_oldest_at", "oldest_at"),
    schema="notifications",
)
"""Its row is the lock of a user's sequence, held to the commit: numbers become visible in order.

`first_seq` is the oldest number kept and `oldest_at` its event's time, infinity if none is kept: an append leaves the
indexed column as it is.
"""

user_events = Table(
    "user_events",
    metadata,
    Column("user_id", Uuid, primary_key=True),
    Column("seq", BigInteger, primary_key=True, autoincrement=False),
    Column("event_id", Uuid, nullable=False),
    Column("name", Text, nullable=False),
    Column("data", JSONB, nullable=False),
    Column("created_at", DateTime(timezone=True), nullable=False, server_default=text("now()")),
    UniqueConstraint("event_id"),
    Index(
        "ix_user_events_message",
        text("(data ->> 'messageId')"),
        postgresql_where=text("name IN ('message:new', 'message:updated')"),
    ),
    schema="notifications",
)
