"""Runs that compare our books with those of providers, and the last check of each invariant."""

from alembic import op

from marketplace.adapters.sql.grants import app_role, grant

revision = "0041_reconciliation"
down_revision = "0040_subscriptions"
branch_labels = None
depends_on = None

STATEMENTS = (
    """
CREATE TABLE payments.reconciliations (
    id uuid NOT NULL,
    provider text NOT NULL,
    since timestamptz NOT NULL,
    until timestamptz NOT NULL,
    matched bigint NOT NULL,
    under_way bigint NOT NULL,
    found bigint NOT NULL,
    differences jsonb NOT NULL,
    ran_at timestamptz NOT NULL,
    CONSTRAINT pk_reconciliations PRIMARY KEY (id)
)""",
    "CREATE INDEX ix_reconciliations_ran_at ON payments.reconciliations (ran_at, id)",
    "CREATE INDEX ix_reconciliations_differing ON payments.reconciliations (ran_at, id) WHERE found > 0",
    """
CREATE TABLE edge.invariant_checks (
    name text NOT NULL,
    checked_at timestamptz NOT NULL,
    violations jsonb NOT NULL,
    violated_since timestamptz,
    error text,
    CONSTRAINT pk_invariant_checks PRIMARY KEY (name)
)""",
    """
CREATE TABLE payments.ledger_checkpoints (
    account_id uuid NOT NULL,
    up_to uuid NOT NULL,
    minor bigint NOT NULL,
    CONSTRAINT pk_ledger_checkpoints PRIMARY KEY (account_id)
)""",
    "CREATE INDEX ix_ledger_checkpoints_up_to ON payments.ledger_checkpoints (up_to)",
    "CREATE INDEX ix_ledger_accounts_kind ON payments.ledger_accounts (kind, id)",
    "CREATE INDEX ix_ledger_accounts_currency ON payments.ledger_accounts (currency, id)",
    "CREATE INDEX ix_users_bookkeepers ON identity.users (id) WHERE role = 'finance' AND status = 'active'",
)


def upgrade() -> None:
    for statement in STATEMENTS:
        op.execute(statement)
    grant("payments.reconciliations", "SELECT, INSERT, UPDATE")
    grant("payments.ledger_checkpoints", "SELECT, INSERT, UPDATE")
    grant("edge.transitions", "SELECT")
    grant("edge.invariant_checks", "SELECT, INSERT, UPDATE, DELETE")


def downgrade() -> None:
    op.execute(
        "DROP INDEX identity.ix_users_bookkeepers, payments.ix_ledger_accounts_kind, "
        "payments.ix_ledger_accounts_currency"
    )
    op.execute(f"REVOKE SELECT ON edge.transitions FROM {app_role()}")
    op.execute("DROP TABLE payments.ledger_checkpoints")
    op.execute("DROP TABLE edge.invariant_checks")
    op.execute("DROP TABLE payments.reconciliations")
