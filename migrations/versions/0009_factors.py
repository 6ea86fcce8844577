"""Second factors and passkeys."""

import sqlalchemy as sa
from alembic import op

from marketplace.adapters.sql.grants import grant

revision = "0009_factors"
down_revision = "0005_accounts"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "second_factors",
        sa.Column("user_id", sa.Uuid, nullable=False),
        sa.Column("seed", sa.LargeBinary),
        sa.Column("confirmed_at", sa.DateTime(timezone=True)),
        sa.Column("last_step", sa.BigInteger),
        sa.Column("recovery_codes", sa.ARRAY(sa.LargeBinary), nullable=False),
        sa.Column("failures", sa.Integer, nullable=False),
        sa.Column("failures_today", sa.Integer, nullable=False),
        sa.Column("failed_on", sa.Date),
        sa.Column("locked_until", sa.DateTime(timezone=True)),
        sa.Column("version", sa.Integer, nullable=False),
        sa.CheckConstraint(
            "confirmed_at IS NULL OR (seed IS NOT NULL AND last_step IS NOT NULL)",
            name=op.f("ck_second_factors_confirmed_with_a_code"),
        ),
        sa.CheckConstraint("cardinality(recovery_codes) <= 10", name=op.f("ck_second_factors_recovery_codes_at_most")),
        sa.CheckConstraint("failures >= 0 AND failures_today >= 0", name=op.f("ck_second_factors_failures_counted")),
        sa.PrimaryKeyConstraint("user_id", name=op.f("pk_second_factors")),
        sa.ForeignKeyConstraint(["user_id"], ["identity.users.id"], name=op.f("fk_second_factors_user_id")),
        schema="identity",
    )
    grant("identity.second_factors")
    op.create_table(
        "passkeys",
        sa.Column("id", sa.Uuid, nullable=False),
        sa.Column("user_id", sa.Uuid, nullable=False),
        sa.Column("credential_id", sa.LargeBinary, nullable=False),
        sa.Column("public_key", sa.LargeBinary, nullable=False),
        sa.Column("sign_count", sa.BigInteger, nullable=False),
        sa.Column("transports", sa.ARRAY(sa.Text), nullable=False),
        sa.Column("backup_eligible", sa.Boolean, nullable=False),
        sa.Column("backed_up", sa.Boolean, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_used_at", sa.DateTime(timezone=True)),
        sa.Column("suspected_at", sa.DateTime(timezone=True)),
        sa.Column("version", sa.Integer, nullable=False),
        sa.CheckConstraint(
            "octet_length(credential_id) BETWEEN 1 AND 1023", name=op.f("ck_passkeys_credential_id_length")
        ),
        sa.CheckConstraint("sign_count >= 0", name=op.f("ck_passkeys_sign_count_counts")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_passkeys")),
        sa.UniqueConstraint("credential_id", name=op.f("uq_passkeys_credential_id")),
        sa.ForeignKeyConstraint(["user_id"], ["identity.users.id"], name=op.f("fk_passkeys_user_id")),
        schema="identity",
    )
    op.create_index("ix_passkeys_user_id", "passkeys", ["user_id"], schema="identity")
    grant("identity.passkeys")


def downgrade() -> None:
    op.drop_table("passkeys", schema="identity")
    op.drop_table("second_factors", schema="identity")
