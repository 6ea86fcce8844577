from sqlalchemy import (
    ARRAY,
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    DateTime,
    ForeignKey,
    Index,
    Integer,
    Table,
    Text,
    UniqueConstraint,
    Uuid,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB, TSVECTOR

from marketplace.adapters.sql.metadata import metadata

conversations = Table(
    "conversations",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("buyer_id", Uuid, nullable=False),
    Column("seller_id", Uuid, nullable=False),
    Column("low_id", Uuid, nullable=False),
    Column("high_id", Uuid, nullable=False),
    Column("subject_kind", Text),
    Column("subject_id", Uuid),
    Column("listings", ARRAY(Uuid), nullable=False),
    Column("started_at", DateTime(timezone=True), nullable=False),
    Column("last_seq", BigInteger, nullable=False),
    Column("last_at", DateTime(timezone=True), nullable=False),
    Column("runner_id", Uuid),
    Column("run", Integer, nullable=False),
    Column("approached_by", Uuid),
    Column("is_answered", Boolean, nullable=False, server_default=text("false")),
    CheckConstraint("low_id < high_id", name="pair_in_order"),
    CheckConstraint("(low_id, high_id) IN ((buyer_id, seller_id), (seller_id, buyer_id))", name="pair_of_its_parties"),
    CheckConstraint("(subject_kind IS NULL) = (subject_id IS NULL)", name="subject_whole"),
    UniqueConstraint("low_id", "high_id", "subject_kind", "subject_id", postgresql_nulls_not_distinct=True),
    Index("ix_conversations_started_at", "started_at"),
    Index(
        "ix_conversations_approached_by",
        "approached_by",
        "started_at",
        postgresql_where=text("approached_by IS NOT NULL"),
    ),
    schema="messaging",
)
"""One for two people and a subject, whoever began it. Its row is the lock of the thread, held to the commit."""

members = Table(
    "members",
    metadata,
    Column("conversation_id", Uuid, ForeignKey(conversations.c.id), primary_key=True),
    Column("user_id", Uuid, primary_key=True),
    Column("read_seq", BigInteger, nullable=False),
    Column("delivered_seq", BigInteger, nullable=False),
    Column("unread", Integer, nullable=False),
    Column("is_archived", Boolean, nullable=False),
    Column("is_muted", Boolean, nullable=False),
    Column("last_at", DateTime(timezone=True), nullable=False),
    CheckConstraint("unread >= 0 AND read_seq <= delivered_seq", name="counts_right"),
    Index("ix_members_inbox", "user_id", "is_archived", "last_at", "conversation_id"),
    schema="messaging",
)
"""`last_at` is the conversation's, kept here for the order of an inbox."""

messages = Table(
    "messages",
    metadata,
    Column("conversation_id", Uuid, ForeignKey(conversations.c.id), primary_key=True),
    Column("seq", BigInteger, primary_key=True, autoincrement=False),
    Column("id", Uuid, nullable=False),
    Column("author_id", Uuid),
    Column("kind", Text, nullable=False),
    Column("content", Text, nullable=False),
    Column("data", JSONB, nullable=False),
    Column("flags", ARRAY(Text), nullable=False),
    Column("key", Uuid),
    Column("source", Uuid),
    Column("created_at", DateTime(timezone=True), nullable=False),
    Column("edited_at", DateTime(timezone=True)),
    Column("deleted_at", DateTime(timezone=True)),
    Column("versions", Integer, nullable=False, server_default="0"),
    Column("words", TSVECTOR),
    UniqueConstraint("id"),
    CheckConstraint("seq > 0", name="counted_from_one"),
    Index(
        "uq_messages_key", "conversation_id", "author_id", "key", unique=True, postgresql_where=text("key IS NOT NULL")
    ),
    Index("uq_messages_source", "conversation_id", "source", unique=True, postgresql_where=text("source IS NOT NULL")),
    Index("ix_messages_author_id", "author_id", "id", postgresql_where=text("author_id IS NOT NULL")),
    Index("ix_messages_words", "words", postgresql_using="gin", postgresql_where=text("words IS NOT NULL")),
    Index("ix_messages_taken_down", "author_id", "deleted_at", postgresql_where=text("flags @> ARRAY['taken_down']")),
    schema="messaging",
)
"""`words` are what it is found by, made by a trigger: none of what is deleted (docs/adr/0046)."""

attachments = Table(
    "attachments",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("conversation_id", Uuid, ForeignKey(conversations.c.id), nullable=False),
    Column("owner_id", Uuid, nullable=False),
    Column("message_id", Uuid, ForeignKey(messages.c.id)),
    Column("name", Text, nullable=False),
    Column("ending", Text, nullable=False),
    Column("size", Integer, nullable=False),
    Column("sha256", Text, nullable=False),
    Column("width", Integer),
    Column("height", Integer),
    Column("added_at", DateTime(timezone=True), nullable=False),
    CheckConstraint("(width IS NULL) = (height IS NULL)", name="picture_whole"),
    Index("ix_attachments_owner_id", "owner_id", "id"),
    Index("ix_attachments_unsent", "owner_id", postgresql_where=text("message_id IS NULL")),
    Index("ix_attachments_message_id", "message_id", postgresql_where=text("message_id IS NOT NULL")),
    schema="messaging",
)
"""`message_id` is null until it is sent. The row goes before its files do."""

message_versions = Table(
    "message_versions",
    metadata,
    Column("message_id", Uuid, ForeignKey(messages.c.id), primary_key=True),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("content", Text, nullable=False),
    Column("data", JSONB, nullable=False),
    Column("replaced_at", DateTime(timezone=True), nullable=False),
    schema="messaging",
)
"""Append-only: what a message said before. Of one that is deleted only moderators see it."""

reports = Table(
    "reports",
    metadata,
    Column("message_id", Uuid, ForeignKey(messages.c.id), primary_key=True),
    Column("reporter_id", Uuid, primary_key=True),
    Column("item_id", Uuid, nullable=False),
    Column("reason", Text, nullable=False),
    Column("details", Text),
    Column("reported_at", DateTime(timezone=True), nullable=False),
    Index("ix_reports_item_id", "item_id", "reported_at"),
    schema="messaging",
)
"""Who reported what, once and for all: `item_id` is the moderation item of their time, open or not."""
