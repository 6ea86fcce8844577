from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    DateTime,
    ForeignKey,
    Identity,
    Index,
    Integer,
    Numeric,
    SmallInteger,
    String,
    Table,
    Text,
    Uuid,
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
        "fee_minor", BigInteger, CheckConstraint("fee_minor BETWEEN 0 AND amount_minor", name="fee_within_amount"),
        nullable=False,
    ),
    Column("status", Text, nullable=False),
    Column("payment_status", Text, nullable=False),
    Column("payment_due_at", DateTime(timezone=True), nullable=False),
    Column("created_at", DateTime(timezone=True), nullable=False),
    Column("version", Integer, nullable=False, server_default="0"),
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
