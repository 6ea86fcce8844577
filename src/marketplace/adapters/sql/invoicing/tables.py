from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    DateTime,
    ForeignKey,
    Index,
    Integer,
    String,
    Table,
    Text,
    UniqueConstraint,
    Uuid,
)
from sqlalchemy.dialects.postgresql import JSONB

from marketplace.adapters.sql.metadata import metadata

series = Table(
    "series",
    metadata,
    Column("seller_id", Uuid, primary_key=True),
    Column("year", Integer, nullable=False, server_default="0"),
    Column("invoices", Integer, nullable=False, server_default="0"),
    Column("credit_notes", Integer, nullable=False, server_default="0"),
    schema="invoicing",
)
"""The last numbers of a seller; they never go back."""

invoices = Table(
    "invoices",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("number", Text, nullable=False),
    Column("order_id", Uuid, nullable=False, unique=True),
    Column("order_number", Text, nullable=False),
    Column("seller_id", Uuid, nullable=False),
    Column("seller_name", Text, nullable=False),
    Column("buyer_id", Uuid, nullable=False),
    Column("buyer_name", Text, nullable=False),
    Column("currency", String(3), nullable=False),
    Column("lines", JSONB, nullable=False),
    Column(
        "tax_basis_points", Integer, CheckConstraint("tax_basis_points >= 0", name="tax_not_negative"), nullable=False
    ),
    Column("issued_at", DateTime(timezone=True), nullable=False),
    UniqueConstraint("seller_id", "number"),
    Index("ix_invoices_buyer_id", "buyer_id", "id"),
    Index("ix_invoices_seller_id", "seller_id", "id"),
    schema="invoicing",
)  # fmt: skip
"""`lines`: [{title, quantity (text), unit, amount, discount, tax (minor units)}]. Append-only."""

credit_notes = Table(
    "credit_notes",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("number", Text, nullable=False),
    Column("invoice_id", ForeignKey(invoices.c.id), nullable=False),
    Column("seller_id", Uuid, nullable=False),
    Column("refund_id", Uuid, nullable=False, unique=True),
    Column("total_minor", BigInteger, CheckConstraint("total_minor > 0", name="total_positive"), nullable=False),
    Column(
        "tax_minor", BigInteger, CheckConstraint("tax_minor BETWEEN 0 AND total_minor", name="tax_within_total"),
        nullable=False,
    ),
    Column("issued_at", DateTime(timezone=True), nullable=False),
    UniqueConstraint("seller_id", "number"),
    Index("ix_credit_notes_invoice_id", "invoice_id", "id"),
    schema="invoicing",
)  # fmt: skip
"""Append-only."""
