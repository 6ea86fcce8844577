"""The devices that people get pushes on."""

from alembic import op

from marketplace.adapters.sql.grants import grant

revision = "0045_push_tokens"
down_revision = "0044_notification_centre"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("""
CREATE TABLE notifications.push_tokens (
    id uuid NOT NULL,
    user_id uuid NOT NULL,
    session_id uuid NOT NULL,
    platform text NOT NULL,
    sealed bytea NOT NULL,
    fingerprint bytea NOT NULL,
    masked text NOT NULL,
    device_name text NOT NULL,
    created_at timestamptz NOT NULL,
    registered_at timestamptz NOT NULL,
    CONSTRAINT pk_push_tokens PRIMARY KEY (id),
    CONSTRAINT uq_push_tokens_fingerprint UNIQUE (fingerprint),
    CONSTRAINT ck_push_tokens_platform_known CHECK (platform IN ('web', 'android', 'ios'))
)""")
    op.execute("CREATE INDEX ix_push_tokens_user_id ON notifications.push_tokens (user_id, registered_at, id)")
    op.execute("CREATE INDEX ix_push_tokens_session_id ON notifications.push_tokens (session_id)")
    grant("notifications.push_tokens")


def downgrade() -> None:
    op.execute("DROP TABLE notifications.push_tokens")
