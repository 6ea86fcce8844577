from sqlalchemy import CheckConstraint, Column, DateTime, ForeignKey, Index, Integer, Table, Text, Uuid

from marketplace.adapters.sql.metadata import metadata

_STATUS = "status IN ('queued', 'running', 'done', 'failed')"

imports = Table(
    "imports",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("seller_id", Uuid, nullable=False),
    Column(
        "mode", Text, CheckConstraint("mode IN ('all_or_nothing', 'valid_rows')", name="mode_known"), nullable=False
    ),
    Column("status", Text, CheckConstraint(_STATUS, name="status_known"), nullable=False),
    Column("row_count", Integer),
    Column("checked", Integer, nullable=False),
    Column("imported", Integer, nullable=False),
    Column("failed", Integer, nullable=False),
    Column("created_at", DateTime(timezone=True), nullable=False),
    Column("finished_at", DateTime(timezone=True)),
    Column("version", Integer, nullable=False, server_default="0"),
    Index("ix_imports_seller_id", "seller_id", "id"),
    schema="catalog",
)

import_problems = Table(
    "import_problems",
    metadata,
    Column("import_id", ForeignKey("catalog.imports.id", ondelete="CASCADE"), primary_key=True),
    Column("row_number", Integer, primary_key=True),
    Column("field", Text),
    Column("code", Text, nullable=False),
    Column("message", Text, nullable=False),
    schema="catalog",
)

exports = Table(
    "exports",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("seller_id", Uuid, nullable=False),
    Column("format", Text, CheckConstraint("format IN ('csv', 'jsonl')", name="format_known"), nullable=False),
    Column("status", Text, CheckConstraint(_STATUS, name="status_known"), nullable=False),
    Column("row_count", Integer),
    Column("size", Integer),
    Column("created_at", DateTime(timezone=True), nullable=False),
    Column("expires_at", DateTime(timezone=True), nullable=False),
    schema="catalog",
)
