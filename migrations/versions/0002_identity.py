"""Users and their sessions."""

import sqlalchemy as sa
from alembic import op

from marketplace.adapters.sql.grants import create_schema, grant

revision = "0002_identity"
down_revision = "0001_jobs"
branch_labels = None
depends_on = None


def upgrade() -> None:
    create_schema("identity")
    op.create_table(
        "users",
        sa.Column("id", sa.Uuid, nullable=False),
        sa.Column("email", sa.Text, nullable=False),
        sa.Column("username", sa.Text, nullable=False),
        sa.Column("phone", sa.Text),
        sa.Column("full_name", sa.Text, nullable=False),
        sa.Column("password_hash", sa.Text, nullable=False),
        sa.Column("role", sa.Text, nullable=False),
        sa.Column("is_verified", sa.Boolean, nullable=False),
        sa.Column("is_active", sa.Boolean, nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_login_at", sa.DateTime(timezone=True)),
        sa.Column("version", sa.Integer, nullable=False),
        sa.CheckConstraint("email = lower(email)", name=op.f("ck_users_email_canonical")),
        sa.CheckConstraint("username ~ '^[A-Za-z0-9._-]{3,30}$'", name=op.f("ck_users_username_plain")),
        sa.CheckConstraint("phone ~ '^\\+[0-9]{8,15}$'", name=op.f("ck_users_phone_e164")),
        sa.CheckConstraint("role IN ('buyer', 'seller', 'admin')", name=op.f("ck_users_role_known")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_users")),
        sa.UniqueConstraint("email", name=op.f("uq_users_email")),
        sa.UniqueConstraint("phone", name=op.f("uq_users_phone")),
        schema="identity",
    )
    op.create_index("uq_users_username", "users", [sa.text("lower(username)")], unique=True, schema="identity")
    grant("identity.users", "SELECT, INSERT, UPDATE")
    op.create_table(
        "sessions",
        sa.Column("id", sa.Uuid, nullable=False),
        sa.Column("user_id", sa.Uuid, nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("rotated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("generation", sa.Integer, nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True)),
        sa.Column("end_reason", sa.Text),
        sa.Column("version", sa.Integer, nullable=False),
        sa.CheckConstraint("generation > 0", name=op.f("ck_sessions_generation_positive")),
        sa.CheckConstraint("(ended_at IS NULL) = (end_reason IS NULL)", name=op.f("ck_sessions_ended_for_a_reason")),
        sa.CheckConstraint("end_reason IN ('logged_out', 'refresh_reused')", name=op.f("ck_sessions_end_reason_known")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sessions")),
        sa.ForeignKeyConstraint(["user_id"], ["identity.users.id"], name=op.f("fk_sessions_user_id")),
        schema="identity",
    )
    op.create_index(
        "ix_sessions_user_id", "sessions", ["user_id"], schema="identity",
        postgresql_where=sa.text("ended_at IS NULL"),
    )  # fmt: skip
    grant("identity.sessions", "SELECT, INSERT, UPDATE")


def downgrade() -> None:
    op.drop_table("sessions", schema="identity")
    op.drop_table("users", schema="identity")
    op.execute("DROP SCHEMA identity")
