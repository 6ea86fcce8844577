"""Offers on trades: what their owner has marked, and the ways to those of one author and to those that are compared."""

from alembic import op

from marketplace.adapters.sql.grants import grant

revision = "0024_desk_offers"
down_revision = "0023_trades"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("""
CREATE TABLE trading.shortlist (
    negotiation_id uuid NOT NULL,
    CONSTRAINT pk_shortlist PRIMARY KEY (negotiation_id),
    CONSTRAINT fk_shortlist_negotiation_id_negotiations FOREIGN KEY (negotiation_id)
        REFERENCES trading.negotiations (id)
)""")
    op.execute("""
CREATE INDEX ix_negotiations_parties ON trading.negotiations (subject_id, buyer_id, seller_id, id)
WHERE subject_kind = 'trade'""")
    op.execute("""
CREATE INDEX ix_negotiations_compared ON trading.negotiations (subject_id, id)
WHERE subject_kind = 'trade' AND status IN ('open', 'agreed')""")
    grant("trading.shortlist", "SELECT, INSERT, DELETE")


def downgrade() -> None:
    op.execute("DROP INDEX trading.ix_negotiations_parties, trading.ix_negotiations_compared")
    op.execute("DROP TABLE trading.shortlist")
