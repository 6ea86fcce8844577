"""Stripe: which PaymentIntent stands for a payment; what providers tell us; methods of payment that people saved."""

from alembic import op

from marketplace.adapters.sql.grants import grant

revision = "0033_stripe"
down_revision = "0032_invoices"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("""
CREATE TABLE payments.stripe_intents (
    payment_id uuid NOT NULL,
    intent_id text,
    is_closed boolean NOT NULL DEFAULT false,
    created_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT pk_stripe_intents PRIMARY KEY (payment_id),
    CONSTRAINT uq_stripe_intents_intent_id UNIQUE (intent_id),
    CONSTRAINT ck_stripe_intents_closed_before_it_was_kept CHECK (NOT is_closed OR intent_id IS NULL)
)""")
    op.execute("""
CREATE TABLE payments.provider_events (
    id uuid NOT NULL,
    source text NOT NULL,
    external_id text NOT NULL,
    kind text NOT NULL,
    body bytea NOT NULL,
    headers jsonb NOT NULL,
    received_at timestamptz NOT NULL,
    applied_at timestamptz,
    failures smallint NOT NULL DEFAULT 0,
    error text,
    CONSTRAINT pk_provider_events PRIMARY KEY (id),
    CONSTRAINT uq_provider_events_source_external_id UNIQUE (source, external_id),
    CONSTRAINT ck_provider_events_body_length CHECK (octet_length(body) <= 1048576)
)""")
    op.execute("""
CREATE INDEX ix_provider_events_failed ON payments.provider_events (id)
WHERE error IS NOT NULL AND applied_at IS NULL""")
    op.execute("""
CREATE INDEX ix_provider_events_received_at ON payments.provider_events (received_at)
WHERE applied_at IS NOT NULL""")
    op.execute("""
CREATE TABLE payments.provider_customers (
    user_id uuid NOT NULL,
    provider text NOT NULL,
    customer text NOT NULL,
    CONSTRAINT pk_provider_customers PRIMARY KEY (user_id, provider)
)""")
    op.execute("""
CREATE TABLE payments.saved_methods (
    id uuid NOT NULL,
    user_id uuid NOT NULL,
    provider text NOT NULL,
    sealed_token bytea NOT NULL,
    fingerprint bytea NOT NULL,
    brand text NOT NULL,
    last4 text NOT NULL,
    exp_month smallint NOT NULL,
    exp_year smallint NOT NULL,
    is_default boolean NOT NULL,
    created_at timestamptz NOT NULL,
    CONSTRAINT pk_saved_methods PRIMARY KEY (id),
    CONSTRAINT uq_saved_methods_user_id_provider_fingerprint UNIQUE (user_id, provider, fingerprint),
    CONSTRAINT ck_saved_methods_last_four_digits CHECK (last4 ~ '^[0-9]{4}$'),
    CONSTRAINT ck_saved_methods_exp_month_of_a_year CHECK (exp_month BETWEEN 1 AND 12)
)""")
    op.execute("CREATE UNIQUE INDEX uq_saved_methods_default ON payments.saved_methods (user_id) WHERE is_default")
    grant("payments.stripe_intents", "SELECT, INSERT, UPDATE")
    grant("payments.provider_events")
    grant("payments.provider_customers")
    grant("payments.saved_methods")


def downgrade() -> None:
    op.execute("DROP TABLE payments.saved_methods, payments.provider_customers")
    op.execute("DROP TABLE payments.provider_events, payments.stripe_intents")
