"""Orders have a life with actors, payments a cause and shares; refunds; clearing by provider; settled earnings."""

from uuid import NAMESPACE_URL, uuid5

from alembic import op
from sqlalchemy import text

from marketplace.adapters.sql.grants import grant

revision = "0028_orders_and_money"
down_revision = "0027_forget_parses"
branch_labels = None
depends_on = None

ORDERS = (
    """
ALTER TABLE ordering.orders
    ADD COLUMN group_id uuid,
    ADD COLUMN discount_minor bigint NOT NULL DEFAULT 0,
    ADD COLUMN discount_bearer text,
    ADD COLUMN promo_code_id uuid,
    ADD COLUMN is_service boolean NOT NULL DEFAULT false,
    ADD COLUMN notes text,
    ADD COLUMN scheduled_at timestamptz,
    ADD COLUMN booking_id uuid,
    ADD COLUMN assignee_id uuid,
    ADD COLUMN changes_asked smallint NOT NULL DEFAULT 0,
    ADD COLUMN delivered_at timestamptz,
    ADD COLUMN completed_at timestamptz,
    ADD COLUMN before_dispute text""",
    """
UPDATE ordering.orders o SET is_service = true FROM catalog.listings l WHERE l.id = o.subject_id AND l.kind = 'service'
""",
    "CREATE INDEX ix_orders_group_id ON ordering.orders (group_id) WHERE group_id IS NOT NULL",
    "CREATE INDEX ix_orders_assignee_id ON ordering.orders (assignee_id, id) WHERE assignee_id IS NOT NULL",
    """
ALTER TABLE ordering.order_lines ADD COLUMN discount_minor bigint NOT NULL DEFAULT 0
    CONSTRAINT ck_order_lines_discount_within_amount CHECK (discount_minor BETWEEN 0 AND amount_minor)""",
    """
CREATE TABLE ordering.move_actors (
    source text NOT NULL, target text NOT NULL, role text NOT NULL,
    CONSTRAINT pk_move_actors PRIMARY KEY (source, target, role)
)""",
    """
CREATE TABLE ordering.order_steps (
    id bigint GENERATED ALWAYS AS IDENTITY,
    order_id uuid NOT NULL,
    source text NOT NULL,
    target text NOT NULL,
    role text NOT NULL,
    actor_id uuid,
    reason text,
    at timestamptz NOT NULL,
    CONSTRAINT pk_order_steps PRIMARY KEY (id),
    CONSTRAINT fk_order_steps_order_id_orders FOREIGN KEY (order_id) REFERENCES ordering.orders (id),
    CONSTRAINT fk_order_steps_source_target_role_move_actors
        FOREIGN KEY (source, target, role) REFERENCES ordering.move_actors (source, target, role)
)""",
    "CREATE INDEX ix_order_steps_order_id ON ordering.order_steps (order_id, id)",
)
PAYMENTS = (
    "ALTER TABLE payments.payments RENAME COLUMN order_id TO cause_id",
    "ALTER INDEX payments.ix_payments_order_id RENAME TO ix_payments_cause_id",
    """
ALTER TABLE payments.payments
    ADD COLUMN cause_kind text NOT NULL DEFAULT 'order',
    ADD COLUMN subsidy_minor bigint NOT NULL DEFAULT 0,
    ADD COLUMN shares jsonb,
    ADD COLUMN provider text NOT NULL DEFAULT 'simulator',
    ADD COLUMN chargeback text NOT NULL DEFAULT 'none',
    ADD COLUMN checkout_url text,
    ADD COLUMN withdrawn_minor bigint NOT NULL DEFAULT 0,
    ADD COLUMN refunding_minor bigint NOT NULL DEFAULT 0,
    ADD COLUMN refunded_minor bigint NOT NULL DEFAULT 0,
    ADD COLUMN is_settled boolean NOT NULL DEFAULT false,
    ADD COLUMN expires_at timestamptz,
    ADD CONSTRAINT ck_payments_refunded_within_amount CHECK (
        refunding_minor >= 0 AND refunded_minor >= 0 AND refunding_minor + refunded_minor <= amount_minor)""",
    """
UPDATE payments.payments p SET expires_at = o.payment_due_at, shares = (
    SELECT jsonb_agg(jsonb_build_array(l.amount_minor, l.fee_minor, 0, 0, 0, 0) ORDER BY l.line)
    FROM ordering.order_lines l WHERE l.order_id = o.id)
FROM ordering.orders o WHERE o.id = p.cause_id""",
    """
ALTER TABLE payments.payments
    ALTER COLUMN shares SET NOT NULL, ALTER COLUMN expires_at SET NOT NULL,
    ALTER COLUMN cause_kind DROP DEFAULT, ALTER COLUMN provider DROP DEFAULT""",
    "CREATE INDEX ix_payments_payer_id ON payments.payments (payer_id, id)",
    "CREATE INDEX ix_payments_payee_id ON payments.payments (payee_id, id)",
    "CREATE INDEX ix_payments_reference ON payments.payments (provider, reference)",
    """
CREATE TABLE payments.refunds (
    id uuid NOT NULL,
    payment_id uuid NOT NULL,
    cause_kind text NOT NULL,
    cause_id uuid NOT NULL,
    payer_id uuid NOT NULL,
    payee_id uuid NOT NULL,
    amount_minor bigint NOT NULL CONSTRAINT ck_refunds_amount_positive CHECK (amount_minor > 0),
    currency varchar(3) NOT NULL,
    fee_minor bigint,
    subsidy_minor bigint,
    reason text NOT NULL,
    requested_by uuid,
    decided_by uuid,
    answer text,
    status text NOT NULL,
    reference text,
    message text,
    asked integer NOT NULL,
    created_at timestamptz NOT NULL,
    version integer NOT NULL DEFAULT 0,
    CONSTRAINT pk_refunds PRIMARY KEY (id),
    CONSTRAINT fk_refunds_payment_id_payments FOREIGN KEY (payment_id) REFERENCES payments.payments (id)
)""",
    "CREATE INDEX ix_refunds_payment_id ON payments.refunds (payment_id, id)",
    "CREATE INDEX ix_refunds_payer_id ON payments.refunds (payer_id, id)",
    "CREATE INDEX ix_refunds_payee_id ON payments.refunds (payee_id, id)",
    """
CREATE TRIGGER legal_moves BEFORE UPDATE ON payments.refunds FOR EACH ROW
    WHEN (OLD.status IS DISTINCT FROM NEW.status) EXECUTE FUNCTION edge.refuse_illegal_move('refund')""",
    """
ALTER TABLE payments.ledger_accounts ADD COLUMN provider text,
    DROP CONSTRAINT ck_ledger_accounts_clearing_not_negative,
    DROP CONSTRAINT uq_ledger_accounts_kind_owner_id_currency,
    ADD CONSTRAINT uq_ledger_accounts_kind_owner_id_provider_currency
        UNIQUE NULLS NOT DISTINCT (kind, owner_id, provider, currency),
    ADD CONSTRAINT ck_ledger_accounts_never_overdrawn CHECK (balance_minor <= 0
        OR kind NOT IN ('seller_pending', 'buyer_wallet', 'refunds_in_transit', 'payouts_in_transit'))""",
    "CREATE INDEX ix_ledger_accounts_owner_id ON payments.ledger_accounts (owner_id)",
    "ALTER TABLE payments.ledger_transactions ADD COLUMN about_id uuid",
    "CREATE INDEX ix_ledger_transactions_about_id ON payments.ledger_transactions (about_id)",
    """
CREATE TABLE gateway_simulator.refunds (
    refund_id uuid NOT NULL,
    payment_id uuid NOT NULL,
    amount_minor bigint NOT NULL,
    currency varchar(3) NOT NULL,
    reference text NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT pk_refunds PRIMARY KEY (refund_id)
)""",
    "CREATE INDEX ix_refunds_payment_id ON gateway_simulator.refunds (payment_id)",
)
ORDER_ACTORS = {
    "draft": "placed:buyer,system",
    "placed": "awaiting_payment:system assigned:seller,moderator cancelled:buyer,seller,moderator,system expired:system",
    "awaiting_payment": "paid:system assigned:seller,moderator cancelled:buyer,seller,moderator,system expired:system",
    "paid": "assigned:seller,moderator cancelled:buyer,seller,moderator,system disputed:buyer,seller",
    "assigned": "in_progress:seller,moderator cancelled:buyer,seller,moderator,system disputed:buyer,seller",
    "in_progress": "delivered:seller,moderator,system disputed:buyer,seller",
    "delivered": "completed:buyer,moderator,system changes_requested:buyer disputed:buyer,seller",
    "changes_requested": "in_progress:seller,moderator disputed:buyer,seller",
    "completed": "disputed:buyer,seller",
    "disputed": " ".join(
        f"{status}:buyer,seller,moderator,system"
        for status in ("paid", "assigned", "in_progress", "delivered", "changes_requested", "completed", "cancelled")
    ),
}
REFUND_MOVES = {
    "requested": "approved rejected cancelled",
    "approved": "processing cancelled",
    "processing": "succeeded failed",
    "failed": "processing",
}
GRANTS = {
    "ordering.move_actors": "SELECT",
    "ordering.order_steps": "SELECT, INSERT",
    "payments.refunds": "SELECT, INSERT, UPDATE",
    "gateway_simulator.refunds": "SELECT, INSERT",
}
NEW_MOVES = (("order", "disputed", "changes_requested"),)


