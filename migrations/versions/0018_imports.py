"""Products by the file: imports with the problems of their rows, and exports."""

from alembic import op

from marketplace.adapters.sql.grants import grant

revision = "0018_imports"
down_revision = "0016_search"
branch_labels = None
depends_on = None

UP = (
    """
CREATE TABLE catalog.imports (
    id uuid NOT NULL,
    seller_id uuid NOT NULL,
    mode text NOT NULL CONSTRAINT ck_imports_mode_known CHECK (mode IN ('all_or_nothing', 'valid_rows')),
    status text NOT NULL CONSTRAINT ck_imports_status_known
        CHECK (status IN ('queued', 'running', 'done', 'failed')),
    row_count integer,
    checked integer NOT NULL,
    imported integer NOT NULL,
    failed integer NOT NULL,
    created_at timestamptz NOT NULL,
    finished_at timestamptz,
    version integer NOT NULL DEFAULT 0,
    CONSTRAINT pk_imports PRIMARY KEY (id)
)""",
    "CREATE INDEX ix_imports_seller_id ON catalog.imports (seller_id, id)",
    """
CREATE TABLE catalog.import_problems (
    import_id uuid NOT NULL,
    row_number integer NOT NULL,
    field text,
    code text NOT NULL,
    message text NOT NULL,
    CONSTRAINT pk_import_problems PRIMARY KEY (import_id, row_number),
    CONSTRAINT fk_import_problems_import_id_imports FOREIGN KEY (import_id) REFERENCES catalog.imports (id)
        ON DELETE CASCADE
)""",
    """
CREATE TABLE catalog.exports (
    id uuid NOT NULL,
    seller_id uuid NOT NULL,
    format text NOT NULL CONSTRAINT ck_exports_format_known CHECK (format IN ('csv', 'jsonl')),
    status text NOT NULL CONSTRAINT ck_exports_status_known
        CHECK (status IN ('queued', 'running', 'done', 'failed')),
    row_count integer,
    size integer,
    created_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    CONSTRAINT pk_exports PRIMARY KEY (id)
)""",
)


def upgrade() -> None:
    for statement in UP:
        op.execute(statement)
    grant("catalog.imports")
    grant("catalog.import_problems")
    grant("catalog.exports")


def downgrade() -> None:
    op.execute("DROP TABLE catalog.exports, catalog.import_problems, catalog.imports")
