from sqlalchemy import (
    ARRAY,
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Computed,
    DateTime,
    Double,
    ForeignKey,
    Index,
    Integer,
    SmallInteger,
    String,
    Table,
    Text,
    Uuid,
    column,
    false,
    table,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB, TSVECTOR

from marketplace.adapters.sql.catalog.feed_columns import feed_columns
from marketplace.adapters.sql.metadata import metadata

categories = Table(
    "categories",
    metadata,
    Column("slug", Text, primary_key=True),
    Column("kind", Text, CheckConstraint("kind IN ('product', 'service')", name="kind_known"), nullable=False),
    Column("parent", Text, ForeignKey("catalog.categories.slug")),
    Column("names", JSONB, CheckConstraint("names ->> 'en' IS NOT NULL", name="named_in_english"), nullable=False),
    Column("plain_names", JSONB, Computed("catalog.plain_names(names)"), nullable=False),
    Column("icon", Text, nullable=False),
    Column("color", Text, nullable=False),
    Column("secondary_color", Text, nullable=False),
    Column("position", Integer, nullable=False),
    Index("ix_categories_parent", "parent"),
    schema="catalog",
)
"""Two forests: of products (and lots), and of services."""

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
    Column("category", Text, ForeignKey("catalog.categories.slug"), nullable=False),
    Column("condition", Text),
    Column("channel", Text, nullable=False),
    Column("kind", Text, CheckConstraint("kind IN ('product', 'service', 'lot')", name="kind_known"), nullable=False),
    Column(
        "audience",
        Text,
        CheckConstraint("audience IN ('everyone', 'followers')", name="audience_known"),
        nullable=False,
    ),
    Column("terms", JSONB, nullable=False, server_default="{}"),
    Column("image_urls", ARRAY(Text), nullable=False),
    Column("images", JSONB, nullable=False, server_default="[]"),
    Column("video_url", Text),
    Column("video_thumbnail_url", Text),
    Column("latitude", Double),
    Column("longitude", Double),
    Column("neighborhood", Text),
    Column("tags", ARRAY(Text), nullable=False),
    Column("created_at", DateTime(timezone=True), nullable=False),
    Index("ix_listings_seller_id", "seller_id", "id"),
    Index("ix_listings_category", "category"),
    Index(
        "ix_listings_images",
        "images",
        postgresql_using="gin",
        postgresql_ops={"images": "jsonb_path_ops"},
        postgresql_where=text("images <> '[]'"),
    ),
    schema="catalog",
)
"""What a listing says: wide, indexed, rarely written."""

listing_states = Table(
    "listing_states",
    metadata,
    Column("listing_id", Uuid, ForeignKey(listings.c.id), primary_key=True),
    Column("status", Text, nullable=False),
    Column("withheld", Text, CheckConstraint("withheld IN ('suspended', 'closed')", name="withheld_known")),
    Column("version", Integer, nullable=False, server_default="0"),
    schema="catalog",
)
"""Where a listing stands: narrow, locked and written by every deal."""

listing_signals = Table(
    "listing_signals",
    metadata,
    Column("listing_id", Uuid, primary_key=True),
    Column("views", BigInteger, nullable=False, server_default="0"),
    Column("favorites", BigInteger, nullable=False, server_default="0"),
    Column("offers", BigInteger, nullable=False, server_default="0"),
    Column("is_live", Boolean, nullable=False, server_default=false()),
    Index("ix_listing_signals_live", "listing_id", postgresql_where=text("is_live")),
    Column("engagement", BigInteger, Computed("catalog.engagement(views, favorites, offers)"), nullable=False),
    schema="catalog",
)
"""What people did with a listing: counts that only grow, and whether it is shown live just now."""

storefront = Table(
    "storefront",
    metadata,
    Column("listing_id", Uuid, primary_key=True),
    Column("seller_id", Uuid, nullable=False),
    Column("kind", Text, nullable=False),
    Column("channel", Text, nullable=False),
    Column("category", Text, nullable=False),
    Column("condition", Text),
    Column("audience", Text, nullable=False),
    Column("price_minor", BigInteger, nullable=False),
    Column("currency", String(3), nullable=False),
    Column("latitude", Double),
    Column("longitude", Double),
    *feed_columns(),
    Column("place", BigInteger, nullable=False, server_default=text("nextval('catalog.storefront_places')")),
    Column("title_size", SmallInteger, nullable=False, server_default="0"),
    Column("words", TSVECTOR, nullable=False, server_default=""),
    Index("ix_storefront_words", "words", postgresql_using="gin"),
    Column("is_gig", Boolean, nullable=False, server_default=false()),
    Index("ix_storefront_gigs", "listing_id", postgresql_where=text("is_gig AND audience = 'everyone'")),
    Index("ix_storefront_kind", "kind", "listing_id", postgresql_where=text("audience = 'everyone'")),
    Index("ix_storefront_category", "category", "listing_id", postgresql_where=text("audience = 'everyone'")),
    Index("ix_storefront_counts", "category", "kind", postgresql_where=text("audience = 'everyone'")),
    Index("ix_storefront_seller_id", "seller_id", "listing_id"),
    Index(
        "ix_storefront_service_prices",
        "category",
        "currency",
        "price_minor",
        "listing_id",
        postgresql_where=text("kind = 'service' AND audience = 'everyone'"),
    ),
    schema="catalog",
)
"""What is for sale at this moment, to be found: one row for each active listing, written by triggers of the two tables
above in the transaction that changes them (migration 0011), and read by every list, feed and search."""

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
