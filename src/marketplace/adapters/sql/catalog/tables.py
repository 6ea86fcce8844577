from sqlalchemy import (
    ARRAY,
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    DateTime,
    Double,
    ForeignKey,
    Index,
    Integer,
    String,
    Table,
    Text,
    Uuid,
    column,
    table,
    text,
)

from marketplace.adapters.sql.metadata import metadata

listings = Table(
    "listings",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("seller_id", Uuid, nullable=False),
    Column("title", Text, nullable=False),
    Column("description", Text, nullable=False),
    Column("price_minor", BigInteger, CheckConstraint("price_minor > 0", name="price_positive"), nullable=False),
    Column("fee_minor", BigInteger, CheckConstraint("fee_minor >= 0", name="fee_not_negative"), nullable=False),
    Column("currency", String(3), nullable=False),
    Column("category", Text, nullable=False),
    Column("condition", Text, nullable=False),
    Column("channel", Text, nullable=False),
    Column("image_urls", ARRAY(Text), nullable=False),
    Column("video_url", Text),
    Column("video_thumbnail_url", Text),
    Column("latitude", Double),
    Column("longitude", Double),
    Column("neighborhood", Text),
    Column("tags", ARRAY(Text), nullable=False),
    Column("created_at", DateTime(timezone=True), nullable=False),
    Index("ix_listings_seller_id", "seller_id", "id"),
    schema="catalog",
)
"""What a listing says: wide, indexed, rarely written."""

listing_states = Table(
    "listing_states",
    metadata,
    Column("listing_id", Uuid, ForeignKey(listings.c.id), primary_key=True),
    Column("category", Text, nullable=False),
    Column("status", Text, nullable=False),
    Column("withheld", Text, CheckConstraint("withheld IN ('suspended', 'closed')", name="withheld_known")),
    Column("version", Integer, nullable=False, server_default="0"),
    Index("ix_listing_states_active", "listing_id", postgresql_where=text("status = 'active'")),
    Index("ix_listing_states_active_category", "category", "listing_id", postgresql_where=text("status = 'active'")),
    schema="catalog",
)
"""Where a listing stands: narrow, locked and written by every deal."""

profiles = table(
    "public_profiles",
    column("id", Uuid),
    column("username", Text),
    column("avatar_url", Text),
    column("is_verified"),
    column("rating", Double),
    column("is_active", Boolean),
    schema="identity",
)
"""A view: what identity shows of a person to everybody."""
