"""Idempotency keys, state machines, catalog, trading, ordering, payments with their ledger, the simulated provider."""

from alembic import op

from marketplace.adapters.sql.grants import create_schema, grant

revision = "0003_commerce"
down_revision = "0002_identity"
branch_labels = None
depends_on = None

SCHEMAS = ("edge", "catalog", "trading", "ordering", "payments", "gateway_simulator")
TABLES = (
    """
CREATE TABLE edge.idempotency_keys (
    caller UUID NOT NULL,
    route TEXT NOT NULL,
    key TEXT NOT NULL,
    fingerprint BYTEA NOT NULL,
    token UUID NOT NULL,
    lease_until TIMESTAMP WITH TIME ZONE NOT NULL,
    status INTEGER,
    body BYTEA,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    CONSTRAINT pk_idempotency_keys PRIMARY KEY (caller, route, key)
)""",
    "CREATE INDEX ix_idempotency_keys_created_at ON edge.idempotency_keys (created_at)",
    """
CREATE TABLE catalog.listings (
    id UUID NOT NULL,
    seller_id UUID NOT NULL,
    title TEXT NOT NULL,
    description TEXT NOT NULL,
    price_minor BIGINT NOT NULL CONSTRAINT ck_listings_price_positive CHECK (price_minor > 0),
    fee_minor BIGINT NOT NULL CONSTRAINT ck_listings_fee_not_negative CHECK (fee_minor >= 0),
    currency VARCHAR(3) NOT NULL,
    category TEXT NOT NULL,
    condition TEXT NOT NULL,
    channel TEXT NOT NULL,
    image_urls TEXT[] NOT NULL,
    video_url TEXT,
    video_thumbnail_url TEXT,
    latitude DOUBLE PRECISION,
    longitude DOUBLE PRECISION,
    neighborhood TEXT,
    tags TEXT[] NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_listings PRIMARY KEY (id)
)""",
    "CREATE INDEX ix_listings_seller_id ON catalog.listings (seller_id, id)",
    """
CREATE TABLE catalog.listing_states (
    listing_id UUID NOT NULL,
    category TEXT NOT NULL,
    status TEXT NOT NULL,
    version INTEGER DEFAULT '0' NOT NULL,
    CONSTRAINT pk_listing_states PRIMARY KEY (listing_id),
    CONSTRAINT fk_listing_states_listing_id FOREIGN KEY(listing_id) REFERENCES catalog.listings (id)
)""",
    "CREATE INDEX ix_listing_states_active ON catalog.listing_states (listing_id) WHERE status = 'active'",
    "CREATE INDEX ix_listing_states_active_category ON catalog.listing_states (category, listing_id) WHERE status = 'active'",
    """
CREATE TABLE trading.negotiations (
    id UUID NOT NULL,
    listing_id UUID NOT NULL,
    buyer_id UUID NOT NULL,
    seller_id UUID NOT NULL CONSTRAINT ck_negotiations_two_parties CHECK (seller_id <> buyer_id),
    list_price_minor BIGINT NOT NULL,
    currency VARCHAR(3) NOT NULL,
    status TEXT NOT NULL,
    version INTEGER DEFAULT '0' NOT NULL,
    CONSTRAINT pk_negotiations PRIMARY KEY (id)
)""",
    "CREATE UNIQUE INDEX uq_negotiations_open ON trading.negotiations (listing_id, buyer_id) WHERE status = 'open'",
    """
CREATE TABLE trading.offers (
    id UUID NOT NULL,
    negotiation_id UUID NOT NULL,
    side TEXT NOT NULL,
    price_minor BIGINT NOT NULL CONSTRAINT ck_offers_price_positive CHECK (price_minor > 0),
    quantity INTEGER NOT NULL CONSTRAINT ck_offers_quantity_positive CHECK (quantity > 0),
    message TEXT,
    status TEXT NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    expires_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_offers PRIMARY KEY (id),
    CONSTRAINT fk_offers_negotiation_id FOREIGN KEY(negotiation_id) REFERENCES trading.negotiations (id)
)""",
    "CREATE INDEX ix_offers_negotiation_id ON trading.offers (negotiation_id, id)",
    "CREATE UNIQUE INDEX uq_offers_pending ON trading.offers (negotiation_id) WHERE status = 'pending'",
    """
CREATE TABLE ordering.orders (
    id UUID NOT NULL,
    number BIGINT GENERATED ALWAYS AS IDENTITY,
    listing_id UUID NOT NULL,
    negotiation_id UUID,
    buyer_id UUID NOT NULL,
    seller_id UUID NOT NULL,
    quantity INTEGER NOT NULL,
    amount_minor BIGINT NOT NULL CONSTRAINT ck_orders_amount_positive CHECK (amount_minor > 0),
    currency VARCHAR(3) NOT NULL,
    fee_rule TEXT NOT NULL,
    fee_basis_points INTEGER NOT NULL,
    fee_base_minor BIGINT NOT NULL,
    fee_minor BIGINT NOT NULL CONSTRAINT ck_orders_fee_within_amount CHECK (fee_minor BETWEEN 0 AND amount_minor),
    status TEXT NOT NULL,
    payment_status TEXT NOT NULL,
    payment_due_at TIMESTAMP WITH TIME ZONE NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    version INTEGER DEFAULT '0' NOT NULL,
    CONSTRAINT pk_orders PRIMARY KEY (id),
    CONSTRAINT uq_orders_number UNIQUE (number)
)""",
    "CREATE INDEX ix_orders_buyer_id ON ordering.orders (buyer_id, id)",
    "CREATE INDEX ix_orders_seller_id ON ordering.orders (seller_id, id)",
    "CREATE UNIQUE INDEX uq_orders_live ON ordering.orders (listing_id) WHERE status NOT IN ('cancelled', 'expired')",
    """
CREATE TABLE payments.payments (
    id UUID NOT NULL,
    order_id UUID NOT NULL,
    payer_id UUID NOT NULL,
    payee_id UUID NOT NULL,
    amount_minor BIGINT NOT NULL CONSTRAINT ck_payments_amount_positive CHECK (amount_minor > 0),
    fee_minor BIGINT NOT NULL,
    currency VARCHAR(3) NOT NULL,
    method TEXT NOT NULL,
    status TEXT NOT NULL,
    reference TEXT,
    message TEXT,
    asked INTEGER NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    version INTEGER DEFAULT '0' NOT NULL,
    CONSTRAINT pk_payments PRIMARY KEY (id)
)""",
    "CREATE INDEX ix_payments_order_id ON payments.payments (order_id)",
    "CREATE UNIQUE INDEX uq_payments_live ON payments.payments (order_id) WHERE status NOT IN ('failed', 'cancelled', 'expired')",
    """
CREATE TABLE payments.ledger_accounts (
    id UUID NOT NULL,
    kind TEXT NOT NULL,
    owner_id UUID,
    currency VARCHAR(3) NOT NULL,
    balance_minor BIGINT DEFAULT '0' NOT NULL,
    CONSTRAINT pk_ledger_accounts PRIMARY KEY (id),
    CONSTRAINT uq_ledger_accounts_kind_owner_id_currency UNIQUE NULLS NOT DISTINCT (kind, owner_id, currency),
    CONSTRAINT uq_ledger_accounts_id_currency UNIQUE (id, currency),
    CONSTRAINT ck_ledger_accounts_clearing_not_negative CHECK (kind <> 'provider_clearing' OR balance_minor >= 0)
)""",
    """
CREATE TABLE payments.ledger_transactions (
    id UUID NOT NULL,
    kind TEXT NOT NULL,
    source_id UUID NOT NULL,
    posted_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    CONSTRAINT pk_ledger_transactions PRIMARY KEY (id),
    CONSTRAINT uq_ledger_transactions_kind_source_id UNIQUE (kind, source_id)
)""",
    """
CREATE TABLE payments.ledger_entries (
    transaction_id UUID NOT NULL,
    account_id UUID NOT NULL,
    minor BIGINT NOT NULL CONSTRAINT ck_ledger_entries_moves_something CHECK (minor <> 0),
    currency VARCHAR(3) NOT NULL,
    CONSTRAINT pk_ledger_entries PRIMARY KEY (transaction_id, account_id),
    CONSTRAINT fk_ledger_entries_account_id_currency FOREIGN KEY(account_id, currency) REFERENCES payments.ledger_accounts (id, currency),
    CONSTRAINT fk_ledger_entries_transaction_id FOREIGN KEY(transaction_id) REFERENCES payments.ledger_transactions (id)
)""",
    "CREATE INDEX ix_ledger_entries_account_id ON payments.ledger_entries (account_id, transaction_id)",
    """
CREATE TABLE gateway_simulator.charges (
    payment_id UUID NOT NULL,
    number BIGINT GENERATED ALWAYS AS IDENTITY,
    amount_minor BIGINT,
    currency VARCHAR(3),
    captured BOOLEAN,
    reference TEXT,
    message TEXT NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    CONSTRAINT pk_charges PRIMARY KEY (payment_id)
)""",
)
MOVES = {
    "listing": {
        "draft": "active pending_review removed",
        "pending_review": "active rejected removed",
        "rejected": "removed",
        "active": "paused removed reserved",
        "paused": "active removed",
        "reserved": "active removed sold",
    },
    "negotiation": {
        "open": "agreed cancelled closed expired",
    },
    "offer": {
        "pending": "accepted countered declined expired superseded withdrawn",
    },
    "order": {
        "draft": "placed",
        "placed": "assigned awaiting_payment cancelled expired",
        "awaiting_payment": "assigned cancelled expired paid",
        "paid": "assigned cancelled disputed",
        "assigned": "cancelled disputed in_progress",
        "in_progress": "delivered disputed",
        "delivered": "changes_requested completed disputed",
        "changes_requested": "disputed in_progress",
        "completed": "disputed",
        "disputed": "assigned cancelled completed delivered in_progress paid",
    },
    "payment": {
        "created": "authorized cancelled captured expired failed requires_action",
        "requires_action": "authorized cancelled captured expired failed",
        "authorized": "cancelled captured expired failed",
        "captured": "partially_refunded refunded",
        "partially_refunded": "refunded",
    },
}
STATUS_OF = {
    "catalog.listing_states": "listing",
    "trading.negotiations": "negotiation",
    "trading.offers": "offer",
    "ordering.orders": "order",
    "payments.payments": "payment",
}
GRANTS = {
    "edge.idempotency_keys": "SELECT, INSERT, UPDATE, DELETE",
    "edge.transitions": "SELECT",
    "catalog.listings": "SELECT, INSERT, UPDATE",
    "catalog.listing_states": "SELECT, INSERT, UPDATE",
    "trading.negotiations": "SELECT, INSERT, UPDATE",
    "trading.offers": "SELECT, INSERT, UPDATE",
    "ordering.orders": "SELECT, INSERT, UPDATE",
    "payments.payments": "SELECT, INSERT, UPDATE",
    "payments.ledger_accounts": "SELECT, INSERT, UPDATE",
    "payments.ledger_transactions": "SELECT, INSERT",
    "payments.ledger_entries": "SELECT, INSERT",
    "gateway_simulator.charges": "SELECT, INSERT, UPDATE",
    "identity.public_profiles": "SELECT",
}
FUNCTIONS = (
    """
CREATE TABLE edge.transitions (
    machine TEXT NOT NULL, source TEXT NOT NULL, target TEXT NOT NULL,
    CONSTRAINT pk_transitions PRIMARY KEY (machine, source, target)
)""",
    """
CREATE FUNCTION edge.refuse_illegal_move() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (
        SELECT FROM edge.transitions WHERE machine = TG_ARGV[0] AND source = OLD.status AND target = NEW.status
    ) THEN
        RAISE EXCEPTION 'a % that is % cannot become %', TG_ARGV[0], OLD.status, NEW.status
            USING ERRCODE = 'check_violation', CONSTRAINT = 'illegal_move';
    END IF;
    RETURN NEW;
END $$""",
    """
CREATE FUNCTION payments.refuse_unbalanced() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    posted uuid := (to_jsonb(NEW) ->> TG_ARGV[0])::uuid;
BEGIN
    IF (SELECT count(*) < 2 FROM payments.ledger_entries WHERE transaction_id = posted) OR EXISTS (
        SELECT FROM payments.ledger_entries WHERE transaction_id = posted GROUP BY currency HAVING sum(minor) <> 0
    ) THEN
        RAISE EXCEPTION 'ledger transaction % is not balanced', posted
            USING ERRCODE = 'check_violation', CONSTRAINT = 'unbalanced';
    END IF;
    RETURN NULL;
END $$""",
    """
CREATE FUNCTION payments.refuse_rewriting() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'check_violation', CONSTRAINT = 'append_only';
END $$""",
    """
CREATE VIEW identity.public_profiles WITH (security_invoker = true) AS
SELECT id, username, NULL::text AS avatar_url, is_verified, NULL::double precision AS rating FROM identity.users""",
)


