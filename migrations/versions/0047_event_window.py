"""Which of a person's events are still kept, and when the next of them may go."""

from alembic import op

from marketplace.adapters.sql.grants import app_role, grant

revision = "0047_event_window"
down_revision = "0046_calls"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("""
        ALTER TABLE notifications.user_cursors
            ADD COLUMN first_seq bigint NOT NULL DEFAULT 1,
            ADD COLUMN oldest_at timestamptz NOT NULL DEFAULT now()""")
    op.execute("""
        UPDATE notifications.user_cursors c SET oldest_at = e.created_at
        FROM notifications.user_events e WHERE e.user_id = c.user_id AND e.seq = 1""")
    op.execute("CREATE INDEX ix_user_cursors_oldest_at ON notifications.user_cursors (oldest_at)")
    grant("notifications.user_events", "DELETE")


def downgrade() -> None:
    op.execute(f"REVOKE DELETE ON notifications.user_events FROM {app_role()}")
    op.execute("ALTER TABLE notifications.user_cursors DROP COLUMN first_seq, DROP COLUMN oldest_at")
