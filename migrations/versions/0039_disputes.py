"""Disputes with their messages and files; payments whose earnings are frozen; who moderates, found by an index."""

from alembic import op

from marketplace.adapters.sql.grants import create_schema, grant

revision = "0039_disputes"
down_revision = "0038_payouts"
branch_labels = None
depends_on = None

TABLES = (
    """
CREATE TABLE disputes.disputes (
    id uuid NOT NULL,
    order_id uuid NOT NULL,
    buyer_id uuid NOT NULL,
    seller_id uuid NOT NULL,
    opener text NOT NULL CONSTRAINT ck_disputes_opener_known CHECK (opener IN ('buyer', 'seller')),
    reason text NOT NULL,
    amount_minor bigint NOT NULL,
    currency varchar(3) NOT NULL,
    status text NOT NULL,
    proposals jsonb NOT NULL,
    said smallint NOT NULL,
    evidence smallint NOT NULL,
    outcome text,
    back_minor bigint,
    decided_by uuid,
    decision text,
    opened_at timestamptz NOT NULL,
    response_due_at timestamptz NOT NULL,
    escalated_at timestamptz,
    ended_at timestamptz,
    version integer NOT NULL DEFAULT 0,
    CONSTRAINT pk_disputes PRIMARY KEY (id),
    CONSTRAINT ck_disputes_two_parties CHECK (buyer_id <> seller_id),
    CONSTRAINT ck_disputes_split_within_amount
        CHECK (CASE WHEN outcome = 'split' THEN back_minor IS NOT NULL AND back_minor BETWEEN 1 AND amount_minor - 1
            ELSE back_minor IS NULL END)
)""",
    """
CREATE UNIQUE INDEX uq_disputes_live ON disputes.disputes (order_id)
WHERE status IN ('opened', 'awaiting_response', 'under_review', 'escalated')""",
    "CREATE INDEX ix_disputes_opened_at ON disputes.disputes (opened_at, id)",
    "CREATE INDEX ix_disputes_status ON disputes.disputes (status, opened_at, id)",
    "CREATE INDEX ix_disputes_buyer_id ON disputes.disputes (buyer_id, opened_at, id)",
    "CREATE INDEX ix_disputes_seller_id ON disputes.disputes (seller_id, opened_at, id)",
    "CREATE INDEX ix_disputes_buyer_id_status ON disputes.disputes (buyer_id, status, opened_at, id)",
    "CREATE INDEX ix_disputes_seller_id_status ON disputes.disputes (seller_id, status, opened_at, id)",
    """
CREATE TABLE disputes.messages (
    dispute_id uuid NOT NULL,
    number smallint NOT NULL,
    author_id uuid NOT NULL,
    voice text NOT NULL,
    text text NOT NULL,
    outcome text,
    back_minor bigint,
    said_at timestamptz NOT NULL,
    CONSTRAINT pk_messages PRIMARY KEY (dispute_id, number),
    CONSTRAINT fk_messages_dispute_id_disputes FOREIGN KEY (dispute_id) REFERENCES disputes.disputes (id)
)""",
    "CREATE INDEX ix_messages_author_id ON disputes.messages (author_id, dispute_id, number)",
    """
CREATE TABLE disputes.evidence (
    id uuid NOT NULL,
    dispute_id uuid NOT NULL,
    owner_id uuid NOT NULL,
    voice text NOT NULL,
    description text NOT NULL,
    ending text NOT NULL,
    size integer NOT NULL,
    sha256 text NOT NULL,
    added_at timestamptz NOT NULL,
    CONSTRAINT pk_evidence PRIMARY KEY (id),
    CONSTRAINT fk_evidence_dispute_id_disputes FOREIGN KEY (dispute_id) REFERENCES disputes.disputes (id)
)""",
    "CREATE INDEX ix_evidence_dispute_id ON disputes.evidence (dispute_id, id)",
    "CREATE INDEX ix_evidence_owner_id ON disputes.evidence (owner_id, id)",
    """
CREATE TRIGGER legal_moves BEFORE UPDATE ON disputes.disputes FOR EACH ROW
WHEN (OLD.status IS DISTINCT FROM NEW.status) EXECUTE FUNCTION edge.refuse_illegal_move('dispute')""",
    "ALTER TABLE payments.payments ADD COLUMN is_frozen boolean NOT NULL DEFAULT false",
    """
CREATE INDEX ix_users_moderators ON identity.users (id) WHERE is_active AND role IN ('moderator', 'admin')""",
)
RESOLVED = ("resolved_buyer", "resolved_seller", "resolved_split")
MOVES = {
    "opened": (*RESOLVED, "awaiting_response", "withdrawn"),
    "awaiting_response": (*RESOLVED, "under_review", "withdrawn"),
    "under_review": (*RESOLVED, "escalated", "withdrawn"),
    "escalated": RESOLVED,
}
DOWN = (
    "DROP INDEX identity.ix_users_moderators",
    "ALTER TABLE payments.payments DROP COLUMN is_frozen",
    "DROP SCHEMA disputes CASCADE",
    "DELETE FROM edge.transitions WHERE machine = 'dispute'",
)


def upgrade() -> None:
    create_schema("disputes")
    for statement in TABLES:
        op.execute(statement)
    rows = ", ".join(f"('dispute', '{source}', '{to}')" for source, targets in MOVES.items() for to in targets)
    op.execute(f"INSERT INTO edge.transitions (machine, source, target) VALUES {rows}")
    grant("disputes.disputes", "SELECT, INSERT, UPDATE")
    grant("disputes.messages", "SELECT, INSERT")
    grant("disputes.evidence", "SELECT, INSERT")


def downgrade() -> None:
    for statement in DOWN:
        op.execute(statement)
