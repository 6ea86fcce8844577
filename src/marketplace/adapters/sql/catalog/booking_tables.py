from sqlalchemy import CheckConstraint, Column, DateTime, ForeignKey, Index, Integer, Table, Text, Uuid, text
from sqlalchemy.dialects.postgresql import JSONB, TSTZRANGE, ExcludeConstraint

from marketplace.adapters.sql.metadata import metadata

schedules = Table(
    "schedules",
    metadata,
    Column("service_id", Uuid, ForeignKey("catalog.listings.id"), primary_key=True),
    Column("hours", JSONB, nullable=False),
    schema="catalog",
)
"""Opening hours. Its row is locked by whoever books the service."""

bookings = Table(
    "bookings",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("service_id", Uuid, ForeignKey("catalog.listings.id"), nullable=False),
    Column("seller_id", Uuid, nullable=False),
    Column("booked_by", Uuid, nullable=False),
    Column("period", TSTZRANGE, CheckConstraint("NOT isempty(period)", name="period_not_empty"), nullable=False),
    Column("seat", Integer, CheckConstraint("seat > 0", name="seat_positive"), nullable=False),
    Column("status", Text, nullable=False),
    Column("expires_at", DateTime(timezone=True)),
    Column("created_at", DateTime(timezone=True), nullable=False),
    CheckConstraint("status <> 'held' OR expires_at IS NOT NULL", name="held_expires"),
    ExcludeConstraint(
        ("service_id", "="), ("period", "&&"), ("seat", "="),
        using="gist", where=text("status <> 'cancelled'"), name="ex_bookings_one_per_seat",
    ),
    Index("ix_bookings_seller_id", "seller_id", "service_id", "id"),
    Index("ix_bookings_booked_by", "booked_by", "service_id", "id"),
    Index("ix_bookings_held", "booked_by", postgresql_where=text("status = 'held'")),
    schema="catalog",
)  # fmt: skip
"""Who has which seat of a service and when: no two of one seat overlap."""
