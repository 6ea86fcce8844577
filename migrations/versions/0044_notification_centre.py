"""The notification centre: what each person is shown, how many of it are unread, and how each wants to be told."""

from alembic import op

from marketplace.adapters.sql.grants import grant

revision = "0044_notification_centre"
down_revision = "0043_webhooks"
branch_labels = None
depends_on = None

STATEMENTS = (
    """
CREATE TABLE notifications.notifications (
    user_id uuid NOT NULL,
    id uuid NOT NULL,
    kind text NOT NULL,
    data jsonb NOT NULL,
    created_at timestamptz NOT NULL,
    read_at timestamptz,
    CONSTRAINT pk_notifications PRIMARY KEY (user_id, id)
)""",
    "CREATE INDEX ix_notifications_kind ON notifications.notifications (user_id, kind, id)",
    "CREATE INDEX ix_notifications_unread ON notifications.notifications (user_id, id) WHERE read_at IS NULL",
    """
CREATE INDEX ix_notifications_unread_kind ON notifications.notifications (user_id, kind, id)
WHERE read_at IS NULL""",
    "CREATE INDEX ix_notifications_read ON notifications.notifications (created_at) WHERE read_at IS NOT NULL",
    """
CREATE TABLE notifications.unread (
    user_id uuid NOT NULL,
    count integer NOT NULL,
    CONSTRAINT pk_unread PRIMARY KEY (user_id),
    CONSTRAINT ck_unread_count_not_negative CHECK (count >= 0)
)""",
    """
CREATE TABLE notifications.preferences (
    user_id uuid NOT NULL,
    chosen jsonb NOT NULL,
    updated_at timestamptz NOT NULL,
    CONSTRAINT pk_preferences PRIMARY KEY (user_id)
)""",
    """
CREATE TABLE notifications.collected_letters (
    user_id uuid NOT NULL,
    id uuid NOT NULL,
    letter jsonb NOT NULL,
    created_at timestamptz NOT NULL,
    CONSTRAINT pk_collected_letters PRIMARY KEY (user_id, id)
)""",
    "CREATE VIEW identity.languages WITH (security_invoker = true) AS SELECT id, language FROM identity.users",
)
TABLES = ("notifications", "unread", "preferences", "collected_letters")


def upgrade() -> None:
    for statement in STATEMENTS:
        op.execute(statement)
    for table in TABLES:
        grant(f"notifications.{table}")
    grant("identity.languages", "SELECT")


def downgrade() -> None:
    op.execute("DROP VIEW identity.languages")
    for table in TABLES:
        op.execute(f"DROP TABLE notifications.{table}")
