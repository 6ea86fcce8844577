"""Images of listings, their documents, and uploads in parts."""

from alembic import op

from marketplace.adapters.sql.grants import grant

revision = "0014_media"
down_revision = "0013_services"
branch_labels = None
depends_on = None

UP = (
    "ALTER TABLE catalog.listings ADD COLUMN images jsonb NOT NULL DEFAULT '[]'",
    """
CREATE INDEX ix_listings_images ON catalog.listings USING gin (images jsonb_path_ops) WHERE images <> '[]'""",
    """
CREATE TABLE catalog.documents (
    id uuid NOT NULL,
    owner_id uuid NOT NULL,
    listing_id uuid NOT NULL,
    purpose text NOT NULL,
    size integer NOT NULL,
    sha256 text NOT NULL,
    created_at timestamptz NOT NULL,
    CONSTRAINT pk_documents PRIMARY KEY (id),
    CONSTRAINT fk_documents_listing_id_listings FOREIGN KEY (listing_id) REFERENCES catalog.listings (id)
)""",
    "CREATE INDEX ix_documents_listing_id ON catalog.documents (listing_id)",
    """
CREATE TABLE catalog.uploads (
    id uuid NOT NULL,
    owner_id uuid NOT NULL,
    purpose text NOT NULL,
    listing_id uuid NOT NULL,
    size integer NOT NULL,
    sha256 text,
    expires_at timestamptz NOT NULL,
    claimed_at timestamptz,
    completed_at timestamptz,
    CONSTRAINT pk_uploads PRIMARY KEY (id)
)""",
    "CREATE INDEX ix_uploads_owner_id ON catalog.uploads (owner_id) WHERE completed_at IS NULL",
    "CREATE INDEX ix_uploads_expires_at ON catalog.uploads (expires_at)",
    """
CREATE TABLE catalog.upload_parts (
    upload_id uuid NOT NULL,
    number integer NOT NULL,
    content bytea NOT NULL,
    CONSTRAINT pk_upload_parts PRIMARY KEY (upload_id, number),
    CONSTRAINT fk_upload_parts_upload_id_uploads FOREIGN KEY (upload_id) REFERENCES catalog.uploads (id)
        ON DELETE CASCADE
)""",
    "ALTER TABLE catalog.upload_parts ALTER COLUMN content SET STORAGE EXTERNAL",  # pictures do not compress
)
DOWN = (
    "DROP TABLE catalog.upload_parts",
    "DROP TABLE catalog.uploads",
    "DROP TABLE catalog.documents",
    "DROP INDEX catalog.ix_listings_images",
    "ALTER TABLE catalog.listings DROP COLUMN images",
)


def upgrade() -> None:
    for statement in UP:
        op.execute(statement)
    for table in ("documents", "uploads", "upload_parts"):
        grant(f"catalog.{table}")


def downgrade() -> None:
    for statement in DOWN:
        op.execute(statement)
