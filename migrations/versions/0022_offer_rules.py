"""Sellers' rules for offers, and what was agreed on."""

from alembic import op

from marketplace.adapters.sql.grants import grant

revision = "0022_offer_rules"
down_revision = "0021_offers"
branch_labels = None
depends_on = None

QUIET = """
    quiet_from time,
    quiet_until time,
    time_zone text,"""
UP = (
    f"""
CREATE TABLE trading.offer_rules (
    listing_id uuid NOT NULL,
    seller_id uuid NOT NULL,
    currency varchar(3),
    auto_accept_at_minor bigint,
    auto_decline_below_minor bigint,
    minimum_step_minor bigint,{QUIET}
    CONSTRAINT pk_offer_rules PRIMARY KEY (listing_id),
    CONSTRAINT ck_offer_rules_declines_below_acceptance CHECK (auto_decline_below_minor < auto_accept_at_minor),
    CONSTRAINT ck_offer_rules_quiet_hours_whole CHECK (num_nonnulls(quiet_from, quiet_until, time_zone) IN (0, 3))
)""",
    "CREATE INDEX ix_offer_rules_seller_id ON trading.offer_rules (seller_id)",
    f"""
CREATE TABLE trading.rules_for_all (
    seller_id uuid NOT NULL,
    auto_accept_at_percent smallint,
    auto_decline_below_percent smallint,
    minimum_step_percent smallint,{QUIET}
    CONSTRAINT pk_rules_for_all PRIMARY KEY (seller_id),
    CONSTRAINT ck_rules_for_all_declines_below_acceptance
        CHECK (auto_decline_below_percent < auto_accept_at_percent),
    CONSTRAINT ck_rules_for_all_quiet_hours_whole CHECK (num_nonnulls(quiet_from, quiet_until, time_zone) IN (0, 3))
)""",
    """
CREATE TABLE trading.agreements (
    negotiation_id uuid NOT NULL,
    order_id uuid NOT NULL,
    subject_kind text NOT NULL,
    subject_id uuid NOT NULL,
    category text,
    grade text,
    price_minor bigint NOT NULL,
    asked_minor bigint,
    currency varchar(3) NOT NULL,
    quantity numeric(20, 6) NOT NULL,
    unit text NOT NULL,
    unit_price numeric(20, 6) NOT NULL,
    agreed_at timestamptz NOT NULL,
    CONSTRAINT pk_agreements PRIMARY KEY (negotiation_id)
)""",
    """
CREATE INDEX ix_agreements_like ON trading.agreements (category, subject_kind, currency, unit, agreed_at)
INCLUDE (price_minor, asked_minor, unit_price)""",
    "CREATE INDEX ix_agreements_category ON trading.agreements (category, subject_kind, agreed_at)",
)


def upgrade() -> None:
    for statement in UP:
        op.execute(statement)
    grant("trading.offer_rules")
    grant("trading.rules_for_all")
    grant("trading.agreements", "SELECT, INSERT")


def downgrade() -> None:
    op.execute("DROP TABLE trading.agreements, trading.rules_for_all, trading.offer_rules")
