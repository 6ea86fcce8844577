"""What was read in messages is exported to its owner, and forgotten with them or when nobody confirmed it."""

from alembic import op

from marketplace.adapters.sql.grants import grant

revision = "0027_forget_parses"
down_revision = "0026_parses"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("CREATE INDEX ix_parses_owner ON trading.parses (owner_id, id)")
    op.execute("CREATE INDEX ix_parses_unconfirmed ON trading.parses (created_at) WHERE trade_id IS NULL")
    grant("trading.parses", "DELETE")


def downgrade() -> None:
    op.execute("DROP INDEX trading.ix_parses_owner, trading.ix_parses_unconfirmed")
