"""Listings of every kind, a table of categories, and the storefront: what is for sale now, kept by triggers."""

from alembic import op

from marketplace.adapters.sql.grants import grant

revision = "0011_storefront"
down_revision = "0010_people"
branch_labels = None
depends_on = None

CATEGORIES = {
    "trading_cards": ("Trading cards", "cards", "#7C3AED", "#EDE9FE"),
    "sneakers": ("Sneakers", "shoe", "#EA580C", "#FFEDD5"),
    "electronics": ("Electronics", "device", "#2563EB", "#DBEAFE"),
    "fashion": ("Fashion", "shirt", "#DB2777", "#FCE7F3"),
    "home": ("Home", "house", "#65A30D", "#ECFCCB"),
    "beauty": ("Beauty", "sparkle", "#E11D48", "#FFE4E6"),
    "toys": ("Toys", "blocks", "#D97706", "#FEF3C7"),
    "sports": ("Sports", "ball", "#059669", "#D1FAE5"),
    "books": ("Books", "book", "#92400E", "#FEF3C7"),
    "jewelry": ("Jewelry", "gem", "#0891B2", "#CFFAFE"),
    "art": ("Art", "palette", "#9333EA", "#F3E8FF"),
    "vehicles": ("Vehicles", "car", "#475569", "#E2E8F0"),
}
SERVICE_CATEGORIES = {
    "home_services": (
        "Home services",
        "tools",
        "cleaning plumbing electrical painting moving appliance_repair gardening",
    ),
    "beauty_services": ("Beauty and wellness", "scissors", "hairdressing makeup massage nails"),
    "teaching": ("Teaching", "cap", "tutoring languages music_lessons fitness_training"),
    "digital_services": ("Digital", "code", "web_development graphic_design video_editing it_support"),
    "business_services": ("Business", "briefcase", "accounting translation legal_advice marketing"),
    "event_services": ("Events", "camera", "photography catering event_planning"),
    "transport_services": ("Transport", "truck", "delivery driving"),
    "care_services": ("Care", "heart", "childcare elder_care pet_care"),
}

