"""Whoever keeps an answer about a listing hears at the commit that it changed."""

from alembic import op

revision = "0019_catalog_news"
down_revision = "0018_imports"
branch_labels = None
depends_on = None

UP = (
    """
CREATE FUNCTION catalog.announce_listing() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_TABLE_NAME = 'listings' THEN
        PERFORM pg_notify('listings', NEW.id::text);
    ELSE
        PERFORM pg_notify('listings', OLD.listing_id::text);
    END IF;
    RETURN NULL;
END $$""",
    """
CREATE TRIGGER news_of_revised AFTER UPDATE ON catalog.listings FOR EACH ROW
    EXECUTE FUNCTION catalog.announce_listing()""",
    """
CREATE TRIGGER news_of_moved AFTER UPDATE ON catalog.listing_states FOR EACH ROW
    WHEN (OLD.status <> NEW.status) EXECUTE FUNCTION catalog.announce_listing()""",
    """
CREATE TRIGGER news_of_gone AFTER DELETE ON catalog.listing_states FOR EACH ROW
    EXECUTE FUNCTION catalog.announce_listing()""",
)
DOWN = (
    "DROP TRIGGER news_of_gone ON catalog.listing_states",
    "DROP TRIGGER news_of_moved ON catalog.listing_states",
    "DROP TRIGGER news_of_revised ON catalog.listings",
    "DROP FUNCTION catalog.announce_listing",
)


def upgrade() -> None:
    for statement in UP:
        op.execute(statement)


def downgrade() -> None:
    for statement in DOWN:
        op.execute(statement)
