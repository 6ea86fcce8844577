"""The jobs table: outbox, queue, timers and cron."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from marketplace.adapters.sql.grants import create_schema, grant

revision = "0001_jobs"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    create_schema("jobs")
    op.create_table(
        "job",
        sa.Column("id", sa.BigInteger, sa.Identity(always=True), nullable=False),
        sa.Column("handler", sa.Text, nullable=False),
        sa.Column("payload", postgresql.JSONB, nullable=False),
        sa.Column("lane", sa.Text),
        sa.Column("key", sa.Text),
        sa.Column("state", sa.Text, nullable=False, server_default="ready"),
        sa.Column("run_at", sa.DateTime(timezone=True), nullable=False, server_default=sa.text("clock_timestamp()")),
        sa.Column("attempts", sa.Integer, nullable=False, server_default="0"),
        sa.Column("token", sa.Uuid),
        sa.Column("lease_until", sa.DateTime(timezone=True)),
        sa.Column("error", sa.Text),
        sa.Column(
            "created_at", sa.DateTime(timezone=True), nullable=False, server_default=sa.text("clock_timestamp()")
        ),
        sa.Column("finished_at", sa.DateTime(timezone=True)),
        sa.CheckConstraint(
            "state IN ('waiting', 'ready', 'running', 'done', 'dead', 'cancelled')", name=op.f("ck_job_state_known")
        ),
        sa.CheckConstraint("lane IS NULL OR key IS NULL", name=op.f("ck_job_lane_or_key")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_job")),
        schema="jobs",
        postgresql_with={"autovacuum_vacuum_scale_factor": 0.01, "autovacuum_analyze_scale_factor": 0.02},
    )
    index("ix_job_due", ["run_at", "id"], "state = 'ready'")
    index("ix_job_lease", ["lease_until"], "state = 'running'")
    index("ix_job_lane", ["lane", "id"], "lane IS NOT NULL AND state IN ('waiting', 'ready', 'running')")
    index("uq_job_lane_running", ["lane"], "lane IS NOT NULL AND state = 'running'", unique=True)
    index("uq_job_key", ["handler", "key"], "key IS NOT NULL AND state = 'ready'", unique=True)
    index("ix_job_finished", ["finished_at"], "state IN ('done', 'cancelled')")
    index("ix_job_dead", ["id"], "state = 'dead'")
    grant("jobs.job")
    op.create_table(
        "cron",
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_cron")),
        schema="jobs",
    )
    grant("jobs.cron", "SELECT, INSERT, UPDATE")


def index(name: str, columns: list[str], where: str, *, unique: bool = False) -> None:
    op.create_index(name, "job", columns, unique=unique, schema="jobs", postgresql_where=sa.text(where))


def downgrade() -> None:
    op.drop_table("cron", schema="jobs")
    op.drop_table("job", schema="jobs")
    op.execute("DROP SCHEMA jobs")
