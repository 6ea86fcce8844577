"""Reviews of completed orders, their tallies, reports of them, and the rating beside a seller's name."""

from alembic import op

from marketplace.adapters.sql.grants import create_schema, grant

revision = "0031_reviews"
down_revision = "0030_promo_codes"
branch_labels = None
depends_on = None

TABLES = (
    """
CREATE TABLE reviews.exchanges (
    order_id uuid NOT NULL,
    buyer_id uuid NOT NULL,
    seller_id uuid NOT NULL,
    listings uuid[] NOT NULL,
    closes_at timestamptz NOT NULL,
    status text NOT NULL,
    published_at timestamptz,
    CONSTRAINT pk_exchanges PRIMARY KEY (order_id),
    CONSTRAINT ck_exchanges_two_parties CHECK (buyer_id <> seller_id)
)""",
    """
CREATE TABLE reviews.reviews (
    id uuid NOT NULL,
    order_id uuid NOT NULL,
    side text NOT NULL CONSTRAINT ck_reviews_side_known CHECK (side IN ('buyer', 'seller')),
    author_id uuid NOT NULL,
    about_id uuid NOT NULL,
    rating smallint NOT NULL CONSTRAINT ck_reviews_rating_in_stars CHECK (rating BETWEEN 1 AND 5),
    aspects jsonb NOT NULL,
    text text NOT NULL,
    listings jsonb NOT NULL,
    written_at timestamptz NOT NULL,
    edited_at timestamptz,
    taken_down_at timestamptz,
    reply text,
    replied_at timestamptz,
    reply_edited_at timestamptz,
    CONSTRAINT pk_reviews PRIMARY KEY (id),
    CONSTRAINT uq_reviews_order_id_side UNIQUE (order_id, side),
    CONSTRAINT fk_reviews_order_id_exchanges FOREIGN KEY (order_id) REFERENCES reviews.exchanges (order_id),
    CONSTRAINT ck_reviews_replied_once CHECK ((reply IS NULL) = (replied_at IS NULL))
)""",
    "CREATE INDEX ix_reviews_author_id ON reviews.reviews (author_id, id)",
    "CREATE INDEX ix_reviews_replied ON reviews.reviews (about_id, id) WHERE reply IS NOT NULL",
    """
CREATE TABLE reviews.shown (
    review_id uuid NOT NULL,
    rated_id uuid NOT NULL,
    role text NOT NULL CONSTRAINT ck_shown_role_known CHECK (role IN ('seller', 'buyer', 'listing')),
    stars smallint NOT NULL,
    published_at timestamptz NOT NULL,
    CONSTRAINT pk_shown PRIMARY KEY (review_id, rated_id, role),
    CONSTRAINT fk_shown_review_id_reviews FOREIGN KEY (review_id) REFERENCES reviews.reviews (id)
)""",
    "CREATE INDEX ix_shown_rated ON reviews.shown (rated_id, role, published_at, review_id) INCLUDE (stars)",
    "CREATE INDEX ix_shown_rated_stars ON reviews.shown (rated_id, role, stars, published_at, review_id)",
    """
CREATE TABLE reviews.ratings (
    rated_id uuid NOT NULL,
    role text NOT NULL,
    one bigint NOT NULL,
    two bigint NOT NULL,
    three bigint NOT NULL,
    four bigint NOT NULL,
    five bigint NOT NULL,
    CONSTRAINT pk_ratings PRIMARY KEY (rated_id, role),
    CONSTRAINT ck_ratings_not_negative CHECK (least(one, two, three, four, five) >= 0)
)""",
    """
CREATE TABLE reviews.reports (
    review_id uuid NOT NULL,
    reporter_id uuid NOT NULL,
    item_id uuid NOT NULL,
    reason text NOT NULL,
    details text,
    reported_at timestamptz NOT NULL,
    CONSTRAINT pk_reports PRIMARY KEY (review_id, reporter_id),
    CONSTRAINT fk_reports_review_id_reviews FOREIGN KEY (review_id) REFERENCES reviews.reviews (id)
)""",
    "CREATE INDEX ix_reports_item_id ON reviews.reports (item_id, reported_at)",
    """
INSERT INTO edge.transitions (machine, source, target)
VALUES ('exchange', 'open', 'published'), ('exchange', 'open', 'void')""",
    """
CREATE TRIGGER legal_moves BEFORE UPDATE ON reviews.exchanges FOR EACH ROW
WHEN (OLD.status IS DISTINCT FROM NEW.status) EXECUTE FUNCTION edge.refuse_illegal_move('exchange')""",
)
MODERATION = (
    "ALTER TABLE catalog.moderation_items ALTER COLUMN listing_id DROP NOT NULL, ADD COLUMN review_id uuid",
    """
ALTER TABLE catalog.moderation_items
    DROP CONSTRAINT ck_moderation_items_kind_known,
    ADD CONSTRAINT ck_moderation_items_kind_known CHECK (kind IN ('review', 'reports', 'feedback')),
    ADD CONSTRAINT ck_moderation_items_one_subject
        CHECK (CASE kind WHEN 'feedback' THEN review_id IS NOT NULL AND listing_id IS NULL
            ELSE review_id IS NULL AND listing_id IS NOT NULL END),
    ADD CONSTRAINT uq_moderation_items_review_id UNIQUE (review_id)""",
)
RATING = (
    """
ALTER TABLE identity.users ADD COLUMN rating double precision
    CONSTRAINT ck_users_rating_in_stars CHECK (rating BETWEEN 1 AND 5)""",
    """
CREATE OR REPLACE VIEW identity.public_profiles WITH (security_invoker = true) AS
SELECT id, username, '/media/avatars/' || avatar || '-256.webp' AS avatar_url, is_verified, rating, full_name, bio,
    role, created_at, is_active, search_name, status = 'deleted' AS is_deleted
FROM identity.users""",
)
BACK = (
    "DROP VIEW identity.public_profiles",
    """
CREATE VIEW identity.public_profiles WITH (security_invoker = true) AS
SELECT id, username, '/media/avatars/' || avatar || '-256.webp' AS avatar_url, is_verified,
    NULL::double precision AS rating, full_name, bio, role, created_at, is_active, search_name FROM identity.users""",
    "ALTER TABLE identity.users DROP COLUMN rating",
    "DELETE FROM catalog.moderation_items WHERE kind = 'feedback'",
    """
ALTER TABLE catalog.moderation_items
    DROP COLUMN review_id,
    ALTER COLUMN listing_id SET NOT NULL,
    DROP CONSTRAINT ck_moderation_items_kind_known,
    ADD CONSTRAINT ck_moderation_items_kind_known CHECK (kind IN ('review', 'reports'))""",
    "DROP SCHEMA reviews CASCADE",
    "DELETE FROM edge.transitions WHERE machine = 'exchange'",
)
GRANTS = {
    "reviews.exchanges": "SELECT, INSERT, UPDATE",
    "reviews.reviews": "SELECT, INSERT, UPDATE",
    "reviews.shown": "SELECT, INSERT, DELETE",
    "reviews.ratings": "SELECT, INSERT, UPDATE",
    "reviews.reports": "SELECT, INSERT",
}


def upgrade() -> None:
    create_schema("reviews")
    for statement in (*TABLES, *MODERATION, *RATING):
        op.execute(statement)
    for table, privileges in GRANTS.items():
        grant(table, privileges)


def downgrade() -> None:
    for statement in BACK:
        op.execute(statement)
    grant("identity.public_profiles", "SELECT")
