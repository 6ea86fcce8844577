"""One engine of negotiation: subjects, term sheets and trades; orders with lines; one hold primitive."""

from alembic import op

from marketplace.adapters.sql.grants import create_schema, grant

revision = "0020_negotiation"
down_revision = "0019_catalog_news"
branch_labels = None
depends_on = None

MOVES = {
    "hold": {"held": "released sold"},
    "trade": {
        "draft": "cancelled pending_approval published",
        "pending_approval": "cancelled published",
        "published": "awarded cancelled expired negotiating",
        "negotiating": "awarded cancelled expired",
        "awarded": "closed contracted",
        "contracted": "closed",
    },
}
STOCK = (
    """
CREATE TABLE inventory.stocks (
    subject_id uuid NOT NULL,
    total numeric(20, 6) NOT NULL,
    held numeric(20, 6) NOT NULL CONSTRAINT ck_stocks_held_not_negative CHECK (held >= 0),
    sold numeric(20, 6) NOT NULL DEFAULT 0 CONSTRAINT ck_stocks_sold_not_negative CHECK (sold >= 0),
    CONSTRAINT ck_stocks_no_more_than_there_is CHECK (held + sold <= total),
    CONSTRAINT pk_stocks PRIMARY KEY (subject_id)
)""",
    """
CREATE TABLE inventory.holds (
    id uuid NOT NULL,
    kind text NOT NULL,
    subject_id uuid NOT NULL,
    quantity numeric(20, 6) NOT NULL CONSTRAINT ck_holds_quantity_positive CHECK (quantity > 0),
    reason text NOT NULL,
    reference uuid NOT NULL,
    until timestamptz NOT NULL,
    status text NOT NULL DEFAULT 'held',
    CONSTRAINT pk_holds PRIMARY KEY (id),
    CONSTRAINT fk_holds_subject_id_stocks FOREIGN KEY (subject_id) REFERENCES inventory.stocks (subject_id)
)""",
    "CREATE INDEX ix_holds_reference ON inventory.holds (reference) WHERE status = 'held'",
    "CREATE INDEX ix_holds_subject_id ON inventory.holds (subject_id, id)",
    """
INSERT INTO inventory.stocks (subject_id, total, held, sold)
SELECT listing_id, 1, (payment_status = 'unpaid')::int, (payment_status <> 'unpaid')::int FROM ordering.orders
WHERE status NOT IN ('cancelled', 'expired')""",
    """
INSERT INTO inventory.holds (id, kind, subject_id, quantity, reason, reference, until, status)
SELECT gen_random_uuid(), 'listing', listing_id, 1, 'offer', id, payment_due_at,
    CASE payment_status WHEN 'unpaid' THEN 'held' ELSE 'sold' END
FROM ordering.orders WHERE status NOT IN ('cancelled', 'expired')""",
)
ORDERS = (
    """
CREATE TABLE ordering.order_lines (
    order_id uuid NOT NULL,
    line smallint NOT NULL,
    kind text NOT NULL,
    subject_id uuid NOT NULL,
    quantity numeric(20, 6) NOT NULL CONSTRAINT ck_order_lines_quantity_positive CHECK (quantity > 0),
    unit text NOT NULL,
    amount_minor bigint NOT NULL CONSTRAINT ck_order_lines_amount_not_negative CHECK (amount_minor >= 0),
    fee_rule text NOT NULL,
    fee_basis_points integer NOT NULL,
    fee_base_minor bigint NOT NULL,
    fee_minor bigint NOT NULL
        CONSTRAINT ck_order_lines_fee_within_amount CHECK (fee_minor BETWEEN 0 AND amount_minor),
    CONSTRAINT pk_order_lines PRIMARY KEY (order_id, line),
    CONSTRAINT fk_order_lines_order_id_orders FOREIGN KEY (order_id) REFERENCES ordering.orders (id)
)""",
    "CREATE INDEX ix_order_lines_subject_id ON ordering.order_lines (subject_id, order_id)",
    """
INSERT INTO ordering.order_lines
SELECT id, 1, 'listing', listing_id, quantity, 'piece', amount_minor, fee_rule, fee_basis_points, fee_base_minor,
    fee_minor
FROM ordering.orders""",
    "DROP INDEX ordering.uq_orders_live",
    "ALTER TABLE ordering.orders RENAME COLUMN listing_id TO subject_id",
    "ALTER TABLE ordering.orders ADD COLUMN subject_kind text NOT NULL DEFAULT 'listing'",
    "ALTER TABLE ordering.orders ALTER COLUMN subject_kind DROP DEFAULT",
    """
ALTER TABLE ordering.orders DROP COLUMN quantity, DROP COLUMN fee_rule, DROP COLUMN fee_basis_points,
    DROP COLUMN fee_base_minor""",
    "CREATE INDEX ix_orders_subject_id ON ordering.orders (subject_id, id)",
    "CREATE UNIQUE INDEX uq_orders_negotiation_id ON ordering.orders (negotiation_id)",
)
NEGOTIATIONS = (
    "ALTER TABLE trading.negotiations RENAME COLUMN listing_id TO subject_id",
    "ALTER TABLE trading.negotiations RENAME COLUMN list_price_minor TO asked_minor",
    """
ALTER TABLE trading.negotiations ALTER COLUMN asked_minor DROP NOT NULL,
    ADD COLUMN subject_kind text NOT NULL DEFAULT 'listing',
    ADD COLUMN listing_ids uuid[],
    ADD COLUMN opener text NOT NULL DEFAULT 'buyer',
    ADD COLUMN asked_quantity numeric(20, 6) DEFAULT 1,
    ADD COLUMN asked_unit text DEFAULT 'piece',
    ADD COLUMN asked_is_ceiling boolean DEFAULT true,
    ADD COLUMN closes_at timestamptz,
    ADD COLUMN sealed_until timestamptz,
    ADD COLUMN attempts integer NOT NULL DEFAULT 0,
    ADD COLUMN step_minor bigint""",
    "UPDATE trading.negotiations SET listing_ids = ARRAY[subject_id]",
    """
ALTER TABLE trading.negotiations ALTER COLUMN listing_ids SET NOT NULL, ALTER COLUMN subject_kind DROP DEFAULT,
    ALTER COLUMN opener DROP DEFAULT, ALTER COLUMN asked_quantity DROP DEFAULT, ALTER COLUMN asked_unit DROP DEFAULT,
    ALTER COLUMN asked_is_ceiling DROP DEFAULT, ALTER COLUMN attempts DROP DEFAULT""",
    "DROP INDEX trading.uq_negotiations_open, trading.ix_negotiations_buyer_id, trading.ix_negotiations_seller_id",
    """
CREATE UNIQUE INDEX uq_negotiations_open ON trading.negotiations (subject_id, buyer_id, seller_id)
WHERE status = 'open'""",
    "CREATE INDEX ix_negotiations_subject_id ON trading.negotiations (subject_id, id)",
    "CREATE INDEX ix_negotiations_buyer_id ON trading.negotiations (buyer_id, id)",
    "CREATE INDEX ix_negotiations_seller_id ON trading.negotiations (seller_id, id)",
    "CREATE INDEX ix_negotiations_open_buyer_id ON trading.negotiations (buyer_id, id) WHERE status = 'open'",
    "CREATE INDEX ix_negotiations_open_seller_id ON trading.negotiations (seller_id, id) WHERE status = 'open'",
    """
CREATE INDEX ix_negotiations_packages ON trading.negotiations USING gin (listing_ids)
WHERE subject_kind = 'package' AND status = 'open'""",
    """
ALTER TABLE trading.offers ALTER COLUMN quantity TYPE numeric(20, 6),
    ADD COLUMN price_unit text,
    ADD COLUMN unit text NOT NULL DEFAULT 'piece',
    ADD COLUMN terms jsonb,
    ADD COLUMN by_rule text,
    ADD COLUMN taken numeric(20, 6)""",
    "ALTER TABLE trading.offers ALTER COLUMN unit DROP DEFAULT",
    """
CREATE TABLE trading.trades (
    id uuid NOT NULL,
    owner_id uuid NOT NULL,
    side text NOT NULL,
    commodity text NOT NULL,
    grade text,
    quality jsonb NOT NULL,
    quantity numeric(20, 6) NOT NULL CONSTRAINT ck_trades_quantity_positive CHECK (quantity > 0),
    unit text NOT NULL,
    target_minor bigint,
    currency varchar(3) NOT NULL,
    price_unit text NOT NULL,
    delivery_place text,
    delivery_terms text,
    delivery_days integer,
    payment_terms text,
    visibility text NOT NULL,
    invited uuid[] NOT NULL,
    valid_until timestamptz NOT NULL,
    status text NOT NULL,
    created_at timestamptz NOT NULL,
    version integer NOT NULL DEFAULT 0,
    CONSTRAINT pk_trades PRIMARY KEY (id)
)""",
    "CREATE INDEX ix_trades_owner_id ON trading.trades (owner_id, id)",
    """
CREATE INDEX ix_trades_open ON trading.trades (id)
WHERE invited = '{}' AND status IN ('published', 'negotiating')""",
    """
CREATE INDEX ix_trades_open_commodity ON trading.trades (lower(commodity), side, id)
WHERE invited = '{}' AND status IN ('published', 'negotiating')""",
    "CREATE INDEX ix_trades_invited ON trading.trades USING gin (invited) WHERE invited <> '{}'",
)
STATUS_OF = {"inventory.holds": "hold", "trading.trades": "trade"}
BACK = (
    "DELETE FROM edge.transitions WHERE machine IN ('hold', 'trade')",
    "DROP TABLE trading.trades",
    "DELETE FROM ordering.order_lines WHERE order_id IN (SELECT id FROM ordering.orders WHERE subject_kind <> 'listing')",
    "DELETE FROM ordering.orders WHERE subject_kind <> 'listing'",
    """
DELETE FROM trading.offers WHERE negotiation_id IN (
    SELECT id FROM trading.negotiations WHERE subject_kind <> 'listing'
)""",
    "DELETE FROM trading.negotiations WHERE subject_kind <> 'listing'",
    """
ALTER TABLE trading.offers DROP COLUMN price_unit, DROP COLUMN unit, DROP COLUMN terms, DROP COLUMN by_rule,
    DROP COLUMN taken, ALTER COLUMN quantity TYPE integer""",
    """
DROP INDEX trading.uq_negotiations_open, trading.ix_negotiations_subject_id, trading.ix_negotiations_buyer_id,
    trading.ix_negotiations_seller_id, trading.ix_negotiations_open_buyer_id, trading.ix_negotiations_open_seller_id,
    trading.ix_negotiations_packages""",
    """
ALTER TABLE trading.negotiations DROP COLUMN subject_kind, DROP COLUMN listing_ids, DROP COLUMN opener,
    DROP COLUMN asked_quantity, DROP COLUMN asked_unit, DROP COLUMN asked_is_ceiling, DROP COLUMN closes_at,
    DROP COLUMN sealed_until, DROP COLUMN attempts, DROP COLUMN step_minor, ALTER COLUMN asked_minor SET NOT NULL""",
    "ALTER TABLE trading.negotiations RENAME COLUMN asked_minor TO list_price_minor",
    "ALTER TABLE trading.negotiations RENAME COLUMN subject_id TO listing_id",
    "CREATE UNIQUE INDEX uq_negotiations_open ON trading.negotiations (listing_id, buyer_id) WHERE status = 'open'",
    "CREATE INDEX ix_negotiations_buyer_id ON trading.negotiations (buyer_id, status)",
    "CREATE INDEX ix_negotiations_seller_id ON trading.negotiations (seller_id, status)",
    "DROP INDEX ordering.uq_orders_negotiation_id, ordering.ix_orders_subject_id",
    """
ALTER TABLE ordering.orders DROP COLUMN subject_kind, ADD COLUMN quantity integer, ADD COLUMN fee_rule text,
    ADD COLUMN fee_basis_points integer, ADD COLUMN fee_base_minor bigint""",
    "ALTER TABLE ordering.orders RENAME COLUMN subject_id TO listing_id",
    """
UPDATE ordering.orders o SET quantity = l.quantity, fee_rule = l.fee_rule, fee_basis_points = l.fee_basis_points,
    fee_base_minor = l.fee_base_minor
FROM ordering.order_lines l WHERE l.order_id = o.id""",
    """
ALTER TABLE ordering.orders ALTER COLUMN quantity SET NOT NULL, ALTER COLUMN fee_rule SET NOT NULL,
    ALTER COLUMN fee_basis_points SET NOT NULL, ALTER COLUMN fee_base_minor SET NOT NULL""",
    "CREATE UNIQUE INDEX uq_orders_live ON ordering.orders (listing_id) WHERE status NOT IN ('cancelled', 'expired')",
    "DROP TABLE ordering.order_lines",
    "DROP SCHEMA inventory CASCADE",
)


def upgrade() -> None:
    create_schema("inventory")
    for statement in (*STOCK, *ORDERS, *NEGOTIATIONS):
        op.execute(statement)
    for machine, moves in MOVES.items():
        rows = ", ".join(
            f"('{machine}', '{source}', '{to}')" for source, all_to in moves.items() for to in all_to.split()
        )
        op.execute(f"INSERT INTO edge.transitions (machine, source, target) VALUES {rows}")
    for table, machine in STATUS_OF.items():
        op.execute(
            f"CREATE TRIGGER legal_moves BEFORE UPDATE ON {table} FOR EACH ROW "
            f"WHEN (OLD.status IS DISTINCT FROM NEW.status) EXECUTE FUNCTION edge.refuse_illegal_move('{machine}')"
        )
    for table in ("inventory.stocks", "inventory.holds", "ordering.order_lines", "trading.trades"):
        grant(table, "SELECT, INSERT, UPDATE")


def downgrade() -> None:
    for statement in BACK:
        op.execute(statement)
