"""Promo codes, and every use of them, counted by code and by customer."""

from alembic import op

from marketplace.adapters.sql.grants import create_schema, grant

revision = "0030_promo_codes"
down_revision = "0029_fee_schedules"
branch_labels = None
depends_on = None

MOVES = {"reserved": "redeemed released", "redeemed": "released"}
TABLES = (
    """
CREATE TABLE promotions.promo_codes (
    id uuid NOT NULL,
    code text NOT NULL CONSTRAINT ck_promo_codes_code_plain CHECK (code ~ '^[A-Z0-9-]{3,32}$'),
    owner_id uuid,
    bearer text NOT NULL CONSTRAINT ck_promo_codes_bearer_known CHECK (bearer IN ('platform', 'seller')),
    basis_points integer CONSTRAINT ck_promo_codes_basis_points_in_range CHECK (basis_points BETWEEN 1 AND 10000),
    amount_minor bigint CONSTRAINT ck_promo_codes_amount_positive CHECK (amount_minor > 0),
    maximum_minor bigint,
    minimum_minor bigint,
    currency varchar(3),
    first_order_only boolean NOT NULL,
    channels text[] NOT NULL,
    categories text[] NOT NULL,
    listing_ids uuid[] NOT NULL,
    cap integer,
    per_customer integer NOT NULL,
    used integer NOT NULL CONSTRAINT ck_promo_codes_used_not_negative CHECK (used >= 0),
    starts_at timestamptz NOT NULL,
    ends_at timestamptz,
    is_active boolean NOT NULL,
    created_at timestamptz NOT NULL,
    CONSTRAINT pk_promo_codes PRIMARY KEY (id),
    CONSTRAINT ck_promo_codes_no_more_than_its_cap CHECK (used <= cap),
    CONSTRAINT ck_promo_codes_one_value CHECK ((basis_points IS NULL) <> (amount_minor IS NULL))
) WITH (fillfactor = 80)""",
    "CREATE UNIQUE INDEX uq_promo_codes_active ON promotions.promo_codes (code) WHERE is_active",
    "CREATE INDEX ix_promo_codes_owner_id ON promotions.promo_codes (owner_id, id)",
    """
CREATE TABLE promotions.customer_uses (
    code_id uuid NOT NULL,
    customer_id uuid NOT NULL,
    used integer NOT NULL CONSTRAINT ck_customer_uses_used_not_negative CHECK (used >= 0),
    CONSTRAINT pk_customer_uses PRIMARY KEY (code_id, customer_id),
    CONSTRAINT fk_customer_uses_code_id_promo_codes FOREIGN KEY (code_id) REFERENCES promotions.promo_codes (id)
)""",
    """
CREATE TABLE promotions.redemptions (
    id uuid NOT NULL,
    code_id uuid NOT NULL,
    customer_id uuid NOT NULL,
    discount_minor bigint NOT NULL CONSTRAINT ck_redemptions_discount_positive CHECK (discount_minor > 0),
    currency varchar(3) NOT NULL,
    status text NOT NULL,
    created_at timestamptz NOT NULL,
    CONSTRAINT pk_redemptions PRIMARY KEY (id),
    CONSTRAINT fk_redemptions_code_id_promo_codes FOREIGN KEY (code_id) REFERENCES promotions.promo_codes (id)
)""",
    "CREATE INDEX ix_redemptions_customer_id ON promotions.redemptions (customer_id, id)",
    """
CREATE TABLE promotions.discounted_orders (
    redemption_id uuid NOT NULL,
    order_id uuid NOT NULL,
    is_live boolean NOT NULL DEFAULT true,
    CONSTRAINT pk_discounted_orders PRIMARY KEY (redemption_id, order_id),
    CONSTRAINT fk_discounted_orders_redemption_id_redemptions FOREIGN KEY (redemption_id)
        REFERENCES promotions.redemptions (id)
)""",
    "CREATE UNIQUE INDEX uq_discounted_orders_live ON promotions.discounted_orders (order_id) WHERE is_live",
)
TRIGGER = """
CREATE TRIGGER legal_moves BEFORE UPDATE ON promotions.redemptions FOR EACH ROW
WHEN (OLD.status IS DISTINCT FROM NEW.status) EXECUTE FUNCTION edge.refuse_illegal_move('redemption')"""


def upgrade() -> None:
    create_schema("promotions")
    rows = ", ".join(f"('redemption', '{source}', '{to}')" for source, all_to in MOVES.items() for to in all_to.split())
    for statement in (*TABLES, f"INSERT INTO edge.transitions (machine, source, target) VALUES {rows}", TRIGGER):
        op.execute(statement)
    for table in ("promo_codes", "customer_uses", "redemptions", "discounted_orders"):
        grant(f"promotions.{table}", "SELECT, INSERT, UPDATE")


def downgrade() -> None:
    op.execute("DROP SCHEMA promotions CASCADE")
    op.execute("DELETE FROM edge.transitions WHERE machine = 'redemption'")