def upgrade() -> None:
    for schema in SCHEMAS:
        create_schema(schema)
    for statement in (*TABLES, *FUNCTIONS):
        op.execute(statement)
    for machine, moves in MOVES.items():
        rows = ", ".join(
            f"('{machine}', '{source}', '{to}')" for source, all_to in moves.items() for to in all_to.split()
        )
        op.execute(f"INSERT INTO edge.transitions (machine, source, target) VALUES {rows}")
    for table, machine in STATUS_OF.items():
        op.execute(
            f"CREATE TRIGGER legal_moves BEFORE UPDATE ON {table} FOR EACH ROW "
            f"WHEN (OLD.status IS DISTINCT FROM NEW.status) EXECUTE FUNCTION edge.refuse_illegal_move('{machine}')"
        )
    for table, key in {"payments.ledger_transactions": "id", "payments.ledger_entries": "transaction_id"}.items():
        op.execute(
            f"CREATE CONSTRAINT TRIGGER balanced AFTER INSERT ON {table} DEFERRABLE INITIALLY DEFERRED "
            f"FOR EACH ROW EXECUTE FUNCTION payments.refuse_unbalanced('{key}')"
        )
        op.execute(
            f"CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON {table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION payments.refuse_rewriting()"
        )
    for table, privileges in GRANTS.items():
        grant(table, privileges)


def downgrade() -> None:
    op.execute("DROP VIEW identity.public_profiles")
    for schema in reversed(SCHEMAS):
        op.execute(f"DROP SCHEMA {schema} CASCADE")
