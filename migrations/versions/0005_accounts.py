"""Accounts that can be verified, suspended and deleted, and sessions that people recognize."""

from alembic import op

from marketplace.adapters.sql.grants import grant

revision = "0005_accounts"
down_revision = "0004_notifications"
branch_labels = None
depends_on = None

OLD_ROLES = "'buyer', 'seller', 'admin'"
ROLES = "'buyer', 'seller', 'moderator', 'finance', 'admin'"
OLD_REASONS = "'logged_out', 'refresh_reused'"
REASONS = (
    "'logged_out', 'refresh_reused', 'ended_by_user', 'password_changed', 'factors_changed', 'contact_changed', "
    "'suspended', 'deleted'"
)
PROFILES = """
CREATE VIEW identity.public_profiles WITH (security_invoker = true) AS
SELECT id, username, {avatar} AS avatar_url, is_verified, NULL::double precision AS rating FROM identity.users"""
GMAIL = "(gmail|googlemail)\\.com"

UP = (
    "DROP VIEW identity.public_profiles",
    "ALTER TABLE identity.users DROP CONSTRAINT ck_users_role_known",
    f"ALTER TABLE identity.users ADD CONSTRAINT ck_users_role_known CHECK (role IN ({ROLES}))",
    """
ALTER TABLE identity.users
    ALTER COLUMN password_hash DROP NOT NULL,
    ADD COLUMN email_key text,
    ADD COLUMN username_skeleton text,
    ADD COLUMN password_changed_at timestamptz,
    ADD COLUMN former_passwords text[] NOT NULL DEFAULT '{}',
    ADD COLUMN password_valid_days integer,
    ADD COLUMN email_verified boolean NOT NULL DEFAULT false,
    ADD COLUMN phone_verified boolean NOT NULL DEFAULT false,
    ADD COLUMN status text NOT NULL DEFAULT 'active',
    ADD COLUMN bio text NOT NULL DEFAULT '',
    ADD COLUMN avatar text,
    ADD COLUMN language text NOT NULL DEFAULT 'en'""",
    f"""
UPDATE identity.users SET
    email_verified = is_verified,
    status = CASE WHEN is_active THEN 'active' ELSE 'suspended' END,
    password_changed_at = created_at,
    email_key = CASE WHEN email ~ '@{GMAIL}$'
        THEN replace(split_part(split_part(email, '@', 1), '+', 1), '.', '') || '@gmail.com' ELSE email END,
    username_skeleton =
        replace(replace(translate(lower(username), '01i', 'oll'), 'rn', 'm'), 'vv', 'w')""",
    """
ALTER TABLE identity.users
    DROP COLUMN is_verified, DROP COLUMN is_active,
    ADD COLUMN is_verified boolean GENERATED ALWAYS AS (email_verified OR phone_verified) STORED NOT NULL,
    ADD COLUMN is_active boolean GENERATED ALWAYS AS (status = 'active') STORED NOT NULL,
    ALTER COLUMN email_key SET NOT NULL,
    ALTER COLUMN username_skeleton SET NOT NULL,
    ALTER COLUMN password_changed_at SET NOT NULL,
    ADD CONSTRAINT ck_users_status_known CHECK (status IN ('active', 'suspended', 'deleted')),
    ADD CONSTRAINT ck_users_avatar_named CHECK (avatar ~ '^[0-9a-f]{32}$'),
    ADD CONSTRAINT ck_users_valid_days_positive CHECK (password_valid_days > 0),
    ADD CONSTRAINT ck_users_deleted_is_nobody
        CHECK (status <> 'deleted' OR (password_hash IS NULL AND phone IS NULL AND avatar IS NULL)),
    ADD CONSTRAINT uq_users_email_key UNIQUE (email_key),
    ADD CONSTRAINT uq_users_username_skeleton UNIQUE (username_skeleton)""",
    PROFILES.format(avatar="'/media/avatars/' || avatar || '-256.webp'"),
    "ALTER TABLE identity.sessions DROP CONSTRAINT ck_sessions_end_reason_known",
    f"ALTER TABLE identity.sessions ADD CONSTRAINT ck_sessions_end_reason_known CHECK (end_reason IN ({REASONS}))",
    """
ALTER TABLE identity.sessions
    ADD COLUMN last_used_at timestamptz,
    ADD COLUMN proven_at timestamptz,
    ADD COLUMN methods text[] NOT NULL DEFAULT '{pwd}',
    ADD COLUMN device text NOT NULL DEFAULT '',
    ADD COLUMN address text NOT NULL DEFAULT ''""",
    "UPDATE identity.sessions SET last_used_at = rotated_at, proven_at = created_at",
    """
ALTER TABLE identity.sessions
    ALTER COLUMN last_used_at SET NOT NULL, ALTER COLUMN proven_at SET NOT NULL""",
    "DROP INDEX identity.ix_sessions_user_id",
    "CREATE INDEX ix_sessions_user_id ON identity.sessions (user_id, id)",
)
DOWN = (
    "DROP INDEX identity.ix_sessions_user_id",
    "CREATE INDEX ix_sessions_user_id ON identity.sessions (user_id) WHERE ended_at IS NULL",
    """
ALTER TABLE identity.sessions
    DROP COLUMN last_used_at, DROP COLUMN proven_at, DROP COLUMN methods, DROP COLUMN device, DROP COLUMN address""",
    "ALTER TABLE identity.sessions DROP CONSTRAINT ck_sessions_end_reason_known",
    f"UPDATE identity.sessions SET end_reason = 'logged_out' WHERE end_reason NOT IN ({OLD_REASONS})",
    f"ALTER TABLE identity.sessions ADD CONSTRAINT ck_sessions_end_reason_known CHECK (end_reason IN ({OLD_REASONS}))",
    "DROP VIEW identity.public_profiles",
    f"UPDATE identity.users SET role = 'buyer' WHERE role NOT IN ({OLD_ROLES})",
    "UPDATE identity.users SET password_hash = '' WHERE password_hash IS NULL",
    """
ALTER TABLE identity.users
    DROP COLUMN is_verified, DROP COLUMN is_active,
    ADD COLUMN is_verified boolean NOT NULL DEFAULT false,
    ADD COLUMN is_active boolean NOT NULL DEFAULT true""",
    "UPDATE identity.users SET is_verified = email_verified OR phone_verified, is_active = (status = 'active')",
    """
ALTER TABLE identity.users
    ALTER COLUMN is_verified DROP DEFAULT, ALTER COLUMN is_active DROP DEFAULT,
    ALTER COLUMN password_hash SET NOT NULL,
    DROP CONSTRAINT ck_users_deleted_is_nobody,
    DROP COLUMN email_key, DROP COLUMN username_skeleton, DROP COLUMN password_changed_at,
    DROP COLUMN former_passwords, DROP COLUMN password_valid_days, DROP COLUMN email_verified,
    DROP COLUMN phone_verified, DROP COLUMN status, DROP COLUMN bio, DROP COLUMN avatar, DROP COLUMN language""",
    "ALTER TABLE identity.users DROP CONSTRAINT ck_users_role_known",
    f"ALTER TABLE identity.users ADD CONSTRAINT ck_users_role_known CHECK (role IN ({OLD_ROLES}))",
    PROFILES.format(avatar="NULL::text"),
)


def upgrade() -> None:
    for statement in UP:
        op.execute(statement)
    grant("identity.public_profiles", "SELECT")


def downgrade() -> None:
    for statement in DOWN:
        op.execute(statement)
    grant("identity.public_profiles", "SELECT")
