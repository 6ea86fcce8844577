"""What the feeds are ordered by, in the storefront: a score that only grows, and places on the earth (ADR 0020)."""

from alembic import op

revision = "0015_feeds"
down_revision = "0014_media"
branch_labels = None
depends_on = None

DISCOVER = "WHERE channel = 'discover'"
COMMUNITY = "WHERE channel = 'community' AND audience = 'everyone' AND cell IS NOT NULL"

UP = (
    # In millionths of a point. Two days of age cost a point; the time is that in the UUIDv7.
    """
CREATE FUNCTION catalog.freshness(id uuid) RETURNS bigint LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
    RETURN ('x' || left(replace(id::text, '-', ''), 12))::bit(48)::bigint * 10 / 1728""",
    # A point for each doubling, in steps of an eighth: a listing is moved in its indexes rarely.
    """
CREATE FUNCTION catalog.engagement(views bigint, favorites bigint, offers bigint) RETURNS bigint
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
    RETURN round(8 * ln((1 + views + 5 * favorites + 10 * offers)::double precision) / ln(2::double precision))::bigint
        * 125000""",
    # The bits of two coordinates by turns (Z-order): every square of a grid of any fineness is one range of numbers.
    """
CREATE FUNCTION catalog.spread(bits bigint) RETURNS bigint LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
BEGIN
    bits := (bits | (bits << 16)) & x'0000FFFF0000FFFF'::bigint;
    bits := (bits | (bits << 8)) & x'00FF00FF00FF00FF'::bigint;
    bits := (bits | (bits << 4)) & x'0F0F0F0F0F0F0F0F'::bigint;
    bits := (bits | (bits << 2)) & x'3333333333333333'::bigint;
    RETURN (bits | (bits << 1)) & x'5555555555555555'::bigint;
END $$""",
    """
CREATE FUNCTION catalog.cell(latitude double precision, longitude double precision) RETURNS bigint
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
    RETURN catalog.spread(least(floor((longitude + 180) / 180 * 1073741824)::bigint, 2147483647))
        + 2 * catalog.spread(least(floor((latitude + 90) / 180 * 1073741824)::bigint, 1073741823))""",
    """
ALTER TABLE catalog.listing_signals ADD COLUMN engagement bigint NOT NULL
    GENERATED ALWAYS AS (catalog.engagement(views, favorites, offers)) STORED""",
    """
ALTER TABLE catalog.storefront
    ADD COLUMN is_live boolean NOT NULL DEFAULT false,
    ADD COLUMN engagement bigint NOT NULL DEFAULT 0,
    ADD COLUMN settled bigint NOT NULL DEFAULT 0,
    ADD COLUMN hotness bigint NOT NULL GENERATED ALWAYS AS (catalog.freshness(listing_id) + engagement) STORED,
    ADD COLUMN point public.cube GENERATED ALWAYS AS (catalog.on_earth(latitude, longitude)) STORED,
    ADD COLUMN cell bigint GENERATED ALWAYS AS (catalog.cell(latitude, longitude)) STORED""",
    """
UPDATE catalog.storefront shown SET engagement = signals.engagement, is_live = signals.is_live
FROM catalog.listing_signals signals WHERE signals.listing_id = shown.listing_id""",
    """
CREATE FUNCTION catalog.settle() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        SELECT engagement, is_live INTO NEW.engagement, NEW.is_live
        FROM catalog.listing_signals WHERE listing_id = NEW.listing_id;
        NEW.engagement := coalesce(NEW.engagement, 0);
        NEW.is_live := coalesce(NEW.is_live, false);
    END IF;
    NEW.settled := pg_current_xact_id()::text::bigint;
    RETURN NEW;
END $$""",
    """
CREATE TRIGGER storefront_settles BEFORE INSERT ON catalog.storefront
    FOR EACH ROW EXECUTE FUNCTION catalog.settle()""",
    """
CREATE TRIGGER storefront_moves BEFORE UPDATE ON catalog.storefront FOR EACH ROW
    WHEN (OLD.is_live AND NOT NEW.is_live OR (OLD.channel, OLD.category, OLD.audience, OLD.latitude, OLD.longitude)
        IS DISTINCT FROM (NEW.channel, NEW.category, NEW.audience, NEW.latitude, NEW.longitude))
    EXECUTE FUNCTION catalog.settle()""",
    """
CREATE FUNCTION catalog.show_signals() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE catalog.storefront SET engagement = NEW.engagement, is_live = NEW.is_live
    WHERE listing_id = NEW.listing_id;
    RETURN NULL;
END $$""",
    """
CREATE TRIGGER storefront_of_first_signals AFTER INSERT ON catalog.listing_signals FOR EACH ROW
    EXECUTE FUNCTION catalog.show_signals()""",
    """
CREATE TRIGGER storefront_of_signals AFTER UPDATE ON catalog.listing_signals FOR EACH ROW
    WHEN ((OLD.engagement, OLD.is_live) IS DISTINCT FROM (NEW.engagement, NEW.is_live))
    EXECUTE FUNCTION catalog.show_signals()""",
    f"""
CREATE INDEX ix_storefront_discover ON catalog.storefront (is_live, hotness, listing_id)
    {DISCOVER} AND audience = 'everyone'""",
    f"""
CREATE INDEX ix_storefront_discover_category ON catalog.storefront (category, is_live, hotness, listing_id)
    {DISCOVER} AND audience = 'everyone'""",
    f"""
CREATE INDEX ix_storefront_discover_seller ON catalog.storefront (seller_id, is_live, hotness, listing_id) {DISCOVER}""",
    f"""
CREATE INDEX ix_storefront_recent ON catalog.storefront (is_live, listing_id) {DISCOVER} AND audience = 'everyone'""",
    f"""
CREATE INDEX ix_storefront_recent_category ON catalog.storefront (category, is_live, listing_id)
    {DISCOVER} AND audience = 'everyone'""",
    """
CREATE INDEX ix_storefront_followers ON catalog.storefront (seller_id, is_live, listing_id)
    WHERE audience = 'followers'""",
    f"CREATE INDEX ix_storefront_point ON catalog.storefront USING gist (point) {COMMUNITY}",
    f"CREATE INDEX ix_storefront_category_point ON catalog.storefront USING gist (category, point) {COMMUNITY}",
    f"""
CREATE INDEX ix_storefront_cell ON catalog.storefront (cell)
    INCLUDE (point, listing_id, seller_id, settled) {COMMUNITY}""",
    f"""
CREATE INDEX ix_storefront_category_cell ON catalog.storefront (category, cell)
    INCLUDE (point, listing_id, seller_id, settled) {COMMUNITY}""",
    "CREATE INDEX ix_follows_follower_id_created_at ON social.follows (follower_id, created_at)",
)
DOWN = (
    "DROP INDEX social.ix_follows_follower_id_created_at",
    "DROP TRIGGER storefront_of_first_signals ON catalog.listing_signals",
    "DROP TRIGGER storefront_of_signals ON catalog.listing_signals",
    "DROP TRIGGER storefront_settles ON catalog.storefront",
    "DROP TRIGGER storefront_moves ON catalog.storefront",
    "DROP FUNCTION catalog.show_signals",
    "DROP FUNCTION catalog.settle",
    """
ALTER TABLE catalog.storefront DROP COLUMN cell, DROP COLUMN point, DROP COLUMN hotness, DROP COLUMN settled,
    DROP COLUMN engagement, DROP COLUMN is_live""",
    "ALTER TABLE catalog.listing_signals DROP COLUMN engagement",
    "DROP FUNCTION catalog.cell",
    "DROP FUNCTION catalog.spread",
    "DROP FUNCTION catalog.engagement",
    "DROP FUNCTION catalog.freshness",
)


def upgrade() -> None:
    for statement in UP:
        op.execute(statement)


def downgrade() -> None:
    for statement in DOWN:
        op.execute(statement)
