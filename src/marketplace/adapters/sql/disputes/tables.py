from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    DateTime,
    ForeignKey,
    Index,
    Integer,
    SmallInteger,
    String,
    Table,
    Text,
    Uuid,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB

from marketplace.adapters.sql.metadata import metadata

LIVE = "status IN ('opened', 'awaiting_response', 'under_review', 'escalated')"

disputes = Table(
    "disputes",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("order_id", Uuid, nullable=False),
    Column("buyer_id", Uuid, nullable=False),
    Column("seller_id", Uuid, nullable=False),
    Column("opener", Text, CheckConstraint("opener IN ('buyer', 'seller')", name="opener_known"), nullable=False),
    Column("reason", Text, nullable=False),
    Column("amount_minor", BigInteger, nullable=False),
    Column("currency", String(3), nullable=False),
    Column("status", Text, nullable=False),
    Column("proposals", JSONB, nullable=False),
    Column("said", SmallInteger, nullable=False),
    Column("evidence", SmallInteger, nullable=False),
    Column("outcome", Text),
    Column("back_minor", BigInteger),
    Column("decided_by", Uuid),
    Column("decision", Text),
    Column("opened_at", DateTime(timezone=True), nullable=False),
    Column("response_due_at", DateTime(timezone=True), nullable=False),
    Column("escalated_at", DateTime(timezone=True)),
    Column("ended_at", DateTime(timezone=True)),
    Column("version", Integer, nullable=False, server_default="0"),
    CheckConstraint("buyer_id <> seller_id", name="two_parties"),
    CheckConstraint(
        "CASE WHEN outcome = 'split' THEN back_minor IS NOT NULL AND back_minor BETWEEN 1 AND amount_minor - 1"
        " ELSE back_minor IS NULL END",
        name="split_within_amount",
    ),
    Index("uq_disputes_live", "order_id", unique=True, postgresql_where=text(LIVE)),
    *(
        Index(f"ix_disputes_{'_'.join(columns) or 'opened_at'}", *columns, "opened_at", "id")
        for columns in (
            (), ("status",), ("buyer_id",), ("seller_id",), ("buyer_id", "status"), ("seller_id", "status"),
        )
    ),
    schema="disputes",
)  # fmt: skip
"""`proposals`: by side, the number of the message, the outcome and the minor units of a split or null."""

messages = Table(
    "messages",
    metadata,
    Column("dispute_id", Uuid, ForeignKey(disputes.c.id), primary_key=True),
    Column("number", SmallInteger, primary_key=True, autoincrement=False),
    Column("author_id", Uuid, nullable=False),
    Column("voice", Text, nullable=False),
    Column("text", Text, nullable=False),
    Column("outcome", Text),
    Column("back_minor", BigInteger),
    Column("said_at", DateTime(timezone=True), nullable=False),
    Index("ix_messages_author_id", "author_id", "dispute_id", "number"),
    schema="disputes",
)

evidence = Table(
    "evidence",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("dispute_id", Uuid, ForeignKey(disputes.c.id), nullable=False),
    Column("owner_id", Uuid, nullable=False),
    Column("voice", Text, nullable=False),
    Column("description", Text, nullable=False),
    Column("ending", Text, nullable=False),
    Column("size", Integer, nullable=False),
    Column("sha256", Text, nullable=False),
    Column("added_at", DateTime(timezone=True), nullable=False),
    Index("ix_evidence_dispute_id", "dispute_id", "id"),
    Index("ix_evidence_owner_id", "owner_id", "id"),
    schema="disputes",
)
