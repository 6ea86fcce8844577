"""Fulfilments of orders, lists of one's own orders by status, and goods that come back from a cancelled order."""

from alembic import op

from marketplace.adapters.sql.grants import grant

revision = "0036_fulfilments"
down_revision = "0035_carts"
branch_labels = None
depends_on = None

TABLES = (
    """
CREATE TABLE ordering.fulfilments (
    id uuid NOT NULL,
    order_id uuid NOT NULL,
    by_id uuid NOT NULL,
    round smallint NOT NULL,
    carrier text,
    tracking_number text,
    tracking_url text,
    note text,
    shipped_at timestamptz NOT NULL,
    CONSTRAINT pk_fulfilments PRIMARY KEY (id),
    CONSTRAINT fk_fulfilments_order_id_orders FOREIGN KEY (order_id) REFERENCES ordering.orders (id)
)""",
    "CREATE INDEX ix_fulfilments_order_id ON ordering.fulfilments (order_id, id)",
    "CREATE INDEX ix_fulfilments_by_id ON ordering.fulfilments (by_id, id)",
    "CREATE INDEX ix_order_steps_actor_id ON ordering.order_steps (actor_id, id) WHERE actor_id IS NOT NULL",
    """
CREATE TABLE ordering.fulfilment_lines (
    fulfilment_id uuid NOT NULL,
    line smallint NOT NULL,
    quantity numeric(20, 6) NOT NULL CONSTRAINT ck_fulfilment_lines_quantity_positive CHECK (quantity > 0),
    CONSTRAINT pk_fulfilment_lines PRIMARY KEY (fulfilment_id, line),
    CONSTRAINT fk_fulfilment_lines_fulfilment_id_fulfilments
        FOREIGN KEY (fulfilment_id) REFERENCES ordering.fulfilments (id)
)""",
    "CREATE INDEX ix_orders_buyer_id_status ON ordering.orders (buyer_id, status, id)",
    "CREATE INDEX ix_orders_seller_id_status ON ordering.orders (seller_id, status, id)",
    "DROP INDEX ordering.ix_orders_assignee_id",
    """
CREATE INDEX ix_orders_assignee_id ON ordering.orders (assignee_id, id) WHERE assignee_id <> seller_id""",
    """
CREATE INDEX ix_orders_assignee_id_status ON ordering.orders (assignee_id, status, id)
WHERE assignee_id <> seller_id""",
)
MOVES = (
    ("hold", "sold", "released"),
    ("listing", "sold", "active"),
    ("listing", "sold", "paused"),
    ("lot", "sold", "available"),
)
GOODS = (
    "DROP INDEX inventory.ix_holds_reference",
    "CREATE INDEX ix_holds_reference ON inventory.holds (reference) WHERE status <> 'released'",
    """
CREATE OR REPLACE FUNCTION catalog.keep_own_listings() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        INSERT INTO catalog.own_listings (seller_id, listing_id, is_open)
        SELECT l.seller_id, l.id, added.status <> 'sold'
        FROM added JOIN catalog.listings l ON l.id = added.listing_id WHERE added.status <> 'removed';
    ELSE
        DELETE FROM catalog.own_listings own USING catalog.listings l
        WHERE l.id = NEW.listing_id AND own.seller_id = l.seller_id AND own.listing_id = l.id
            AND NEW.status = 'removed';
        UPDATE catalog.own_listings own SET is_open = NEW.status <> 'sold' FROM catalog.listings l
        WHERE l.id = NEW.listing_id AND own.seller_id = l.seller_id AND own.listing_id = l.id
            AND NEW.status <> 'removed';
    END IF;
    RETURN NULL;
END $$""",
    "DROP TRIGGER own_listings_of_ended ON catalog.listing_states",
    """
CREATE TRIGGER own_listings_of_ended AFTER UPDATE ON catalog.listing_states FOR EACH ROW
    WHEN (OLD.status <> NEW.status AND (NEW.status IN ('sold', 'removed') OR OLD.status = 'sold'))
    EXECUTE FUNCTION catalog.keep_own_listings()""",
)
DOWN = (
    "DROP TRIGGER own_listings_of_ended ON catalog.listing_states",
    """
CREATE TRIGGER own_listings_of_ended AFTER UPDATE ON catalog.listing_states FOR EACH ROW
    WHEN (OLD.status <> NEW.status AND NEW.status IN ('sold', 'removed'))
    EXECUTE FUNCTION catalog.keep_own_listings()""",
    "DROP INDEX inventory.ix_holds_reference",
    "CREATE INDEX ix_holds_reference ON inventory.holds (reference) WHERE status = 'held'",
    """
DELETE FROM edge.transitions WHERE (machine, source, target) IN (
    ('hold', 'sold', 'released'), ('listing', 'sold', 'active'), ('listing', 'sold', 'paused'),
    ('lot', 'sold', 'available'))""",
    "DROP INDEX ordering.ix_orders_assignee_id_status, ordering.ix_orders_assignee_id,"
    " ordering.ix_orders_seller_id_status, ordering.ix_orders_buyer_id_status",
    "CREATE INDEX ix_orders_assignee_id ON ordering.orders (assignee_id, id) WHERE assignee_id IS NOT NULL",
    "DROP INDEX ordering.ix_order_steps_actor_id",
    "DROP TABLE ordering.fulfilment_lines",
    "DROP TABLE ordering.fulfilments",
)


def upgrade() -> None:
    for statement in (*TABLES, *GOODS):
        op.execute(statement)
    rows = ", ".join(f"('{machine}', '{source}', '{to}')" for machine, source, to in MOVES)
    op.execute(f"INSERT INTO edge.transitions (machine, source, target) VALUES {rows}")
    grant("ordering.fulfilments", "SELECT, INSERT")
    grant("ordering.fulfilment_lines", "SELECT, INSERT")


def downgrade() -> None:
    for statement in DOWN:
        op.execute(statement)
