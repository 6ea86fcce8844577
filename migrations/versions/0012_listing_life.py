"""What each seller has, the history of every listing, and what waits for moderators."""

from alembic import op

from marketplace.adapters.sql.grants import grant

revision = "0012_listing_life"
down_revision = "0011_storefront"
branch_labels = None
depends_on = None

UP = (
    """
CREATE TABLE catalog.own_listings (
    seller_id uuid NOT NULL,
    listing_id uuid NOT NULL,
    is_open boolean NOT NULL,
    CONSTRAINT pk_own_listings PRIMARY KEY (seller_id, listing_id)
)""",
    "CREATE INDEX ix_own_listings_open ON catalog.own_listings (seller_id, listing_id) WHERE is_open",
    """
CREATE TABLE catalog.listing_revisions (
    id bigint GENERATED ALWAYS AS IDENTITY,
    listing_id uuid NOT NULL,
    at timestamptz NOT NULL,
    author text NOT NULL CONSTRAINT ck_listing_revisions_author_known
        CHECK (author IN ('seller', 'moderator', 'system')),
    actor_id uuid,
    former text,
    status text NOT NULL,
    reason text,
    fields jsonb NOT NULL CONSTRAINT ck_listing_revisions_fields_are_an_object CHECK (jsonb_typeof(fields) = 'object'),
    CONSTRAINT pk_listing_revisions PRIMARY KEY (id)
)""",
    "CREATE INDEX ix_listing_revisions_listing_id ON catalog.listing_revisions (listing_id, id)",
    """
CREATE TABLE catalog.moderation_items (
    id uuid NOT NULL,
    kind text NOT NULL CONSTRAINT ck_moderation_items_kind_known CHECK (kind IN ('review', 'reports')),
    listing_id uuid NOT NULL,
    opened_at timestamptz NOT NULL,
    concerns jsonb NOT NULL DEFAULT '[]',
    reports integer NOT NULL DEFAULT 0,
    CONSTRAINT pk_moderation_items PRIMARY KEY (id),
    CONSTRAINT uq_moderation_items_listing_id_kind UNIQUE (listing_id, kind),
    CONSTRAINT fk_moderation_items_listing_id FOREIGN KEY (listing_id) REFERENCES catalog.listings (id)
)""",
    "CREATE INDEX ix_moderation_items_kind ON catalog.moderation_items (kind, id)",
    """
CREATE TABLE catalog.listing_reports (
    listing_id uuid NOT NULL,
    reporter_id uuid NOT NULL,
    item_id uuid NOT NULL,
    reason text NOT NULL,
    details text,
    reported_at timestamptz NOT NULL,
    CONSTRAINT pk_listing_reports PRIMARY KEY (listing_id, reporter_id)
)""",
    "CREATE INDEX ix_listing_reports_item_id ON catalog.listing_reports (item_id, reported_at)",
    """
CREATE FUNCTION catalog.refuse_rewriting() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'check_violation', CONSTRAINT = 'append_only';
END $$""",
    """
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON catalog.listing_revisions
    FOR EACH STATEMENT EXECUTE FUNCTION catalog.refuse_rewriting()""",
    """
CREATE FUNCTION catalog.keep_own_listings() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        INSERT INTO catalog.own_listings (seller_id, listing_id, is_open)
        SELECT l.seller_id, l.id, added.status <> 'sold'
        FROM added JOIN catalog.listings l ON l.id = added.listing_id WHERE added.status <> 'removed';
    ELSE
        DELETE FROM catalog.own_listings own USING catalog.listings l
        WHERE l.id = NEW.listing_id AND own.seller_id = l.seller_id AND own.listing_id = l.id
            AND NEW.status = 'removed';
        UPDATE catalog.own_listings own SET is_open = false FROM catalog.listings l
        WHERE l.id = NEW.listing_id AND own.seller_id = l.seller_id AND own.listing_id = l.id
            AND NEW.status = 'sold';
    END IF;
    RETURN NULL;
END $$""",
    """
CREATE TRIGGER own_listings_of_new AFTER INSERT ON catalog.listing_states REFERENCING NEW TABLE AS added
    FOR EACH STATEMENT EXECUTE FUNCTION catalog.keep_own_listings()""",
    """
CREATE TRIGGER own_listings_of_ended AFTER UPDATE ON catalog.listing_states FOR EACH ROW
    WHEN (OLD.status <> NEW.status AND NEW.status IN ('sold', 'removed'))
    EXECUTE FUNCTION catalog.keep_own_listings()""",
    """
CREATE FUNCTION catalog.end_moderation() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    DELETE FROM catalog.moderation_items
    WHERE listing_id = NEW.listing_id AND (kind = 'review' OR NEW.status = 'removed');
    RETURN NULL;
END $$""",
    """
CREATE TRIGGER moderation_of_moved AFTER UPDATE ON catalog.listing_states FOR EACH ROW
    WHEN (OLD.status <> NEW.status AND (OLD.status = 'pending_review' OR NEW.status = 'removed'))
    EXECUTE FUNCTION catalog.end_moderation()""",
    # The lock comes first: each statement of a volatile function sees what was committed until it began.
    """
CREATE FUNCTION catalog.open_listings_of(seller uuid, most integer) RETURNS integer LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_advisory_xact_lock(hashtextextended('catalog.open_listings_of ' || seller, 0));
    RETURN (SELECT count(*) FROM (
        SELECT FROM catalog.own_listings WHERE seller_id = seller AND is_open LIMIT most
    ) own);
END $$""",
    """
INSERT INTO catalog.own_listings (seller_id, listing_id, is_open)
SELECT l.seller_id, l.id, s.status <> 'sold'
FROM catalog.listings l JOIN catalog.listing_states s ON s.listing_id = l.id WHERE s.status <> 'removed'""",
)
GRANTS = {
    "catalog.own_listings": "SELECT, INSERT, UPDATE, DELETE",
    "catalog.listing_revisions": "SELECT, INSERT",
    "catalog.moderation_items": "SELECT, INSERT, UPDATE, DELETE",
    "catalog.listing_reports": "SELECT, INSERT",
}
DOWN = (
    "DROP FUNCTION catalog.open_listings_of",
    "DROP TRIGGER moderation_of_moved ON catalog.listing_states",
    "DROP FUNCTION catalog.end_moderation",
    "DROP TRIGGER own_listings_of_ended ON catalog.listing_states",
    "DROP TRIGGER own_listings_of_new ON catalog.listing_states",
    "DROP FUNCTION catalog.keep_own_listings",
    "DROP TABLE catalog.listing_reports",
    "DROP TABLE catalog.moderation_items",
    "DROP TABLE catalog.listing_revisions",
    "DROP FUNCTION catalog.refuse_rewriting",
    "DROP TABLE catalog.own_listings",
)


def upgrade() -> None:
    for statement in UP:
        op.execute(statement)
    for table, privileges in GRANTS.items():
        grant(table, privileges)


def downgrade() -> None:
    for statement in DOWN:
        op.execute(statement)
