"""Pictures and files that messages show, and the words of messages (docs/adr/0046)."""

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
    "ALTER TABLE messaging.messages ADD COLUMN words tsvector",
    """
CREATE FUNCTION messaging.mark(kind text, id uuid, at timestamptz) RETURNS text
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
    RETURN kind || replace(id::text, '-', '') || (
        extract(year FROM at AT TIME ZONE 'UTC') * 12 + extract(month FROM at AT TIME ZONE 'UTC'))::int""",
    """
CREATE FUNCTION messaging.index_words() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.words := CASE WHEN NEW.deleted_at IS NULL AND NEW.content <> '' THEN
        catalog.lexemes(NEW.content) || array_to_tsvector(ARRAY(
            SELECT messaging.mark('@', user_id, NEW.created_at) FROM messaging.members
            WHERE conversation_id = NEW.conversation_id
            UNION ALL SELECT messaging.mark('#', NEW.conversation_id, NEW.created_at)))
    END;
    RETURN NEW;
END $$""",
    """
CREATE TRIGGER index_words BEFORE INSERT OR UPDATE OF content, deleted_at ON messaging.messages
FOR EACH ROW EXECUTE FUNCTION messaging.index_words()""",
    "UPDATE messaging.messages SET content = content",
    "CREATE INDEX ix_conversations_started_at ON messaging.conversations (started_at)",
    "CREATE INDEX ix_messages_words ON messaging.messages USING gin (words) WHERE words IS NOT NULL",
)


def upgrade() -> None:
    for statement in UP:
        op.execute(statement)
    grant("messaging.attachments", "SELECT, INSERT, UPDATE, DELETE")


def downgrade() -> None:
    op.execute("DROP TRIGGER index_words ON messaging.messages")
    op.execute("DROP FUNCTION messaging.index_words, messaging.mark")
    op.execute("ALTER TABLE messaging.messages DROP COLUMN words")
    op.execute("DROP INDEX messaging.ix_conversations_started_at")
    op.execute("DROP TABLE messaging.attachments")
