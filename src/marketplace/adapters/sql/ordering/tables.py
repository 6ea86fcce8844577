from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    DateTime,
    ForeignKey,
    ForeignKeyConstraint,
    Identity,
    Index,
    Integer,
    Numeric,
    PrimaryKeyConstraint,
    SmallInteger,
    String,
    Table,
    Text,
    Uuid,
    text,
)

from marketplace.adapters.sql.metadata import metadata

orders = Table(
    "orders",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("number", BigInteger, Identity(always=True), nullable=False, unique=True),
    Column("subject_kind", Text, nullable=False),
    Column("subject_id", Uuid, nullable=False),
    Column("negotiation_id", Uuid),
    Column("buyer_id", Uuid, nullable=False),
    Column("seller_id", Uuid, nullable=False),
    Column("amount_minor", BigInteger, CheckConstraint("amount_minor > 0", name="amount_positive"), nullable=False),
    Column("currency", String(3), nullable=False),
    Column(
        "fee_minor", BigInteger,
        CheckConstraint("fee_minor BETWEEN 0 AND amount_minor + discount_minor", name="fee_within_gross"),
        nullable=False,
    ),
    Column("status", Text, nullable=False),
    Column("payment_status", Text, nullable=False),
    Column("payment_due_at", DateTime(timezone=True), nullable=False),
    Column("created_at", DateTime(timezone=True), nullable=False),
    Column("version", Integer, nullable=False, server_default="0"),
    Column("group_id", Uuid),
    Column("discount_minor", BigInteger, nullable=False, server_default="0"),
    Column("discount_bearer", Text),
    Column("promo_code_id", Uuid),
    Column("is_service", Boolean, nullable=False, server_default="false"),
    Column("notes", Text),
    Column("scheduled_at", DateTime(timezone=True)),
    Column("booking_id", Uuid),
    Column("assignee_id", Uuid),
    Column("changes_asked", SmallInteger, nullable=False, server_default="0"),
    Column("delivered_at", DateTime(timezone=True)),
    Column("completed_at", DateTime(timezone=True)),
    Column("before_dispute", Text),
    Index("ix_orders_group_id", "group_id", postgresql_where=text("group_id IS NOT NULL")),
    Index("ix_orders_assignee_id", "assignee_id", "id", postgresql_where=text("assignee_id <> seller_id")),
    Index(
        "ix_orders_assignee_id_status", "assignee_id", "status", "id",
        postgresql_where=text("assignee_id <> seller_id"),
    ),
    Index("ix_orders_buyer_id_status", "buyer_id", "status", "id"),
    Index("ix_orders_seller_id_status", "seller_id", "status", "id"),
    Index("ix_orders_subject_id", "subject_id", "id"),
    Index("uq_orders_negotiation_id", "negotiation_id", unique=True),
    Index("ix_orders_buyer_id", "buyer_id", "id"),
    Index("ix_orders_seller_id", "seller_id", "id"),
    schema="ordering",
)  # fmt: skip

order_lines = Table(
    "order_lines",
    metadata,
    Column("order_id", ForeignKey(orders.c.id), primary_key=True),
    Column("line", SmallInteger, primary_key=True),
    Column("kind", Text, nullable=False),
    Column("subject_id", Uuid, nullable=False),
    Column("quantity", Numeric(20, 6), CheckConstraint("quantity > 0", name="quantity_positive"), nullable=False),
    Column("unit", Text, nullable=False),
    Column(
        "amount_minor", BigInteger, CheckConstraint("amount_minor >= 0", name="amount_not_negative"), nullable=False
    ),
    Column(
        "discount_minor", BigInteger, CheckConstraint("discount_minor BETWEEN 0 AND amount_minor",
        name="discount_within_amount"), nullable=False, server_default="0",
    ),
    Column("fee_rule", Text, nullable=False),
    Column("fee_basis_points", Integer, nullable=False),
    Column("fee_base_minor", BigInteger, nullable=False),
    Column(
        "fee_minor", BigInteger, CheckConstraint("fee_minor BETWEEN 0 AND amount_minor", name="fee_within_amount"),
        nullable=False,
    ),
    Column("fee_schedule_id", Uuid, nullable=False),
    Column("fee_fixed_minor", BigInteger, nullable=False, server_default="0"),
    Index("ix_order_lines_subject_id", "subject_id", "order_id"),
    schema="ordering",
)  # fmt: skip

move_actors = Table(
    "move_actors",
    metadata,
    Column("source", Text, nullable=False),
    Column("target", Text, nullable=False),
    Column("role", Text, nullable=False),
    PrimaryKeyConstraint("source", "target", "role"),
    schema="ordering",
)
"""domain/ordering/moves.py ORDER_ACTORS."""

order_steps = Table(
    "order_steps",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("order_id", ForeignKey(orders.c.id), nullable=False),
    Column("source", Text, nullable=False),
    Column("target", Text, nullable=False),
    Column("role", Text, nullable=False),
    Column("actor_id", Uuid),
    Column("reason", Text),
    Column("at", DateTime(timezone=True), nullable=False),
    ForeignKeyConstraint(
        ["source", "target", "role"], [move_actors.c.source, move_actors.c.target, move_actors.c.role]
    ),
    Index("ix_order_steps_order_id", "order_id", "id"),
    Index("ix_order_steps_actor_id", "actor_id", "id", postgresql_where=text("actor_id IS NOT NULL")),
    schema="ordering",
)

fulfilments = Table(
    "fulfilments",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("order_id", ForeignKey(orders.c.id), nullable=False),
    Column("by_id", Uuid, nullable=False),
    Column("round", SmallInteger, nullable=False),
    Column("carrier", Text),
    Column("tracking_number", Text),
    Column("tracking_url", Text),
    Column("note", Text),
    Column("shipped_at", DateTime(timezone=True), nullable=False),
    Index("ix_fulfilments_order_id", "order_id", "id"),
    Index("ix_fulfilments_by_id", "by_id", "id"),
    schema="ordering",
)

fulfilment_lines = Table(
    "fulfilment_lines",
    metadata,
    Column("fulfilment_id", ForeignKey(fulfilments.c.id), primary_key=True),
    Column("line", SmallInteger, primary_key=True),
    Column("quantity", Numeric(20, 6), CheckConstraint("quantity > 0", name="quantity_positive"), nullable=False),
    schema="ordering",
)
