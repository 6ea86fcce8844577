"""Lists of trades by side, status and name; what a trader opened on the desk; prices by grade."""

from alembic import op

revision = "0023_trades"
down_revision = "0022_offer_rules"
branch_labels = None
depends_on = None

OPEN = "status IN ('published', 'negotiating')"
FORTH = (
    """
DROP INDEX trading.ix_trades_owner_id, trading.ix_trades_open, trading.ix_trades_open_commodity,
    trading.ix_trades_invited""",
    "CREATE INDEX ix_trades_owner_id ON trading.trades (owner_id, side, status, id) INCLUDE (commodity)",
    f"CREATE INDEX ix_trades_owner_id_open ON trading.trades (owner_id, valid_until, id) WHERE {OPEN}",
    f"""
CREATE INDEX ix_trades_open ON trading.trades (side, status, id) INCLUDE (owner_id, valid_until)
WHERE invited = '{{}}' AND {OPEN}""",
    f"""
CREATE INDEX ix_trades_open_commodity ON trading.trades ((lower(commodity) COLLATE "C"), side, status, id)
    INCLUDE (commodity, owner_id, valid_until)
WHERE invited = '{{}}' AND {OPEN}""",
    f"CREATE INDEX ix_trades_invited ON trading.trades USING gin (invited) WHERE invited <> '{{}}' AND {OPEN}",
    """
CREATE INDEX ix_negotiations_desk_buyer_id ON trading.negotiations (buyer_id, opener, id)
WHERE subject_kind = 'trade'""",
    """
CREATE INDEX ix_negotiations_desk_seller_id ON trading.negotiations (seller_id, opener, id)
WHERE subject_kind = 'trade'""",
    """
CREATE INDEX ix_agreements_traded ON trading.agreements (category, lower(coalesce(grade, '')), currency, agreed_at)
WHERE subject_kind = 'trade'""",
)
BACK = (
    "DROP INDEX trading.ix_agreements_traded",
    """
DROP INDEX trading.ix_negotiations_desk_buyer_id, trading.ix_negotiations_desk_seller_id,
    trading.ix_trades_owner_id, trading.ix_trades_owner_id_open, trading.ix_trades_open, trading.ix_trades_open_commodity,
    trading.ix_trades_invited""",
    "CREATE INDEX ix_trades_owner_id ON trading.trades (owner_id, id)",
    f"CREATE INDEX ix_trades_open ON trading.trades (id) WHERE invited = '{{}}' AND {OPEN}",
    f"""
CREATE INDEX ix_trades_open_commodity ON trading.trades (lower(commodity), side, id)
WHERE invited = '{{}}' AND {OPEN}""",
    "CREATE INDEX ix_trades_invited ON trading.trades USING gin (invited) WHERE invited <> '{}'",
)


def upgrade() -> None:
    for statement in FORTH:
        op.execute(statement)


def downgrade() -> None:
    for statement in BACK:
        op.execute(statement)
