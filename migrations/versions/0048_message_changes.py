"""What messages said before, reports of them, who began with a stranger, and what was told of a message."""

from alembic import op

from marketplace.adapters.sql.grants import app_role, grant

revision = "0048_message_changes"
down_revision = "0047_event_window"
branch_labels = None
depends_on = None

UP = (
    """
CREATE TABLE messaging.message_versions (
    message_id uuid NOT NULL,
    number integer NOT NULL,
    content text NOT NULL,
    data jsonb NOT NULL,
    replaced_at timestamptz NOT NULL,
    CONSTRAINT pk_message_versions PRIMARY KEY (message_id, number),
    CONSTRAINT fk_message_versions_message_id_messages FOREIGN KEY (message_id) REFERENCES messaging.messages (id)
)""",
    """
CREATE TABLE messaging.reports (
    message_id uuid NOT NULL,
    reporter_id uuid NOT NULL,
    item_id uuid NOT NULL,
    reason text NOT NULL,
    details text,
    reported_at timestamptz NOT NULL,
    CONSTRAINT pk_reports PRIMARY KEY (message_id, reporter_id),
    CONSTRAINT fk_reports_message_id_messages FOREIGN KEY (message_id) REFERENCES messaging.messages (id)
)""",
    "CREATE INDEX ix_reports_item_id ON messaging.reports (item_id, reported_at)",
    "ALTER TABLE messaging.messages ADD COLUMN versions integer NOT NULL DEFAULT 0",
    """
CREATE INDEX ix_messages_taken_down ON messaging.messages (author_id, deleted_at)
WHERE flags @> ARRAY['taken_down']""",
    """
ALTER TABLE messaging.conversations
    ADD COLUMN approached_by uuid, ADD COLUMN is_answered boolean NOT NULL DEFAULT false""",
    """
CREATE INDEX ix_conversations_approached_by ON messaging.conversations (approached_by, started_at)
WHERE approached_by IS NOT NULL""",
    """
ALTER TABLE catalog.moderation_items
    ADD COLUMN message_id uuid,
    DROP CONSTRAINT ck_moderation_items_kind_known,
    DROP CONSTRAINT ck_moderation_items_one_subject,
    ADD CONSTRAINT ck_moderation_items_kind_known CHECK (kind IN ('review', 'reports', 'feedback', 'message')),
    ADD CONSTRAINT ck_moderation_items_one_subject CHECK (num_nonnulls(listing_id, review_id, message_id) = 1
        AND (kind = 'feedback') = (review_id IS NOT NULL) AND (kind = 'message') = (message_id IS NOT NULL)),
    ADD CONSTRAINT uq_moderation_items_message_id UNIQUE (message_id)""",
    """
CREATE INDEX ix_user_events_message ON notifications.user_events ((data ->> 'messageId'))
WHERE name IN ('message:new', 'message:updated')""",
)
DOWN = (
    "DROP INDEX notifications.ix_user_events_message",
    "DELETE FROM catalog.moderation_items WHERE kind = 'message'",
    """
ALTER TABLE catalog.moderation_items
    DROP CONSTRAINT ck_moderation_items_kind_known,
    DROP CONSTRAINT ck_moderation_items_one_subject,
    DROP COLUMN message_id,
    ADD CONSTRAINT ck_moderation_items_kind_known CHECK (kind IN ('review', 'reports', 'feedback')),
    ADD CONSTRAINT ck_moderation_items_one_subject
        CHECK (CASE kind WHEN 'feedback' THEN review_id IS NOT NULL AND listing_id IS NULL
            ELSE review_id IS NULL AND listing_id IS NOT NULL END)""",
    "ALTER TABLE messaging.conversations DROP COLUMN approached_by, DROP COLUMN is_answered",
    "DROP INDEX messaging.ix_messages_taken_down",
    "ALTER TABLE messaging.messages DROP COLUMN versions",
    "DROP TABLE messaging.reports",
    "DROP TABLE messaging.message_versions",
)


def upgrade() -> None:
    for statement in UP:
        op.execute(statement)
    grant("messaging.message_versions", "SELECT, INSERT")
    grant("messaging.reports", "SELECT, INSERT")
    grant("notifications.user_events", "UPDATE")


def downgrade() -> None:
    op.execute(f"REVOKE UPDATE ON notifications.user_events FROM {app_role()}")
    for statement in DOWN:
        op.execute(statement)
