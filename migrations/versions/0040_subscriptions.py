"""Plans of creators, subscriptions to them, and the periods that are paid one by one."""

from alembic import op

from marketplace.adapters.sql.grants import create_schema, grant

revision = "0040_subscriptions"
down_revision = "0039_disputes"
branch_labels = None
depends_on = None

MOVES = {
    "subscription": {
        "trialing": "active past_due paused cancelling ended", "active": "past_due paused cancelling ended",
        "past_due": "active unpaid paused cancelling ended", "unpaid": "active cancelling ended",
        "paused": "active cancelling ended", "cancelling": "active ended",
    },
    "subscription_period": {
        "due": "charging paid failed void", "charging": "paid failed void", "failed": "charging paid void",
    },
}  # fmt: skip
TABLES = (
    """
CREATE TABLE subscriptions.plans (
    id uuid NOT NULL,
    creator_id uuid NOT NULL,
    name text NOT NULL,
    description text NOT NULL,
    price_minor bigint NOT NULL CONSTRAINT ck_plans_price_positive CHECK (price_minor > 0),
    currency varchar(3) NOT NULL,
    interval text NOT NULL,
    interval_count smallint NOT NULL,
    trial_days smallint NOT NULL,
    is_archived boolean NOT NULL,
    created_at timestamptz NOT NULL,
    version integer NOT NULL DEFAULT 0,
    CONSTRAINT pk_plans PRIMARY KEY (id)
)""",
    "CREATE INDEX ix_plans_creator_id ON subscriptions.plans (creator_id, id)",
    "CREATE INDEX ix_plans_open ON subscriptions.plans (id) WHERE NOT is_archived",
    """
CREATE TABLE subscriptions.subscriptions (
    id uuid NOT NULL,
    subscriber_id uuid NOT NULL,
    creator_id uuid NOT NULL,
    plan_id uuid NOT NULL,
    next_plan_id uuid,
    method text NOT NULL,
    method_id uuid,
    status text NOT NULL,
    had_trial boolean NOT NULL,
    period_id uuid NOT NULL,
    upgrade_id uuid,
    anchor timestamptz NOT NULL,
    turn integer NOT NULL,
    credit_minor bigint NOT NULL CONSTRAINT ck_subscriptions_credit_not_negative CHECK (credit_minor >= 0),
    currency varchar(3) NOT NULL,
    is_pausing boolean NOT NULL,
    failing_since timestamptz,
    next_at timestamptz,
    created_at timestamptz NOT NULL,
    ended_at timestamptz,
    version integer NOT NULL DEFAULT 0,
    CONSTRAINT pk_subscriptions PRIMARY KEY (id),
    CONSTRAINT fk_subscriptions_plan_id_plans FOREIGN KEY (plan_id) REFERENCES subscriptions.plans (id),
    CONSTRAINT fk_subscriptions_next_plan_id_plans FOREIGN KEY (next_plan_id) REFERENCES subscriptions.plans (id),
    CONSTRAINT ck_subscriptions_not_to_oneself CHECK (subscriber_id <> creator_id)
) WITH (fillfactor = 80)""",
    "CREATE INDEX ix_subscriptions_subscriber_id ON subscriptions.subscriptions (subscriber_id, id)",
    """
CREATE INDEX ix_subscriptions_open ON subscriptions.subscriptions (creator_id, id) WHERE status <> 'ended'""",
    """
CREATE UNIQUE INDEX uq_subscriptions_open ON subscriptions.subscriptions (subscriber_id, creator_id)
WHERE status <> 'ended'""",
    """
CREATE UNIQUE INDEX uq_subscriptions_trial ON subscriptions.subscriptions (subscriber_id, creator_id)
WHERE had_trial""",
    """
CREATE TABLE subscriptions.periods (
    id uuid NOT NULL,
    subscription_id uuid NOT NULL,
    number integer NOT NULL,
    plan_id uuid NOT NULL,
    starts_at timestamptz NOT NULL,
    ends_at timestamptz NOT NULL,
    amount_minor bigint NOT NULL,
    credit_minor bigint NOT NULL,
    fee_minor bigint NOT NULL,
    refunded_minor bigint NOT NULL,
    currency varchar(3) NOT NULL,
    status text NOT NULL,
    CONSTRAINT pk_periods PRIMARY KEY (id),
    CONSTRAINT uq_periods_subscription_id_number UNIQUE (subscription_id, number),
    CONSTRAINT fk_periods_subscription_id_subscriptions FOREIGN KEY (subscription_id)
        REFERENCES subscriptions.subscriptions (id),
    CONSTRAINT fk_periods_plan_id_plans FOREIGN KEY (plan_id) REFERENCES subscriptions.plans (id),
    CONSTRAINT ck_periods_ends_after_start CHECK (ends_at > starts_at),
    CONSTRAINT ck_periods_never_negative CHECK (least(amount_minor, credit_minor) >= 0),
    CONSTRAINT ck_periods_fee_within_amount CHECK (fee_minor BETWEEN 0 AND amount_minor),
    CONSTRAINT ck_periods_refunded_within_amount CHECK (refunded_minor BETWEEN 0 AND amount_minor)
) WITH (fillfactor = 80)""",
    """
INSERT INTO ordering.fee_schedules (id, channel, basis_points, starts_at, note) VALUES
    ('00000000-0000-7000-8000-000000000005', 'subscriptions', 500, '2020-01-01T00:00:00Z', 'Default')""",
)
TRIGGER = """
CREATE TRIGGER legal_moves BEFORE UPDATE ON subscriptions.{table} FOR EACH ROW
WHEN (OLD.status IS DISTINCT FROM NEW.status) EXECUTE FUNCTION edge.refuse_illegal_move('{machine}')"""


def upgrade() -> None:
    create_schema("subscriptions")
    rows = ", ".join(
        f"('{machine}', '{source}', '{to}')"
        for machine, moves in MOVES.items()
        for source, all_to in moves.items()
        for to in all_to.split()
    )
    for statement in (*TABLES, f"INSERT INTO edge.transitions (machine, source, target) VALUES {rows}"):
        op.execute(statement)
    op.execute(TRIGGER.format(table="subscriptions", machine="subscription"))
    op.execute(TRIGGER.format(table="periods", machine="subscription_period"))
    grant("subscriptions.plans", "SELECT, INSERT, UPDATE (name, description, is_archived, version)")
    for table in ("subscriptions", "periods"):
        grant(f"subscriptions.{table}", "SELECT, INSERT, UPDATE")


def downgrade() -> None:
    op.execute("DROP SCHEMA subscriptions CASCADE")
    op.execute("DELETE FROM edge.transitions WHERE machine IN ('subscription', 'subscription_period')")
    op.execute("DELETE FROM ordering.fee_schedules WHERE id = '00000000-0000-7000-8000-000000000005'")
