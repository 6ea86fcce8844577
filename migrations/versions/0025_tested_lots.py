"""Tested lots with their laboratory reports, and the chain of hashes that leads from them to orders."""

from alembic import op

from marketplace.adapters.sql.grants import grant

revision = "0025_tested_lots"
down_revision = "0024_desk_offers"
branch_labels = None
depends_on = None

MOVES = {
    "draft": "tested withdrawn",
    "tested": "available rejected withdrawn",
    "available": "reserved sold withdrawn",
    "reserved": "available sold withdrawn",
    "rejected": "withdrawn",
}
TABLES = (
    """
CREATE TABLE trading.tested_lots (
    id uuid NOT NULL,
    owner_id uuid NOT NULL,
    commodity text NOT NULL,
    grade text,
    origin text,
    place text,
    quality jsonb NOT NULL,
    quantity numeric(20, 6) NOT NULL CONSTRAINT ck_tested_lots_quantity_positive CHECK (quantity > 0),
    unit text NOT NULL,
    price_minor bigint,
    currency varchar(3),
    price_unit text,
    status text NOT NULL,
    created_at timestamptz NOT NULL,
    version integer NOT NULL DEFAULT 0,
    CONSTRAINT pk_tested_lots PRIMARY KEY (id)
)""",
    "CREATE INDEX ix_tested_lots_owner_id ON trading.tested_lots (owner_id, id)",
    "CREATE INDEX ix_tested_lots_owner_id_status ON trading.tested_lots (owner_id, status, id)",
    """
CREATE INDEX ix_tested_lots_owner_id_commodity ON trading.tested_lots (owner_id, lower(commodity), id)
INCLUDE (commodity, status)""",
    "CREATE INDEX ix_tested_lots_available ON trading.tested_lots (id) WHERE status = 'available'",
    """
CREATE INDEX ix_tested_lots_available_commodity ON trading.tested_lots (lower(commodity), id) INCLUDE (commodity)
WHERE status = 'available'""",
    """
CREATE TABLE trading.lot_reports (
    id uuid NOT NULL,
    lot_id uuid NOT NULL,
    parameters jsonb NOT NULL,
    method text NOT NULL,
    laboratory text NOT NULL,
    tested_on date NOT NULL,
    certificate_number text,
    document_id uuid NOT NULL,
    document_sha256 text NOT NULL
        CONSTRAINT ck_lot_reports_sha256_whole CHECK (document_sha256 ~ '^[0-9a-f]{64}$'),
    attached_at timestamptz NOT NULL,
    CONSTRAINT pk_lot_reports PRIMARY KEY (id),
    CONSTRAINT fk_lot_reports_lot_id_tested_lots FOREIGN KEY (lot_id) REFERENCES trading.tested_lots (id)
)""",
    "CREATE UNIQUE INDEX uq_lot_reports_document ON trading.lot_reports (lot_id, document_id)",
    """
CREATE TABLE trading.provenances (
    order_id uuid NOT NULL,
    lot_id uuid,
    kinds text[] NOT NULL,
    ids uuid[] NOT NULL,
    hashes text[] NOT NULL,
    frozen_at timestamptz NOT NULL,
    CONSTRAINT pk_provenances PRIMARY KEY (order_id)
)""",
    "CREATE INDEX ix_provenances_lot_id ON trading.provenances (lot_id, order_id) WHERE lot_id IS NOT NULL",
)
TRIGGERS = (
    """
CREATE TRIGGER legal_moves BEFORE UPDATE ON trading.tested_lots FOR EACH ROW
WHEN (OLD.status IS DISTINCT FROM NEW.status) EXECUTE FUNCTION edge.refuse_illegal_move('lot')""",
    """
CREATE FUNCTION trading.keep_as_tested() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT FROM trading.lot_reports WHERE lot_id = OLD.id) THEN
        RAISE EXCEPTION 'a report speaks of this lot' USING ERRCODE = 'check_violation', CONSTRAINT = 'as_tested';
    END IF;
    RETURN NEW;
END $$""",
    """
CREATE TRIGGER as_tested BEFORE UPDATE ON trading.tested_lots FOR EACH ROW
WHEN ((OLD.owner_id, OLD.commodity, OLD.grade, OLD.origin, OLD.quality, OLD.quantity, OLD.unit, OLD.created_at)
    IS DISTINCT FROM
    (NEW.owner_id, NEW.commodity, NEW.grade, NEW.origin, NEW.quality, NEW.quantity, NEW.unit, NEW.created_at))
EXECUTE FUNCTION trading.keep_as_tested()""",
    """
CREATE FUNCTION trading.refuse_rewriting() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'check_violation', CONSTRAINT = 'append_only';
END $$""",
    """
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON trading.lot_reports
FOR EACH STATEMENT EXECUTE FUNCTION trading.refuse_rewriting()""",
    """
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON trading.provenances
FOR EACH STATEMENT EXECUTE FUNCTION trading.refuse_rewriting()""",
)
BACK = (
    "DROP TABLE trading.provenances, trading.lot_reports, trading.tested_lots",
    "DROP FUNCTION trading.refuse_rewriting, trading.keep_as_tested",
    "DELETE FROM edge.transitions WHERE machine = 'lot'",
)


def upgrade() -> None:
    rows = ", ".join(f"('lot', '{source}', '{to}')" for source, all_to in MOVES.items() for to in all_to.split())
    for statement in (*TABLES, f"INSERT INTO edge.transitions (machine, source, target) VALUES {rows}", *TRIGGERS):
        op.execute(statement)
    grant("trading.tested_lots", "SELECT, INSERT, UPDATE")
    for table in ("trading.lot_reports", "trading.provenances"):
        grant(table, "SELECT, INSERT")


def downgrade() -> None:
    for statement in BACK:
        op.execute(statement)