def upgrade() -> None:
    for statement in (*ORDERS, *PAYMENTS):
        op.execute(statement)
    actors = ", ".join(
        f"('{source}', '{target}', '{role}')"
        for source, moves in ORDER_ACTORS.items()
        for target, roles in (move.split(":") for move in moves.split())
        for role in roles.split(",")
    )
    op.execute(f"INSERT INTO ordering.move_actors (source, target, role) VALUES {actors}")
    moves = [("refund", source, to) for source, all_to in REFUND_MOVES.items() for to in all_to.split()]
    rows = ", ".join(f"('{machine}', '{source}', '{to}')" for machine, source, to in (*moves, *NEW_MOVES))
    op.execute(f"INSERT INTO edge.transitions (machine, source, target) VALUES {rows}")
    _name_clearing("simulator")
    for table, privileges in GRANTS.items():
        grant(table, privileges)


def downgrade() -> None:
    _name_clearing(None)
    op.execute(
        "DELETE FROM edge.transitions WHERE machine = 'refund'"
        " OR (machine, source, target) = ('order', 'disputed', 'changes_requested')"
    )
    for statement in (
        "DROP TABLE gateway_simulator.refunds",
        "DROP TABLE payments.refunds",
        "ALTER TABLE payments.ledger_transactions DROP COLUMN about_id",
        "DROP INDEX payments.ix_ledger_accounts_owner_id",
        """
ALTER TABLE payments.ledger_accounts DROP CONSTRAINT ck_ledger_accounts_never_overdrawn,
    DROP CONSTRAINT uq_ledger_accounts_kind_owner_id_provider_currency, DROP COLUMN provider,
    ADD CONSTRAINT uq_ledger_accounts_kind_owner_id_currency UNIQUE NULLS NOT DISTINCT (kind, owner_id, currency),
    ADD CONSTRAINT ck_ledger_accounts_clearing_not_negative CHECK (kind <> 'provider_clearing' OR balance_minor >= 0)""",
        "DELETE FROM payments.payments WHERE cause_kind <> 'order'",
        "DROP INDEX payments.ix_payments_payer_id, payments.ix_payments_payee_id, payments.ix_payments_reference",
        """
ALTER TABLE payments.payments DROP COLUMN cause_kind, DROP COLUMN subsidy_minor, DROP COLUMN shares,
    DROP COLUMN provider, DROP COLUMN chargeback, DROP COLUMN checkout_url, DROP COLUMN withdrawn_minor,
    DROP COLUMN refunding_minor,
    DROP COLUMN refunded_minor, DROP COLUMN is_settled, DROP COLUMN expires_at""",
        "ALTER INDEX payments.ix_payments_cause_id RENAME TO ix_payments_order_id",
        "ALTER TABLE payments.payments RENAME COLUMN cause_id TO order_id",
        "DROP TABLE ordering.order_steps",
        "DROP TABLE ordering.move_actors",
        "ALTER TABLE ordering.order_lines DROP COLUMN discount_minor",
        "DROP INDEX ordering.ix_orders_group_id, ordering.ix_orders_assignee_id",
        """
ALTER TABLE ordering.orders DROP COLUMN group_id, DROP COLUMN discount_minor, DROP COLUMN discount_bearer,
    DROP COLUMN promo_code_id, DROP COLUMN is_service, DROP COLUMN notes, DROP COLUMN scheduled_at,
    DROP COLUMN booking_id, DROP COLUMN assignee_id, DROP COLUMN changes_asked, DROP COLUMN delivered_at,
    DROP COLUMN completed_at, DROP COLUMN before_dispute""",
    ):
        op.execute(statement)


