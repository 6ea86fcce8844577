from sqlalchemy import BigInteger, CheckConstraint, Column, DateTime, Index, Integer, String, Table, Text, Uuid, text

from marketplace.adapters.sql.metadata import metadata

fee_schedules = Table(
    "fee_schedules",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("channel", Text),
    Column("category", Text),
    Column("seller_id", Uuid),
    Column(
        "basis_points", Integer, CheckConstraint("basis_points BETWEEN 0 AND 5000", name="basis_points_in_range"),
        nullable=False,
    ),
    Column("fixed_minor", BigInteger),
    Column("minimum_minor", BigInteger),
    Column("maximum_minor", BigInteger),
    Column("currency", String(3)),
    Column("starts_at", DateTime(timezone=True), nullable=False),
    Column("ends_at", DateTime(timezone=True)),
    Column("note", Text, nullable=False),
    CheckConstraint("ends_at > starts_at", name="ends_after_start"),
    CheckConstraint(
        "currency IS NOT NULL OR num_nonnulls(fixed_minor, minimum_minor, maximum_minor) = 0",
        name="amounts_have_currency",
    ),
    CheckConstraint("least(fixed_minor, minimum_minor, maximum_minor) >= 0", name="amounts_not_negative"),
    Index("ix_fee_schedules_ends_at", text("coalesce(ends_at, 'infinity')")),
    Index("ix_fee_schedules_seller_id", "seller_id", postgresql_where=text("seller_id IS NOT NULL")),
    schema="ordering",
)  # fmt: skip
