"""Payouts with their accounts and schedules, statements of sellers, top-ups of wallets."""

from alembic import op

from marketplace.adapters.sql.grants import grant

revision = "0038_payouts"
down_revision = "0037_refund_requests"
branch_labels = None
depends_on = None

TABLES = (
    """
CREATE TABLE payments.payout_accounts (
    id uuid NOT NULL,
    owner_id uuid NOT NULL,
    kind text NOT NULL,
    holder text NOT NULL,
    sealed bytea,
    masked text NOT NULL,
    is_default boolean NOT NULL,
    usable_from timestamptz NOT NULL,
    created_at timestamptz NOT NULL,
    removed_at timestamptz,
    version integer NOT NULL DEFAULT 0,
    CONSTRAINT pk_payout_accounts PRIMARY KEY (id),
    CONSTRAINT ck_payout_accounts_sealed_until_removed CHECK ((sealed IS NULL) = (removed_at IS NOT NULL))
)""",
    "CREATE INDEX ix_payout_accounts_owner_id ON payments.payout_accounts (owner_id, id)",
    "CREATE UNIQUE INDEX uq_payout_accounts_default ON payments.payout_accounts (owner_id) WHERE is_default",
    """
CREATE TABLE payments.payouts (
    id uuid NOT NULL,
    seller_id uuid NOT NULL,
    account_id uuid NOT NULL,
    provider text NOT NULL,
    amount_minor bigint NOT NULL CONSTRAINT ck_payouts_amount_positive CHECK (amount_minor > 0),
    currency varchar(3) NOT NULL,
    requested_by uuid,
    decided_by uuid,
    status text NOT NULL,
    held_for text,
    attempt integer NOT NULL,
    reference text,
    message text,
    asked integer NOT NULL,
    created_at timestamptz NOT NULL,
    version integer NOT NULL DEFAULT 0,
    CONSTRAINT pk_payouts PRIMARY KEY (id),
    CONSTRAINT fk_payouts_account_id_payout_accounts FOREIGN KEY (account_id) REFERENCES payments.payout_accounts (id),
    CONSTRAINT ck_payouts_not_by_the_payee CHECK (status <> 'processing' OR decided_by IS DISTINCT FROM seller_id)
)""",
    "CREATE INDEX ix_payouts_seller_id ON payments.payouts (seller_id, id)",
    "CREATE INDEX ix_payouts_status ON payments.payouts (status, id)",
    """
CREATE INDEX ix_payouts_awaited ON payments.payouts (account_id)
    WHERE status IN ('requested', 'held', 'processing')""",
    """
CREATE TRIGGER legal_moves BEFORE UPDATE ON payments.payouts FOR EACH ROW
    WHEN (OLD.status IS DISTINCT FROM NEW.status) EXECUTE FUNCTION edge.refuse_illegal_move('payout')""",
    """
CREATE TABLE payments.payout_schedules (
    seller_id uuid NOT NULL,
    currency varchar(3) NOT NULL,
    interval text NOT NULL,
    day smallint NOT NULL,
    minimum_minor bigint NOT NULL,
    next_at timestamptz,
    CONSTRAINT pk_payout_schedules PRIMARY KEY (seller_id, currency)
)""",
    """
CREATE INDEX ix_payout_schedules_next_at ON payments.payout_schedules (next_at, seller_id, currency)
    WHERE next_at IS NOT NULL""",
    """
CREATE TABLE payments.statements (
    id uuid NOT NULL,
    owner_id uuid NOT NULL,
    currency varchar(3) NOT NULL,
    month date NOT NULL,
    held_minor bigint NOT NULL,
    settled_minor bigint NOT NULL,
    owed_minor bigint NOT NULL,
    CONSTRAINT pk_statements PRIMARY KEY (id),
    CONSTRAINT uq_statements_owner_id_currency_month UNIQUE (owner_id, currency, month)
)""",
    "CREATE INDEX ix_statements_owner_id ON payments.statements (owner_id, month DESC, currency)",
    """
CREATE TABLE payments.top_ups (
    id uuid NOT NULL,
    owner_id uuid NOT NULL,
    amount_minor bigint NOT NULL CONSTRAINT ck_top_ups_amount_positive CHECK (amount_minor > 0),
    currency varchar(3) NOT NULL,
    created_at timestamptz NOT NULL,
    CONSTRAINT pk_top_ups PRIMARY KEY (id)
)""",
    "CREATE INDEX ix_top_ups_owner_id ON payments.top_ups (owner_id, id)",
    """
CREATE INDEX ix_payments_charged_back ON payments.payments (payee_id)
    WHERE chargeback IN ('needs_response', 'under_review')""",
    """
CREATE TABLE gateway_simulator.payouts (
    payout_id uuid NOT NULL,
    amount_minor bigint NOT NULL,
    currency varchar(3) NOT NULL,
    reference text NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT pk_payouts PRIMARY KEY (payout_id)
)""",
)
PAYOUT_MOVES = {
    "requested": "held processing cancelled",
    "held": "processing cancelled",
    "processing": "paid failed",
    "failed": "requested",
    "paid": "reversed",
}
GRANTS = {
    "payments.payout_accounts": "SELECT, INSERT, UPDATE",
    "payments.payouts": "SELECT, INSERT, UPDATE",
    "payments.payout_schedules": "SELECT, INSERT, UPDATE",
    "payments.statements": "SELECT, INSERT",
    "payments.top_ups": "SELECT, INSERT, UPDATE",
    "gateway_simulator.payouts": "SELECT, INSERT",
}


def upgrade() -> None:
    for statement in TABLES:
        op.execute(statement)
    moves = [(source, to) for source, all_to in PAYOUT_MOVES.items() for to in all_to.split()]
    rows = ", ".join(f"('payout', '{source}', '{to}')" for source, to in moves)
    op.execute(f"INSERT INTO edge.transitions (machine, source, target) VALUES {rows}")
    for table, privileges in GRANTS.items():
        grant(table, privileges)


def downgrade() -> None:
    op.execute("DELETE FROM edge.transitions WHERE machine = 'payout'")
    op.execute("DROP INDEX payments.ix_payments_charged_back")
    for table in reversed(GRANTS):
        op.execute(f"DROP TABLE {table}")
