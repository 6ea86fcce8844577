from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    DateTime,
    ForeignKey,
    Identity,
    Index,
    Integer,
    Table,
    Text,
    UniqueConstraint,
    Uuid,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB

from marketplace.adapters.sql.catalog.tables import listings
from marketplace.adapters.sql.metadata import metadata

own_listings = Table(
    "own_listings",
    metadata,
    Column("seller_id", Uuid, primary_key=True),
    Column("listing_id", Uuid, primary_key=True),
    Column("is_open", Boolean, nullable=False),
    Index("ix_own_listings_open", "seller_id", "listing_id", postgresql_where=text("is_open")),
    schema="catalog",
)
"""What each seller has that is not removed; `is_open` unless it is sold. Written by triggers (migration 0012)."""

listing_revisions = Table(
    "listing_revisions",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("listing_id", Uuid, nullable=False),
    Column("at", DateTime(timezone=True), nullable=False),
    Column(
        "author",
        Text,
        CheckConstraint("author IN ('seller', 'moderator', 'system')", name="author_known"),
        nullable=False,
    ),
    Column("actor_id", Uuid),
    Column("former", Text),
    Column("status", Text, nullable=False),
    Column("reason", Text),
    Column(
        "fields",
        JSONB,
        CheckConstraint("jsonb_typeof(fields) = 'object'", name="fields_are_an_object"),
        nullable=False,
    ),
    Index("ix_listing_revisions_listing_id", "listing_id", "id"),
    schema="catalog",
)
"""Append-only: edits in the words of the API, and moves from one state to another."""

moderation_items = Table(
    "moderation_items",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column(
        "kind",
        Text,
        CheckConstraint("kind IN ('review', 'reports', 'feedback', 'message')", name="kind_known"),
        nullable=False,
    ),
    Column("listing_id", Uuid, ForeignKey(listings.c.id)),
    Column("opened_at", DateTime(timezone=True), nullable=False),
    Column("concerns", JSONB, nullable=False, server_default="[]"),
    Column("reports", Integer, nullable=False, server_default="0"),
    Column("review_id", Uuid, unique=True),
    Column("message_id", Uuid, unique=True),
    CheckConstraint(
        "num_nonnulls(listing_id, review_id, message_id) = 1 "
        "AND (kind = 'feedback') = (review_id IS NOT NULL) AND (kind = 'message') = (message_id IS NOT NULL)",
        name="one_subject",
    ),
    UniqueConstraint("listing_id", "kind"),
    Index("ix_moderation_items_kind", "kind", "id"),
    schema="catalog",
)
"""What waits for a moderator; rows go when they are decided, or by a trigger when their listing waits no more.

`review_id`, of feedback: a review of a deal that people have reported; `message_id`: a message.
"""

listing_reports = Table(
    "listing_reports",
    metadata,
    Column("listing_id", Uuid, primary_key=True),
    Column("reporter_id", Uuid, primary_key=True),
    Column("item_id", Uuid, nullable=False),
    Column("reason", Text, nullable=False),
    Column("details", Text),
    Column("reported_at", DateTime(timezone=True), nullable=False),
    Index("ix_listing_reports_item_id", "item_id", "reported_at"),
    schema="catalog",
)
"""Who reported what, once and for all: `item_id` is the item of their time, open or not."""
