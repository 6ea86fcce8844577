from sqlalchemy import (
    ARRAY,
    BigInteger,
    CheckConstraint,
    Column,
    DateTime,
    ForeignKey,
    Index,
    SmallInteger,
    Table,
    Text,
    UniqueConstraint,
    Uuid,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB

from marketplace.adapters.sql.metadata import metadata

exchanges = Table(
    "exchanges",
    metadata,
    Column("order_id", Uuid, primary_key=True),
    Column("buyer_id", Uuid, nullable=False),
    Column("seller_id", Uuid, nullable=False),
    Column("listings", ARRAY(Uuid), nullable=False),
    Column("closes_at", DateTime(timezone=True), nullable=False),
    Column("status", Text, nullable=False),
    Column("published_at", DateTime(timezone=True)),
    CheckConstraint("buyer_id <> seller_id", name="two_parties"),
    schema="reviews",
)

reviews = Table(
    "reviews",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("order_id", Uuid, ForeignKey(exchanges.c.order_id), nullable=False),
    Column("side", Text, CheckConstraint("side IN ('buyer', 'seller')", name="side_known"), nullable=False),
    Column("author_id", Uuid, nullable=False),
    Column("about_id", Uuid, nullable=False),
    Column("rating", SmallInteger, CheckConstraint("rating BETWEEN 1 AND 5", name="rating_in_stars"), nullable=False),
    Column("aspects", JSONB, nullable=False),
    Column("text", Text, nullable=False),
    Column("listings", JSONB, nullable=False),
    Column("written_at", DateTime(timezone=True), nullable=False),
    Column("edited_at", DateTime(timezone=True)),
    Column("taken_down_at", DateTime(timezone=True)),
    Column("reply", Text),
    Column("replied_at", DateTime(timezone=True)),
    Column("reply_edited_at", DateTime(timezone=True)),
    CheckConstraint("(reply IS NULL) = (replied_at IS NULL)", name="replied_once"),
    UniqueConstraint("order_id", "side"),
    Index("ix_reviews_author_id", "author_id", "id"),
    Index("ix_reviews_replied", "about_id", "id", postgresql_where=text("reply IS NOT NULL")),
    schema="reviews",
)
"""`aspects` and `listings` are stars by name and by id."""

shown = Table(
    "shown",
    metadata,
    Column("review_id", Uuid, ForeignKey(reviews.c.id), primary_key=True),
    Column("rated_id", Uuid, primary_key=True),
    Column("role", Text, CheckConstraint("role IN ('seller', 'buyer', 'listing')", name="role_known"),
           primary_key=True),
    Column("stars", SmallInteger, nullable=False),
    Column("published_at", DateTime(timezone=True), nullable=False),
    Index("ix_shown_rated", "rated_id", "role", "published_at", "review_id", postgresql_include=["stars"]),
    Index("ix_shown_rated_stars", "rated_id", "role", "stars", "published_at", "review_id"),
    schema="reviews",
)  # fmt: skip
"""What is public at this moment: a row for each person and listing that a review rates."""

ratings = Table(
    "ratings",
    metadata,
    Column("rated_id", Uuid, primary_key=True),
    Column("role", Text, primary_key=True),
    *(Column(name, BigInteger, nullable=False) for name in ("one", "two", "three", "four", "five")),
    CheckConstraint("least(one, two, three, four, five) >= 0", name="not_negative"),
    schema="reviews",
)
"""How many rows of `shown` have one star, two stars, and so on."""

reports = Table(
    "reports",
    metadata,
    Column("review_id", Uuid, ForeignKey(reviews.c.id), primary_key=True),
    Column("reporter_id", Uuid, primary_key=True),
    Column("item_id", Uuid, nullable=False),
    Column("reason", Text, nullable=False),
    Column("details", Text),
    Column("reported_at", DateTime(timezone=True), nullable=False),
    Index("ix_reports_item_id", "item_id", "reported_at"),
    schema="reviews",
)
"""Who reported what, once and for all: `item_id` is the moderators' item of their time, open or not."""
