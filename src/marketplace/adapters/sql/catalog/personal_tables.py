from sqlalchemy import (
    ARRAY,
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Computed,
    Date,
    DateTime,
    Double,
    ForeignKey,
    Index,
    String,
    Table,
    Text,
    Uuid,
    false,
    text,
)

from marketplace.adapters.sql.metadata import metadata

favorites = Table(
    "favorites",
    metadata,
    Column("id", Uuid, nullable=False),
    Column("user_id", Uuid, primary_key=True),
    Column("listing_id", Uuid, ForeignKey("catalog.listings.id"), primary_key=True),
    Column("created_at", DateTime(timezone=True), nullable=False),
    Column("taken_back", Boolean, nullable=False, server_default=false()),
    Index("ix_favorites_kept", "user_id", "id", postgresql_where=text("NOT taken_back")),
    Index("ix_favorites_watchers", "listing_id", "id", postgresql_where=text("NOT taken_back")),
    schema="catalog",
)
"""One that was taken back stays, so that it is not counted again."""

listing_views = Table(
    "listing_views",
    metadata,
    Column("user_id", Uuid, primary_key=True),
    Column("listing_id", Uuid, primary_key=True),
    Column("seen_at", DateTime(timezone=True)),
    Column("counted_on", Date, nullable=False),
    Index("ix_listing_views_seen_at", "user_id", "seen_at"),
    schema="catalog",
)
"""`seen_at` is null once its person has cleared the list: the row stays for that day, so that it counts once."""

saved_searches = Table(
    "saved_searches",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("user_id", Uuid, nullable=False),
    Column("name", Text, nullable=False),
    Column("q", Text, nullable=False),
    Column("category", Text, ForeignKey("catalog.categories.slug", ondelete="CASCADE")),
    Column("kind", Text, CheckConstraint("kind IN ('product', 'service', 'lot')", name="kind_known")),
    Column("condition", Text),
    Column("min_minor", BigInteger),
    Column("max_minor", BigInteger),
    Column("currency", String(3)),
    Column("latitude", Double),
    Column("longitude", Double),
    Column("radius_km", Double),
    Column("notify", Boolean, nullable=False),
    Column("created_at", DateTime(timezone=True), nullable=False),
    Column("words", ARRAY(Text), Computed("catalog.query_words(q)", persisted=True), nullable=False),
    Column(
        "anchor",
        Text,
        Computed("catalog.search_anchor(catalog.query_words(q), category, kind)", persisted=True),
        nullable=False,
    ),
    CheckConstraint("currency IS NOT NULL OR (min_minor IS NULL AND max_minor IS NULL)", name="prices_in_a_currency"),
    CheckConstraint("num_nulls(latitude, longitude, radius_km) IN (0, 3)", name="place_whole"),
    Index("ix_saved_searches_user_id", "user_id", "id"),
    Index("ix_saved_searches_anchor", "anchor", postgresql_where=text("notify")),
    Index("ix_saved_searches_category", "category"),
    schema="catalog",
)
"""`anchor` is the one word, or else category, kind or '#', under which a new listing looks for this search."""

search_matches = Table(
    "search_matches",
    metadata,
    Column("user_id", Uuid, primary_key=True),
    Column("listing_id", Uuid, primary_key=True),
    Column("search_id", Uuid, nullable=False),
    Column("matched_at", DateTime(timezone=True), nullable=False),
    Index("ix_search_matches_matched_at", "matched_at"),
    schema="catalog",
)
"""Who was told of what."""
