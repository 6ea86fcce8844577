from sqlalchemy import CheckConstraint, Column, DateTime, ForeignKey, Index, Numeric, Table, Text, Uuid, text

from marketplace.adapters.sql.metadata import metadata

stocks = Table(
    "stocks",
    metadata,
    Column("subject_id", Uuid, primary_key=True),
    Column("total", Numeric(20, 6), nullable=False),
    Column("held", Numeric(20, 6), CheckConstraint("held >= 0", name="held_not_negative"), nullable=False),
    Column(
        "sold", Numeric(20, 6), CheckConstraint("sold >= 0", name="sold_not_negative"), nullable=False,
        server_default="0",
    ),
    CheckConstraint("held + sold <= total", name="no_more_than_there_is"),
    schema="inventory",
)  # fmt: skip
"""Of what was ever held; everything else is there in full."""

holds = Table(
    "holds",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("kind", Text, nullable=False),
    Column("subject_id", ForeignKey(stocks.c.subject_id), nullable=False),
    Column("quantity", Numeric(20, 6), CheckConstraint("quantity > 0", name="quantity_positive"), nullable=False),
    Column("reason", Text, nullable=False),
    Column("reference", Uuid, nullable=False),
    Column("until", DateTime(timezone=True), nullable=False),
    Column("status", Text, nullable=False, server_default="held"),
    Index("ix_holds_reference", "reference", postgresql_where=text("status <> 'released'")),
    Index("ix_holds_subject_id", "subject_id", "id"),
    schema="inventory",
)