UP = (
    "CREATE EXTENSION IF NOT EXISTS cube SCHEMA public",
    """
CREATE TABLE catalog.categories (
    slug text NOT NULL,
    kind text NOT NULL CONSTRAINT ck_categories_kind_known CHECK (kind IN ('product', 'service')),
    parent text,
    name text NOT NULL,
    icon text NOT NULL,
    color text NOT NULL,
    secondary_color text NOT NULL,
    position integer NOT NULL,
    CONSTRAINT pk_categories PRIMARY KEY (slug),
    CONSTRAINT fk_categories_parent FOREIGN KEY (parent) REFERENCES catalog.categories (slug)
)""",
    "CREATE INDEX ix_categories_parent ON catalog.categories (parent)",
    """
ALTER TABLE catalog.listings
    ALTER COLUMN condition DROP NOT NULL,
    ADD COLUMN kind text NOT NULL DEFAULT 'product',
    ADD COLUMN audience text NOT NULL DEFAULT 'everyone',
    ADD COLUMN terms jsonb NOT NULL DEFAULT '{}',
    ADD CONSTRAINT ck_listings_kind_known CHECK (kind IN ('product', 'service', 'lot')),
    ADD CONSTRAINT ck_listings_audience_known CHECK (audience IN ('everyone', 'followers'))""",
    "ALTER TABLE catalog.listings ALTER COLUMN kind DROP DEFAULT, ALTER COLUMN audience DROP DEFAULT",
    "DROP INDEX catalog.ix_listing_states_active",
    "DROP INDEX catalog.ix_listing_states_active_category",
    "ALTER TABLE catalog.listing_states DROP COLUMN category",
    # A point of the unit sphere: the chord between two grows with the distance on the ground. cube alone does what
    # earthdistance would, and unlike it may be installed by the owner of a database (docs/adr/0019).
    """
CREATE FUNCTION catalog.on_earth(latitude double precision, longitude double precision) RETURNS public.cube
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
    RETURN public.cube(ARRAY[
        cos(radians(latitude)) * cos(radians(longitude)),
        cos(radians(latitude)) * sin(radians(longitude)),
        sin(radians(latitude))
    ])""",
    """
CREATE TABLE catalog.listing_signals (
    listing_id uuid NOT NULL,
    views bigint NOT NULL DEFAULT 0,
    favorites bigint NOT NULL DEFAULT 0,
    offers bigint NOT NULL DEFAULT 0,
    is_live boolean NOT NULL DEFAULT false,
    CONSTRAINT pk_listing_signals PRIMARY KEY (listing_id)
)""",
    """
CREATE TABLE catalog.storefront (
    listing_id uuid NOT NULL,
    seller_id uuid NOT NULL,
    kind text NOT NULL,
    channel text NOT NULL,
    category text NOT NULL,
    condition text,
    audience text NOT NULL,
    price_minor bigint NOT NULL,
    currency varchar(3) NOT NULL,
    latitude double precision,
    longitude double precision,
    CONSTRAINT pk_storefront PRIMARY KEY (listing_id)
)""",
    "CREATE INDEX ix_storefront_kind ON catalog.storefront (kind, listing_id) WHERE audience = 'everyone'",
    "CREATE INDEX ix_storefront_category ON catalog.storefront (category, listing_id) WHERE audience = 'everyone'",
    "CREATE INDEX ix_storefront_seller_id ON catalog.storefront (seller_id, listing_id)",
    """
CREATE FUNCTION catalog.exhibit(ids uuid[]) RETURNS void LANGUAGE sql AS $$
    INSERT INTO catalog.storefront AS shown (
        listing_id, seller_id, kind, channel, category, condition, audience, price_minor, currency, latitude, longitude
    )
    SELECT l.id, l.seller_id, l.kind, l.channel, l.category, l.condition, l.audience, l.price_minor, l.currency,
        l.latitude, l.longitude
    FROM catalog.listings l JOIN catalog.listing_states s ON s.listing_id = l.id
    WHERE l.id = ANY (ids) AND s.status = 'active'
    ON CONFLICT (listing_id) DO UPDATE SET
        channel = excluded.channel, category = excluded.category, condition = excluded.condition,
        audience = excluded.audience, price_minor = excluded.price_minor, currency = excluded.currency,
        latitude = excluded.latitude, longitude = excluded.longitude
$$""",
    """
CREATE FUNCTION catalog.keep_storefront() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        PERFORM catalog.exhibit(array_agg(listing_id)) FROM added WHERE status = 'active';
    ELSIF TG_TABLE_NAME = 'listings' THEN
        PERFORM catalog.exhibit(ARRAY[NEW.id]);
    ELSIF NEW.status = 'active' THEN
        PERFORM catalog.exhibit(ARRAY[NEW.listing_id]);
    ELSE
        DELETE FROM catalog.storefront WHERE listing_id = NEW.listing_id;
    END IF;
    RETURN NULL;
END $$""",
    """
CREATE TRIGGER storefront_of_new AFTER INSERT ON catalog.listing_states REFERENCING NEW TABLE AS added
    FOR EACH STATEMENT EXECUTE FUNCTION catalog.keep_storefront()""",
    """
CREATE TRIGGER storefront_of_moved AFTER UPDATE ON catalog.listing_states FOR EACH ROW
    WHEN (OLD.status <> NEW.status AND 'active' IN (OLD.status, NEW.status))
    EXECUTE FUNCTION catalog.keep_storefront()""",
    """
CREATE TRIGGER storefront_of_revised AFTER UPDATE ON catalog.listings FOR EACH ROW
    EXECUTE FUNCTION catalog.keep_storefront()""",
    """
CREATE FUNCTION catalog.may_see(viewer uuid, seller uuid, audience text) RETURNS boolean LANGUAGE sql STABLE
    RETURN (audience = 'everyone' OR viewer = seller OR EXISTS (
        SELECT FROM social.follows WHERE follower_id = viewer AND followed_id = seller
    )) AND NOT EXISTS (
        SELECT FROM social.blocks
        WHERE (blocker_id = viewer AND blocked_id = seller) OR (blocker_id = seller AND blocked_id = viewer)
    )""",
    "SELECT catalog.exhibit(array_agg(listing_id)) FROM catalog.listing_states WHERE status = 'active'",
)
DOWN = (
    "DROP FUNCTION catalog.may_see",
    "DROP TRIGGER storefront_of_new ON catalog.listing_states",
    "DROP TRIGGER storefront_of_moved ON catalog.listing_states",
    "DROP TRIGGER storefront_of_revised ON catalog.listings",
    "DROP FUNCTION catalog.keep_storefront",
    "DROP FUNCTION catalog.exhibit",
    "DROP TABLE catalog.storefront",
    "DROP TABLE catalog.listing_signals",
    "DROP FUNCTION catalog.on_earth",
    "ALTER TABLE catalog.listing_states ADD COLUMN category text",
    "UPDATE catalog.listing_states SET category = l.category FROM catalog.listings l WHERE l.id = listing_id",
    "ALTER TABLE catalog.listing_states ALTER COLUMN category SET NOT NULL",
    "CREATE INDEX ix_listing_states_active ON catalog.listing_states (listing_id) WHERE status = 'active'",
    """
CREATE INDEX ix_listing_states_active_category ON catalog.listing_states (category, listing_id)
    WHERE status = 'active'""",
    """
ALTER TABLE catalog.listings
    DROP CONSTRAINT fk_listings_category, DROP COLUMN kind, DROP COLUMN audience, DROP COLUMN terms""",
    "UPDATE catalog.listings SET condition = 'good' WHERE condition IS NULL",
    "ALTER TABLE catalog.listings ALTER COLUMN condition SET NOT NULL",
    "DROP TABLE catalog.categories",
    "DROP EXTENSION cube",
)


def upgrade() -> None:
    for statement in UP:
        op.execute(statement)
    for position, (slug, (name, icon, color, second)) in enumerate(CATEGORIES.items()):
        _add(slug, "product", None, name, (icon, color, second), position)
    for position, (parent, (name, icon, children)) in enumerate(SERVICE_CATEGORIES.items()):
        look = (icon, "#0F766E", "#CCFBF1")
        _add(parent, "service", None, name, look, position)
        for place, child in enumerate(children.split()):
            _add(child, "service", parent, child.replace("_", " ").capitalize(), look, place)
    op.execute(
        "ALTER TABLE catalog.listings ADD CONSTRAINT fk_listings_category "
        "FOREIGN KEY (category) REFERENCES catalog.categories (slug)"
    )
    grant("catalog.categories")
    grant("catalog.storefront")
    grant("catalog.listing_signals", "SELECT, INSERT, UPDATE")


def _add(slug: str, kind: str, parent: str | None, name: str, look: tuple[str, str, str], position: int) -> None:
    values = ", ".join("NULL" if value is None else f"'{value}'" for value in (slug, kind, parent, name, *look))
    op.execute(f"INSERT INTO catalog.categories VALUES ({values}, {position})")


def downgrade() -> None:
    for statement in DOWN:
        op.execute(statement)
