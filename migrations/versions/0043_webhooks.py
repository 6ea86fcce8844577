"""Outbound webhooks: endpoints of developers, and the events on their way to them."""

from alembic import op

from marketplace.adapters.sql.grants import create_schema, grant

revision = "0043_webhooks"
down_revision = "0042_conversations"
branch_labels = None
depends_on = None

MOVES = {
    "webhook_delivery": {
        "pending": "delivered failed skipped", "delivered": "pending", "failed": "pending", "skipped": "pending",
    },
}  # fmt: skip
DUE = "WHERE status = 'pending' AND next_at IS NOT NULL"
STATEMENTS = (
    """
CREATE TABLE webhooks.endpoints (
    id uuid NOT NULL,
    owner_id uuid NOT NULL,
    url text NOT NULL,
    description text NOT NULL,
    event_types text[] NOT NULL,
    sealed_secret bytea NOT NULL,
    sealed_former_secret bytea,
    former_until timestamptz,
    disabled_because text
        CONSTRAINT ck_endpoints_disabled_because_known CHECK (disabled_because IN ('owner', 'failing', 'gone')),
    failing_since timestamptz,
    created_at timestamptz NOT NULL,
    due_at timestamptz,
    holder uuid,
    is_slow boolean NOT NULL DEFAULT false,
    CONSTRAINT pk_endpoints PRIMARY KEY (id)
) WITH (fillfactor = 80)""",
    "CREATE INDEX ix_endpoints_owner_id ON webhooks.endpoints (owner_id)",
    "CREATE INDEX ix_endpoints_due_brisk ON webhooks.endpoints (due_at) WHERE holder IS NULL AND NOT is_slow",
    "CREATE INDEX ix_endpoints_due_slow ON webhooks.endpoints (due_at) WHERE holder IS NULL AND is_slow",
    "CREATE INDEX ix_endpoints_held ON webhooks.endpoints (holder) WHERE holder IS NOT NULL",
    """
CREATE TABLE webhooks.deliveries (
    id bigint GENERATED ALWAYS AS IDENTITY,
    endpoint_id uuid NOT NULL,
    event_id uuid NOT NULL,
    event_type text NOT NULL,
    subject uuid NOT NULL,
    body text NOT NULL,
    status text NOT NULL,
    tries integer NOT NULL DEFAULT 0,
    next_at timestamptz,
    created_at timestamptz NOT NULL,
    ended_at timestamptz,
    attempts jsonb NOT NULL DEFAULT '[]',
    CONSTRAINT pk_deliveries PRIMARY KEY (id),
    CONSTRAINT ck_deliveries_only_pending_ones_are_due CHECK (status = 'pending' OR next_at IS NULL)
) WITH (fillfactor = 80)""",
    f"CREATE UNIQUE INDEX uq_deliveries_one_due ON webhooks.deliveries (endpoint_id, subject) {DUE}",
    f"CREATE INDEX ix_deliveries_due ON webhooks.deliveries (endpoint_id, next_at) {DUE}",
    "CREATE INDEX ix_deliveries_pending ON webhooks.deliveries (endpoint_id, subject, id) WHERE status = 'pending'",
    "CREATE INDEX ix_deliveries_status ON webhooks.deliveries (endpoint_id, status, id)",
    "CREATE INDEX ix_deliveries_event_type ON webhooks.deliveries (endpoint_id, status, event_type, id)",
    "CREATE INDEX ix_deliveries_time ON webhooks.deliveries (endpoint_id, created_at, id)",
    "CREATE INDEX ix_deliveries_created_at ON webhooks.deliveries (created_at)",
    """
CREATE INDEX ix_deliveries_words ON webhooks.deliveries (event_id)
WHERE event_type IN ('message.created', 'message.updated')""",
    """
CREATE TRIGGER legal_moves BEFORE UPDATE ON webhooks.deliveries FOR EACH ROW
WHEN (OLD.status IS DISTINCT FROM NEW.status) EXECUTE FUNCTION edge.refuse_illegal_move('webhook_delivery')""",
)


def upgrade() -> None:
    create_schema("webhooks")
    for statement in STATEMENTS:
        op.execute(statement)
    for machine, moves in MOVES.items():
        rows = ", ".join(
            f"('{machine}', '{source}', '{to}')" for source, all_to in moves.items() for to in all_to.split()
        )
        op.execute(f"INSERT INTO edge.transitions (machine, source, target) VALUES {rows}")
    grant("webhooks.endpoints")
    grant("webhooks.deliveries")


def downgrade() -> None:
    op.execute("DROP SCHEMA webhooks CASCADE")
    op.execute("DELETE FROM edge.transitions WHERE machine = 'webhook_delivery'")
