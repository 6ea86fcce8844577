"""Requests for refunds: one open at a time, escalated when nobody answers; lists of refunds and chargebacks."""

from alembic import op

revision = "0037_refund_requests"
down_revision = "0036_fulfilments"
branch_labels = None
depends_on = None

INDEXES = {
    "ix_refunds_requests": "refunds (id) WHERE requested_by = payer_id",
    "ix_refunds_requests_by_payer": "refunds (payer_id, id) WHERE requested_by = payer_id",
    "ix_refunds_requests_by_payee": "refunds (payee_id, id) WHERE requested_by = payer_id",
    "ix_refunds_open": "refunds (id) WHERE status = 'requested'",
    "ix_refunds_open_by_payee": "refunds (payee_id, id) WHERE status = 'requested'",
    "ix_refunds_escalated": "refunds (id) WHERE status = 'requested' AND escalated_at IS NOT NULL",
    "ix_refunds_failed": "refunds (id) WHERE status = 'failed'",
    "ix_payments_chargeback": "payments (id) WHERE chargeback <> 'none'",
    "ix_payments_chargeback_open": (
        "payments (id) WHERE chargeback IN ('early_warning', 'needs_response', 'under_review')"
    ),
}


def upgrade() -> None:
    op.execute("ALTER TABLE payments.refunds ADD COLUMN escalated_at timestamptz")
    for name, on in INDEXES.items():
        op.execute(f"CREATE INDEX {name} ON payments.{on}")
    op.execute("CREATE UNIQUE INDEX uq_refunds_open ON payments.refunds (payment_id) WHERE status = 'requested'")
    op.execute("INSERT INTO edge.transitions (machine, source, target) VALUES ('refund', 'requested', 'processing')")


def downgrade() -> None:
    op.execute("DELETE FROM edge.transitions WHERE (machine, source, target) = ('refund', 'requested', 'processing')")
    for name in ("uq_refunds_open", *reversed(INDEXES)):
        op.execute(f"DROP INDEX payments.{name}")
    op.execute("ALTER TABLE payments.refunds DROP COLUMN escalated_at")
