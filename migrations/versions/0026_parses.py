"""What was read in messages of traders, until it is confirmed and after."""

from alembic import op

from marketplace.adapters.sql.grants import grant

revision = "0026_parses"
down_revision = "0025_tested_lots"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("""
CREATE TABLE trading.parses (
    id uuid NOT NULL,
    owner_id uuid NOT NULL,
    text text NOT NULL,
    fields jsonb NOT NULL,
    trade_id uuid,
    created_at timestamptz NOT NULL,
    CONSTRAINT pk_parses PRIMARY KEY (id)
)""")
    grant("trading.parses", "SELECT, INSERT, UPDATE")


def downgrade() -> None:
    op.execute("DROP TABLE trading.parses")
