"""Every user's numbered sequence of events."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from marketplace.adapters.sql.grants import create_schema, grant

revision = "0004_notifications"
down_revision = "0003_commerce"
branch_labels = None
depends_on = None


def upgrade() -> None:
    create_schema("notifications")
    op.create_table(
        "user_cursors",
        sa.Column("user_id", sa.Uuid, nullable=False),
        sa.Column("last_seq", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("user_id", name=op.f("pk_user_cursors")),
        schema="notifications",
    )
    op.create_table(
        "user_events",
        sa.Column("user_id", sa.Uuid, nullable=False),
        sa.Column("seq", sa.BigInteger, autoincrement=False, nullable=False),
        sa.Column("event_id", sa.Uuid, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("data", postgresql.JSONB, nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False, server_default=sa.text("now()")),
        sa.PrimaryKeyConstraint("user_id", "seq", name=op.f("pk_user_events")),
        sa.UniqueConstraint("event_id", name=op.f("uq_user_events_event_id")),
        schema="notifications",
    )
    grant("notifications.user_cursors", "SELECT, INSERT, UPDATE")
    grant("notifications.user_events", "SELECT, INSERT")


def downgrade() -> None:
    op.drop_table("user_events", schema="notifications")
    op.drop_table("user_cursors", schema="notifications")
    op.execute("DROP SCHEMA notifications")
