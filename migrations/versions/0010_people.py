"""People who are found, follow, block and work; listings and negotiations of who has left."""

from alembic import op

from marketplace.adapters.sql.grants import create_schema, grant

revision = "0010_people"
down_revision = "0006_audit"
branch_labels = None
depends_on = None

PROFILES = """
CREATE VIEW identity.public_profiles WITH (security_invoker = true) AS
SELECT id, username, '/media/avatars/' || avatar || '-256.webp' AS avatar_url, is_verified,
    NULL::double precision AS rating{more} FROM identity.users"""

UP = (
    "CREATE EXTENSION IF NOT EXISTS pg_trgm SCHEMA public",
    "CREATE EXTENSION IF NOT EXISTS unaccent SCHEMA public",
    # unaccent is only STABLE, as its dictionary might be altered; ours is named and is not.
    """
CREATE FUNCTION identity.folded(words text) RETURNS text LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
    RETURN lower(public.unaccent('public.unaccent'::regdictionary, words))""",
    """
ALTER TABLE identity.users ADD COLUMN search_name text
    GENERATED ALWAYS AS (identity.folded(' ' || username || ' ' || full_name)) STORED NOT NULL""",
    "CREATE INDEX ix_users_active ON identity.users (id) WHERE is_active",
    "CREATE INDEX ix_users_search_name ON identity.users USING gin (search_name gin_trgm_ops) WHERE is_active",
    "DROP VIEW identity.public_profiles",
    PROFILES.format(more=", full_name, bio, role, created_at, is_active, search_name"),
    """
CREATE TABLE identity.worker_profiles (
    user_id uuid NOT NULL,
    headline text NOT NULL,
    bio text NOT NULL,
    skills text[] NOT NULL,
    hourly_rate_minor bigint CONSTRAINT ck_worker_profiles_rate_positive CHECK (hourly_rate_minor > 0),
    currency varchar(3),
    is_available boolean NOT NULL,
    is_listed boolean NOT NULL,
    updated_at timestamptz NOT NULL,
    search_text text GENERATED ALWAYS AS (identity.folded(headline || ' ' || bio)) STORED NOT NULL,
    CONSTRAINT pk_worker_profiles PRIMARY KEY (user_id),
    CONSTRAINT fk_worker_profiles_user_id FOREIGN KEY (user_id) REFERENCES identity.users (id),
    CONSTRAINT ck_worker_profiles_rate_in_a_currency CHECK ((hourly_rate_minor IS NULL) = (currency IS NULL))
)""",
    "CREATE INDEX ix_worker_profiles_listed ON identity.worker_profiles (user_id) WHERE is_listed",
    """
CREATE INDEX ix_worker_profiles_search_text ON identity.worker_profiles USING gin (search_text gin_trgm_ops)
    WHERE is_listed""",
    """
CREATE TABLE identity.worker_skills (
    skill text NOT NULL,
    user_id uuid NOT NULL,
    CONSTRAINT pk_worker_skills PRIMARY KEY (skill, user_id),
    CONSTRAINT fk_worker_skills_user_id FOREIGN KEY (user_id)
        REFERENCES identity.worker_profiles (user_id) ON DELETE CASCADE
)""",
    "CREATE INDEX ix_worker_skills_user_id ON identity.worker_skills (user_id)",
    """
ALTER TABLE catalog.listing_states ADD COLUMN withheld text
    CONSTRAINT ck_listing_states_withheld_known CHECK (withheld IN ('suspended', 'closed'))""",
    "INSERT INTO edge.transitions (machine, source, target) VALUES ('listing', 'reserved', 'paused')",
    "CREATE INDEX ix_negotiations_buyer_id ON trading.negotiations (buyer_id, status)",
    "CREATE INDEX ix_negotiations_seller_id ON trading.negotiations (seller_id, status)",
)
SOCIAL = (
    """
CREATE TABLE social.follows (
    follower_id uuid NOT NULL,
    followed_id uuid NOT NULL,
    created_at timestamptz NOT NULL,
    CONSTRAINT pk_follows PRIMARY KEY (follower_id, followed_id),
    CONSTRAINT ck_follows_two_people CHECK (follower_id <> followed_id)
)""",
    "CREATE INDEX ix_follows_followed_id ON social.follows (followed_id, follower_id)",
    """
CREATE TABLE social.follow_counts (
    user_id uuid NOT NULL,
    followers bigint NOT NULL CONSTRAINT ck_follow_counts_followers_not_negative CHECK (followers >= 0),
    following bigint NOT NULL CONSTRAINT ck_follow_counts_following_not_negative CHECK (following >= 0),
    CONSTRAINT pk_follow_counts PRIMARY KEY (user_id)
)""",
    """
CREATE TABLE social.blocks (
    blocker_id uuid NOT NULL,
    blocked_id uuid NOT NULL,
    created_at timestamptz NOT NULL,
    CONSTRAINT pk_blocks PRIMARY KEY (blocker_id, blocked_id),
    CONSTRAINT ck_blocks_two_people CHECK (blocker_id <> blocked_id)
)""",
    "CREATE INDEX ix_blocks_blocked_id ON social.blocks (blocked_id, blocker_id)",
)
DOWN = (
    "DROP SCHEMA social CASCADE",
    "DROP INDEX trading.ix_negotiations_seller_id",
    "DROP INDEX trading.ix_negotiations_buyer_id",
    "DELETE FROM edge.transitions WHERE (machine, source, target) = ('listing', 'reserved', 'paused')",
    "ALTER TABLE catalog.listing_states DROP COLUMN withheld",
    "DROP TABLE identity.worker_skills",
    "DROP TABLE identity.worker_profiles",
    "DROP VIEW identity.public_profiles",
    PROFILES.format(more=""),
    "DROP INDEX identity.ix_users_search_name",
    "DROP INDEX identity.ix_users_active",
    "ALTER TABLE identity.users DROP COLUMN search_name",
    "DROP FUNCTION identity.folded",
    "DROP EXTENSION unaccent",
    "DROP EXTENSION pg_trgm",
)


def upgrade() -> None:
    for statement in UP:
        op.execute(statement)
    create_schema("social")
    for statement in SOCIAL:
        op.execute(statement)
    grant("identity.public_profiles", "SELECT")
    grant("identity.worker_profiles")
    grant("identity.worker_skills", "SELECT, INSERT, DELETE")
    grant("social.follows", "SELECT, INSERT, DELETE")
    grant("social.follow_counts", "SELECT, INSERT, UPDATE")
    grant("social.blocks", "SELECT, INSERT, UPDATE, DELETE")


def downgrade() -> None:
    for statement in DOWN:
        op.execute(statement)
    grant("identity.public_profiles", "SELECT")
