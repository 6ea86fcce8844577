"""Calls and who is in them, nobody in two live ones."""

from alembic import op

from marketplace.adapters.sql.grants import create_schema, grant

revision = "0046_calls"
down_revision = "0045_push_tokens"
branch_labels = None
depends_on = None

TABLES = (
    """
CREATE TABLE calls.calls (
    id uuid NOT NULL,
    conversation_id uuid NOT NULL,
    media text NOT NULL CONSTRAINT ck_calls_media_known CHECK (media IN ('audio', 'video')),
    status text NOT NULL,
    started_at timestamptz NOT NULL,
    answered_at timestamptz,
    ended_at timestamptz,
    ended_by uuid,
    version integer NOT NULL DEFAULT 0,
    CONSTRAINT pk_calls PRIMARY KEY (id),
    CONSTRAINT ck_calls_answered_if_accepted CHECK (answered_at IS NULL OR status IN ('active', 'ended')),
    CONSTRAINT ck_calls_ended_if_over CHECK (ended_at IS NULL OR status NOT IN ('ringing', 'active'))
)""",
    """
CREATE TABLE calls.members (
    call_id uuid NOT NULL,
    user_id uuid NOT NULL,
    role text NOT NULL CONSTRAINT ck_members_role_known CHECK (role IN ('caller', 'callee')),
    device_id uuid,
    is_live boolean NOT NULL,
    seen_at timestamptz NOT NULL,
    CONSTRAINT pk_members PRIMARY KEY (call_id, user_id),
    CONSTRAINT fk_members_call_id_calls FOREIGN KEY (call_id) REFERENCES calls.calls (id)
)""",
    "CREATE UNIQUE INDEX uq_members_live ON calls.members (user_id) WHERE is_live",
    "CREATE INDEX ix_members_user_id ON calls.members (user_id, call_id)",
    """
CREATE TRIGGER legal_moves BEFORE UPDATE ON calls.calls FOR EACH ROW
WHEN (OLD.status IS DISTINCT FROM NEW.status) EXECUTE FUNCTION edge.refuse_illegal_move('call')""",
)
MOVES = {"ringing": ("active", "declined", "missed", "cancelled", "busy"), "active": ("ended",)}


def upgrade() -> None:
    create_schema("calls")
    for statement in TABLES:
        op.execute(statement)
    rows = ", ".join(f"('call', '{source}', '{to}')" for source, targets in MOVES.items() for to in targets)
    op.execute(f"INSERT INTO edge.transitions (machine, source, target) VALUES {rows}")
    grant("calls.calls", "SELECT, INSERT, UPDATE")
    grant("calls.members", "SELECT, INSERT, UPDATE")


def downgrade() -> None:
    op.execute("DROP SCHEMA calls CASCADE")
    op.execute("DELETE FROM edge.transitions WHERE machine = 'call'")
