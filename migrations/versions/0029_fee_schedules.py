"""Fees follow schedules; every line of an order names the one that its fee was reckoned by."""

from alembic import op

from marketplace.adapters.sql.grants import grant

revision = "0029_fee_schedules"
down_revision = "0028_orders_and_money"
branch_labels = None
depends_on = None

SCHEDULES = (
    """
CREATE TABLE ordering.fee_schedules (
    id uuid NOT NULL,
    channel text,
    category text,
    seller_id uuid,
    basis_points integer NOT NULL
        CONSTRAINT ck_fee_schedules_basis_points_in_range CHECK (basis_points BETWEEN 0 AND 5000),
    fixed_minor bigint,
    minimum_minor bigint,
    maximum_minor bigint,
    currency varchar(3),
    starts_at timestamptz NOT NULL,
    ends_at timestamptz,
    note text NOT NULL,
    CONSTRAINT pk_fee_schedules PRIMARY KEY (id),
    CONSTRAINT ck_fee_schedules_ends_after_start CHECK (ends_at > starts_at),
    CONSTRAINT ck_fee_schedules_amounts_have_currency
        CHECK (currency IS NOT NULL OR num_nonnulls(fixed_minor, minimum_minor, maximum_minor) = 0),
    CONSTRAINT ck_fee_schedules_amounts_not_negative
        CHECK (least(fixed_minor, minimum_minor, maximum_minor) >= 0)
)""",
    "CREATE INDEX ix_fee_schedules_ends_at ON ordering.fee_schedules (coalesce(ends_at, 'infinity'))",
    "CREATE INDEX ix_fee_schedules_seller_id ON ordering.fee_schedules (seller_id) WHERE seller_id IS NOT NULL",
    """
INSERT INTO ordering.fee_schedules (id, channel, basis_points, starts_at, note) VALUES
    ('00000000-0000-7000-8000-000000000001', 'community', 500, '2020-01-01T00:00:00Z', 'Default'),
    ('00000000-0000-7000-8000-000000000002', 'discover', 1500, '2020-01-01T00:00:00Z', 'Default'),
    ('00000000-0000-7000-8000-000000000003', 'services', 500, '2020-01-01T00:00:00Z', 'Default'),
    ('00000000-0000-7000-8000-000000000004', 'desk', 500, '2020-01-01T00:00:00Z', 'Default')""",
    """
CREATE FUNCTION ordering.refuse_rewritten_fee() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF to_jsonb(old) - ARRAY['ends_at', 'note'] <> to_jsonb(new) - ARRAY['ends_at', 'note'] THEN
        RAISE EXCEPTION 'fee schedule % has begun', old.id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'ck_fee_schedules_begun';
    END IF;
    RETURN new;
END $$""",
    """
CREATE TRIGGER refuse_rewritten_fee BEFORE UPDATE ON ordering.fee_schedules
    FOR EACH ROW WHEN (old.starts_at <= now()) EXECUTE FUNCTION ordering.refuse_rewritten_fee()""",
)
LINES = (
    """
ALTER TABLE ordering.order_lines ADD COLUMN fee_schedule_id uuid, ADD COLUMN fee_fixed_minor bigint NOT NULL
    DEFAULT 0""",
    """
UPDATE ordering.order_lines l SET fee_schedule_id = s.id
FROM ordering.fee_schedules s WHERE s.channel = split_part(l.fee_rule, '_', 1)""",
    "ALTER TABLE ordering.order_lines ALTER COLUMN fee_schedule_id SET NOT NULL",
)


def upgrade() -> None:
    for statement in (*SCHEDULES, *LINES):
        op.execute(statement)
    grant("ordering.fee_schedules", "SELECT, INSERT, UPDATE")


def downgrade() -> None:
    op.execute("ALTER TABLE ordering.order_lines DROP COLUMN fee_schedule_id, DROP COLUMN fee_fixed_minor")
    op.execute("DROP TABLE ordering.fee_schedules")
    op.execute("DROP FUNCTION ordering.refuse_rewritten_fee")
