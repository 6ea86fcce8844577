"""Carts, and the groups of orders that one checkout places; a promo code may lower an order that is not paid yet."""

from alembic import op

from marketplace.adapters.sql.grants import grant

revision = "0035_carts"
down_revision = "0034_payme_click"
branch_labels = None
depends_on = None

UP = (
    """
CREATE TABLE ordering.cart_items (
    id uuid NOT NULL,
    owner_id uuid NOT NULL,
    listing_id uuid NOT NULL,
    quantity numeric(20, 6) NOT NULL CONSTRAINT ck_cart_items_quantity_positive CHECK (quantity > 0),
    amount_minor bigint NOT NULL,
    currency varchar(3) NOT NULL,
    added_at timestamptz NOT NULL,
    CONSTRAINT pk_cart_items PRIMARY KEY (id)
)""",
    "CREATE UNIQUE INDEX uq_cart_items_owner_id_listing_id ON ordering.cart_items (owner_id, listing_id)",
    """
CREATE TABLE ordering.order_groups (
    id uuid NOT NULL,
    number bigint GENERATED ALWAYS AS IDENTITY,
    buyer_id uuid NOT NULL,
    created_at timestamptz NOT NULL,
    CONSTRAINT pk_order_groups PRIMARY KEY (id),
    CONSTRAINT uq_order_groups_number UNIQUE (number)
)""",
    "ALTER TABLE ordering.orders DROP CONSTRAINT ck_orders_fee_within_amount",
    """
ALTER TABLE ordering.orders
    ADD CONSTRAINT ck_orders_fee_within_gross CHECK (fee_minor BETWEEN 0 AND amount_minor + discount_minor)""",
)
DOWN = (
    "ALTER TABLE ordering.orders DROP CONSTRAINT ck_orders_fee_within_gross",
    """
ALTER TABLE ordering.orders
    ADD CONSTRAINT ck_orders_fee_within_amount CHECK (fee_minor BETWEEN 0 AND amount_minor) NOT VALID""",
    "DROP TABLE ordering.order_groups",
    "DROP TABLE ordering.cart_items",
)


def upgrade() -> None:
    for statement in UP:
        op.execute(statement)
    grant("ordering.cart_items")
    grant("ordering.order_groups", "SELECT, INSERT")
    grant("ordering.order_lines", "UPDATE (discount_minor, fee_base_minor, fee_minor)")


def downgrade() -> None:
    for statement in DOWN:
        op.execute(statement)
