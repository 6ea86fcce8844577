"""Invoices of paid orders and credit notes of refunds, numbered without gaps for each seller and year."""

from alembic import op

from marketplace.adapters.sql.grants import create_schema, grant

revision = "0032_invoices"
down_revision = "0031_reviews"
branch_labels = None
depends_on = None

TABLES = (
    """
CREATE TABLE invoicing.series (
    seller_id uuid NOT NULL,
    year integer NOT NULL DEFAULT 0,
    invoices integer NOT NULL DEFAULT 0,
    credit_notes integer NOT NULL DEFAULT 0,
    CONSTRAINT pk_series PRIMARY KEY (seller_id)
)""",
    """
CREATE TABLE invoicing.invoices (
    id uuid NOT NULL,
    number text NOT NULL,
    order_id uuid NOT NULL,
    order_number text NOT NULL,
    seller_id uuid NOT NULL,
    seller_name text NOT NULL,
    buyer_id uuid NOT NULL,
    buyer_name text NOT NULL,
    currency varchar(3) NOT NULL,
    lines jsonb NOT NULL,
    tax_basis_points integer NOT NULL CONSTRAINT ck_invoices_tax_not_negative CHECK (tax_basis_points >= 0),
    issued_at timestamptz NOT NULL,
    CONSTRAINT pk_invoices PRIMARY KEY (id),
    CONSTRAINT uq_invoices_order_id UNIQUE (order_id),
    CONSTRAINT uq_invoices_seller_id_number UNIQUE (seller_id, number)
)""",
    "CREATE INDEX ix_invoices_buyer_id ON invoicing.invoices (buyer_id, id)",
    "CREATE INDEX ix_invoices_seller_id ON invoicing.invoices (seller_id, id)",
    """
CREATE TABLE invoicing.credit_notes (
    id uuid NOT NULL,
    number text NOT NULL,
    invoice_id uuid NOT NULL,
    seller_id uuid NOT NULL,
    refund_id uuid NOT NULL,
    total_minor bigint NOT NULL CONSTRAINT ck_credit_notes_total_positive CHECK (total_minor > 0),
    tax_minor bigint NOT NULL CONSTRAINT ck_credit_notes_tax_within_total CHECK (tax_minor BETWEEN 0 AND total_minor),
    issued_at timestamptz NOT NULL,
    CONSTRAINT pk_credit_notes PRIMARY KEY (id),
    CONSTRAINT uq_credit_notes_refund_id UNIQUE (refund_id),
    CONSTRAINT uq_credit_notes_seller_id_number UNIQUE (seller_id, number),
    CONSTRAINT fk_credit_notes_invoice_id_invoices FOREIGN KEY (invoice_id) REFERENCES invoicing.invoices (id)
)""",
    "CREATE INDEX ix_credit_notes_invoice_id ON invoicing.credit_notes (invoice_id, id)",
)
TRIGGERS = (
    """
CREATE FUNCTION invoicing.refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% only grows', TG_TABLE_NAME USING ERRCODE = 'check_violation', CONSTRAINT = TG_NAME;
END $$""",
    """
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON invoicing.invoices
FOR EACH STATEMENT EXECUTE FUNCTION invoicing.refuse_change()""",
    """
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON invoicing.credit_notes
FOR EACH STATEMENT EXECUTE FUNCTION invoicing.refuse_change()""",
    """
CREATE TRIGGER never_back BEFORE UPDATE ON invoicing.series FOR EACH ROW
WHEN (NEW.year < OLD.year
    OR NEW.year = OLD.year AND (NEW.invoices < OLD.invoices OR NEW.credit_notes < OLD.credit_notes))
EXECUTE FUNCTION invoicing.refuse_change()""",
)


def upgrade() -> None:
    create_schema("invoicing")
    for statement in (*TABLES, *TRIGGERS):
        op.execute(statement)
    grant("invoicing.series", "SELECT, INSERT, UPDATE")
    for table in ("invoicing.invoices", "invoicing.credit_notes"):
        grant(table, "SELECT, INSERT")


def downgrade() -> None:
    op.execute("DROP SCHEMA invoicing CASCADE")