def _name_clearing(provider: str | None) -> None:
    """The one clearing account of each currency belongs to the built-in simulator; its id says so (ledger.Account.id).

    Entries are append-only for everybody but the owner of the table, who moves them here.
    """
    bind = op.get_bind()
    held = bind.execute(
        text("SELECT id, currency FROM payments.ledger_accounts WHERE kind = 'provider_clearing'")
    ).all()
    if not held:
        return
    op.execute("ALTER TABLE payments.ledger_entries DISABLE TRIGGER append_only")
    for old, currency in held:
        new = uuid5(NAMESPACE_URL, f"ledger:provider_clearing:{provider or ''}:{currency}")
        column, value = (", provider", ", :provider") if provider else ("", "")
        names = {"new": new, "old": old, "provider": provider}
        if not provider:
            names.pop("provider")
        moved = text(
            f"INSERT INTO payments.ledger_accounts (id, kind, currency, balance_minor{column}) "
            f"SELECT :new, 'provider_clearing', currency, balance_minor{value} FROM payments.ledger_accounts"
            " WHERE id = :old"
        )
        bind.execute(text("UPDATE payments.ledger_accounts SET kind = 'moving' WHERE id = :old"), {"old": old})
        bind.execute(moved, names)
        bind.execute(
            text("UPDATE payments.ledger_entries SET account_id = :new WHERE account_id = :old"),
            {"new": new, "old": old},
        )
        bind.execute(text("DELETE FROM payments.ledger_accounts WHERE id = :old"), {"old": old})
    op.execute("ALTER TABLE payments.ledger_entries ENABLE TRIGGER append_only")
