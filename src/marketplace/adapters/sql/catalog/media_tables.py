from sqlalchemy import Column, DateTime, ForeignKey, Index, Integer, LargeBinary, Table, Text, Uuid, text

from marketplace.adapters.sql.catalog.tables import listings
from marketplace.adapters.sql.metadata import metadata

documents = Table(
    "documents",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("owner_id", Uuid, nullable=False),
    Column("listing_id", Uuid, ForeignKey(listings.c.id), nullable=False),
    Column("purpose", Text, nullable=False),
    Column("size", Integer, nullable=False),
    Column("sha256", Text, nullable=False),
    Column("created_at", DateTime(timezone=True), nullable=False),
    Index("ix_documents_listing_id", "listing_id"),
    schema="catalog",
)

uploads = Table(
    "uploads",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("owner_id", Uuid, nullable=False),
    Column("purpose", Text, nullable=False),
    Column("listing_id", Uuid, nullable=False),
    Column("size", Integer, nullable=False),
    Column("sha256", Text),
    Column("expires_at", DateTime(timezone=True), nullable=False),
    Column("claimed_at", DateTime(timezone=True)),
    Column("completed_at", DateTime(timezone=True)),
    Index("ix_uploads_owner_id", "owner_id", postgresql_where=text("completed_at IS NULL")),
    Index("ix_uploads_expires_at", "expires_at"),
    schema="catalog",
)

upload_parts = Table(
    "upload_parts",
    metadata,
    Column("upload_id", Uuid, ForeignKey(uploads.c.id, ondelete="CASCADE"), primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("content", LargeBinary, nullable=False),
    schema="catalog",
)
"""Gone once the upload is complete, at the latest when it expires."""
