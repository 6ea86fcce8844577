"""Pictures and files that messages show."""

from alembic import op

from marketplace.adapters.sql.grants import grant

revision = "0049_attachments"
down_revision = "0048_message_changes"
branch_labels = None
depends_on = None

UP = (
    """
CREATE TABLE messaging.attachments (
    id uuid NOT NULL,
    conversation_id uuid NOT NULL,
    owner_id uuid NOT NULL,
    message_id uuid,
    name text NOT NULL,
    ending text NOT NULL,
    size integer NOT NULL,
    sha256 text NOT NULL,
    width integer,
    height integer,
    added_at timestamptz NOT NULL,
    CONSTRAINT pk_attachments PRIMARY KEY (id),
    CONSTRAINT fk_attachments_conversation_id_conversations
        FOREIGN KEY (conversation_id) REFERENCES messaging.conversations (id),
    CONSTRAINT fk_attachments_message_id_messages FOREIGN KEY (message_id) REFERENCES messaging.messages (id),
    CONSTRAINT ck_attachments_picture_whole CHECK ((width IS NULL) = (height IS NULL))
)""",
    "CREATE INDEX ix_attachments_owner_id ON messaging.attachments (owner_id, id)",
    "CREATE INDEX ix_attachments_unsent ON messaging.attachments (owner_id) WHERE message_id IS NULL",
    "CREATE INDEX ix_attachments_message_id ON messaging.attachments (message_id) WHERE message_id IS NOT NULL",
)


def upgrade() -> None:
    for statement in UP:
        op.execute(statement)
    grant("messaging.attachments", "SELECT, INSERT, UPDATE, DELETE")


def downgrade() -> None:
    op.execute("DROP TABLE messaging.attachments")
