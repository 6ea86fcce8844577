"""Payme and Click call us: their transactions, and what they said."""

from alembic import op

from marketplace.adapters.sql.grants import grant

revision = "0034_payme_click"
down_revision = "0033_stripe"
branch_labels = None
depends_on = None

STATEMENTS = (
    """
CREATE TABLE payments.payme_transactions (
    id text NOT NULL,
    payment_id uuid NOT NULL,
    amount_minor bigint NOT NULL,
    time bigint NOT NULL,
    create_time bigint NOT NULL,
    perform_time bigint NOT NULL DEFAULT 0,
    cancel_time bigint NOT NULL DEFAULT 0,
    status text NOT NULL,
    reason smallint,
    refund_id uuid,
    fiscal jsonb NOT NULL DEFAULT '{}',
    CONSTRAINT pk_payme_transactions PRIMARY KEY (id),
    CONSTRAINT uq_payme_transactions_payment_id UNIQUE (payment_id),
    CONSTRAINT fk_payme_transactions_payment_id_payments FOREIGN KEY (payment_id) REFERENCES payments.payments (id),
    CONSTRAINT fk_payme_transactions_refund_id_refunds FOREIGN KEY (refund_id) REFERENCES payments.refunds (id)
)""",
    "CREATE INDEX ix_payme_transactions_time ON payments.payme_transactions (time, id)",
    """
CREATE INDEX ix_payme_transactions_perform_time ON payments.payme_transactions (perform_time) WHERE perform_time > 0""",
    """
CREATE INDEX ix_payme_transactions_cancel_time ON payments.payme_transactions (cancel_time)
    WHERE status = 'reversed'""",
    """
CREATE TRIGGER legal_moves BEFORE UPDATE ON payments.payme_transactions FOR EACH ROW
    WHEN (OLD.status IS DISTINCT FROM NEW.status) EXECUTE FUNCTION edge.refuse_illegal_move('payme_transaction')""",
    """
CREATE TABLE payments.click_transactions (
    number bigint GENERATED ALWAYS AS IDENTITY,
    id bigint NOT NULL,
    payment_id uuid NOT NULL,
    paydoc_id bigint NOT NULL,
    status text NOT NULL,
    error integer NOT NULL DEFAULT 0,
    refund_id uuid,
    prepared_at timestamptz NOT NULL,
    completed_at timestamptz,
    cancelled_at timestamptz,
    reversed_at timestamptz,
    CONSTRAINT pk_click_transactions PRIMARY KEY (number),
    CONSTRAINT uq_click_transactions_id UNIQUE (id),
    CONSTRAINT uq_click_transactions_payment_id UNIQUE (payment_id),
    CONSTRAINT fk_click_transactions_payment_id_payments FOREIGN KEY (payment_id) REFERENCES payments.payments (id),
    CONSTRAINT fk_click_transactions_refund_id_refunds FOREIGN KEY (refund_id) REFERENCES payments.refunds (id)
)""",
    """
CREATE INDEX ix_click_transactions_completed_at ON payments.click_transactions (completed_at)
    WHERE completed_at IS NOT NULL""",
    """
CREATE INDEX ix_click_transactions_reversed_at ON payments.click_transactions (reversed_at)
    WHERE reversed_at IS NOT NULL""",
    """
CREATE TRIGGER legal_moves BEFORE UPDATE ON payments.click_transactions FOR EACH ROW
    WHEN (OLD.status IS DISTINCT FROM NEW.status) EXECUTE FUNCTION edge.refuse_illegal_move('click_transaction')""",
    """
CREATE TABLE payments.provider_calls (
    id uuid NOT NULL,
    provider text NOT NULL,
    received_at timestamptz NOT NULL,
    address text NOT NULL,
    headers jsonb NOT NULL,
    body text NOT NULL,
    answer text NOT NULL,
    CONSTRAINT pk_provider_calls PRIMARY KEY (id)
)""",
    "CREATE INDEX ix_provider_calls_received_at ON payments.provider_calls (received_at)",
)
MOVES = (
    ("payme_transaction", "created", "performed"),
    ("payme_transaction", "created", "cancelled"),
    ("payme_transaction", "performed", "reversed"),
    ("click_transaction", "prepared", "completed"),
    ("click_transaction", "prepared", "cancelled"),
    ("click_transaction", "completed", "cancelled"),
)
GRANTS = {
    "payments.payme_transactions": "SELECT, INSERT, UPDATE",
    "payments.click_transactions": "SELECT, INSERT, UPDATE",
    "payments.provider_calls": "SELECT, INSERT, DELETE",
}


def upgrade() -> None:
    for statement in STATEMENTS:
        op.execute(statement)
    rows = ", ".join(str(move) for move in MOVES)
    op.execute(f"INSERT INTO edge.transitions (machine, source, target) VALUES {rows}")
    for table, privileges in GRANTS.items():
        grant(table, privileges)


def downgrade() -> None:
    op.execute("DELETE FROM edge.transitions WHERE machine IN ('payme_transaction', 'click_transaction')")
    for table in reversed(GRANTS):
        op.execute(f"DROP TABLE {table}")
