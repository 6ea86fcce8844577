"""The audit trail: entries, the queue of those not sealed yet, and the chain of blocks that seals them."""

from alembic import op

from marketplace.adapters.sql.grants import create_schema, grant

revision = "0006_audit"
down_revision = "0008_keys"
branch_labels = None
depends_on = None

TABLES = (
    """
CREATE TABLE audit.entries (
    id BIGINT GENERATED ALWAYS AS IDENTITY,
    at TIMESTAMP WITH TIME ZONE DEFAULT clock_timestamp() NOT NULL,
    action TEXT NOT NULL,
    actor UUID,
    subject_kind TEXT NOT NULL,
    subject UUID,
    outcome TEXT NOT NULL CONSTRAINT ck_entries_outcome_known CHECK (outcome IN ('done', 'refused')),
    facts JSONB NOT NULL CONSTRAINT ck_entries_facts_are_an_object CHECK (jsonb_typeof(facts) = 'object'),
    session UUID,
    network TEXT NOT NULL,
    request_id TEXT NOT NULL,
    CONSTRAINT pk_entries PRIMARY KEY (id)
)""",
    "CREATE INDEX ix_entries_at ON audit.entries (at)",
    "CREATE INDEX ix_entries_action ON audit.entries (action, id)",
    "CREATE INDEX ix_entries_actor ON audit.entries (actor, id) WHERE actor IS NOT NULL",
    "CREATE INDEX ix_entries_subject ON audit.entries (subject, id) WHERE subject IS NOT NULL",
    "CREATE INDEX ix_entries_refused ON audit.entries (id) WHERE outcome = 'refused'",
    """
CREATE TABLE audit.unsealed (
    entry_id BIGINT NOT NULL,
    CONSTRAINT pk_unsealed PRIMARY KEY (entry_id)
) WITH (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 1000)""",
    """
CREATE TABLE audit.blocks (
    number BIGINT NOT NULL CONSTRAINT ck_blocks_number_positive CHECK (number > 0),
    sealed_at TIMESTAMP WITH TIME ZONE NOT NULL,
    entry_ids BIGINT[] NOT NULL CONSTRAINT ck_blocks_not_empty CHECK (cardinality(entry_ids) > 0),
    entry_hashes BYTEA NOT NULL CONSTRAINT ck_blocks_one_hash_each
        CHECK (octet_length(entry_hashes) = 32 * cardinality(entry_ids)),
    previous_hash BYTEA NOT NULL,
    hash BYTEA NOT NULL CONSTRAINT ck_blocks_sha256 CHECK (octet_length(hash) = 32 AND octet_length(previous_hash) = 32),
    CONSTRAINT pk_blocks PRIMARY KEY (number)
)""",
    "CREATE INDEX ix_blocks_entry_ids ON audit.blocks USING gin (entry_ids)",
    """
CREATE FUNCTION audit.refuse_rewriting() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'check_violation', CONSTRAINT = 'append_only';
END $$""",
)
GRANTS = {
    "audit.entries": "SELECT, INSERT",
    "audit.blocks": "SELECT, INSERT",
    "audit.unsealed": "SELECT, INSERT, DELETE",
}


def upgrade() -> None:
    create_schema("audit")
    for statement in TABLES:
        op.execute(statement)
    for table in ("audit.entries", "audit.blocks"):
        op.execute(
            f"CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON {table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION audit.refuse_rewriting()"
        )
    for table, privileges in GRANTS.items():
        grant(table, privileges)


def downgrade() -> None:
    op.execute("DROP SCHEMA audit CASCADE")
