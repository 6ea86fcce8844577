"""Conversations, their members and messages."""

from alembic import op

from marketplace.adapters.sql.grants import create_schema, grant

revision = "0042_conversations"
down_revision = "0041_reconciliation"
branch_labels = None
depends_on = None

TABLES = (
    """
CREATE TABLE messaging.conversations (
    id uuid NOT NULL,
    buyer_id uuid NOT NULL,
    seller_id uuid NOT NULL,
    low_id uuid NOT NULL,
    high_id uuid NOT NULL,
    subject_kind text,
    subject_id uuid,
    listings uuid[] NOT NULL,
    started_at timestamptz NOT NULL,
    last_seq bigint NOT NULL,
    last_at timestamptz NOT NULL,
    runner_id uuid,
    run integer NOT NULL,
    CONSTRAINT pk_conversations PRIMARY KEY (id),
    CONSTRAINT ck_conversations_pair_in_order CHECK (low_id < high_id),
    CONSTRAINT ck_conversations_pair_of_its_parties
        CHECK ((low_id, high_id) IN ((buyer_id, seller_id), (seller_id, buyer_id))),
    CONSTRAINT ck_conversations_subject_whole CHECK ((subject_kind IS NULL) = (subject_id IS NULL)),
    CONSTRAINT uq_conversations_low_id_high_id_subject_kind_subject_id
        UNIQUE NULLS NOT DISTINCT (low_id, high_id, subject_kind, subject_id)
)""",
    """
CREATE TABLE messaging.members (
    conversation_id uuid NOT NULL,
    user_id uuid NOT NULL,
    read_seq bigint NOT NULL,
    delivered_seq bigint NOT NULL,
    unread integer NOT NULL,
    is_archived boolean NOT NULL,
    is_muted boolean NOT NULL,
    last_at timestamptz NOT NULL,
    CONSTRAINT pk_members PRIMARY KEY (conversation_id, user_id),
    CONSTRAINT fk_members_conversation_id_conversations
        FOREIGN KEY (conversation_id) REFERENCES messaging.conversations (id),
    CONSTRAINT ck_members_counts_right CHECK (unread >= 0 AND read_seq <= delivered_seq)
)""",
    "CREATE INDEX ix_members_inbox ON messaging.members (user_id, is_archived, last_at, conversation_id)",
    """
CREATE TABLE messaging.messages (
    conversation_id uuid NOT NULL,
    seq bigint NOT NULL,
    id uuid NOT NULL,
    author_id uuid,
    kind text NOT NULL,
    content text NOT NULL,
    data jsonb NOT NULL,
    flags text[] NOT NULL,
    key uuid,
    source uuid,
    created_at timestamptz NOT NULL,
    edited_at timestamptz,
    deleted_at timestamptz,
    CONSTRAINT pk_messages PRIMARY KEY (conversation_id, seq),
    CONSTRAINT uq_messages_id UNIQUE (id),
    CONSTRAINT fk_messages_conversation_id_conversations
        FOREIGN KEY (conversation_id) REFERENCES messaging.conversations (id),
    CONSTRAINT ck_messages_counted_from_one CHECK (seq > 0)
)""",
    """
CREATE UNIQUE INDEX uq_messages_key ON messaging.messages (conversation_id, author_id, key) WHERE key IS NOT NULL""",
    "CREATE UNIQUE INDEX uq_messages_source ON messaging.messages (conversation_id, source) WHERE source IS NOT NULL",
    "CREATE INDEX ix_messages_author_id ON messaging.messages (author_id, id) WHERE author_id IS NOT NULL",
)


def upgrade() -> None:
    create_schema("messaging")
    for statement in TABLES:
        op.execute(statement)
    for table in ("conversations", "members", "messages"):
        grant(f"messaging.{table}", "SELECT, INSERT, UPDATE")


def downgrade() -> None:
    op.execute("DROP SCHEMA messaging CASCADE")
