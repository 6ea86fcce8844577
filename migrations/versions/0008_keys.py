"""Signing keys, API keys and identities at outside providers."""

import sqlalchemy as sa
from alembic import op

from marketplace.adapters.sql.grants import grant

revision = "0008_keys"
down_revision = "0009_factors"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "signing_keys",
        sa.Column("kid", sa.Text, nullable=False),
        sa.Column("public_key", sa.LargeBinary, nullable=False),
        sa.Column("sealed_private_key", sa.LargeBinary, nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("active_from", sa.DateTime(timezone=True), nullable=False),
        sa.Column("retired_at", sa.DateTime(timezone=True)),
        sa.CheckConstraint("length(public_key) = 32", name=op.f("ck_signing_keys_public_key_ed25519")),
        sa.PrimaryKeyConstraint("kid", name=op.f("pk_signing_keys")),
        schema="identity",
    )
    grant("identity.signing_keys")
    op.create_table(
        "api_keys",
        sa.Column("id", sa.Uuid, nullable=False),
        sa.Column("user_id", sa.Uuid, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("mac", sa.LargeBinary, nullable=False),
        sa.Column("scopes", sa.ARRAY(sa.Text), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_used_at", sa.DateTime(timezone=True)),
        sa.CheckConstraint("length(mac) = 32", name=op.f("ck_api_keys_mac_sha256")),
        sa.CheckConstraint("expires_at > created_at", name=op.f("ck_api_keys_lives_a_while")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_api_keys")),
        sa.ForeignKeyConstraint(["user_id"], ["identity.users.id"], name=op.f("fk_api_keys_user_id")),
        schema="identity",
    )
    op.create_index("ix_api_keys_user_id", "api_keys", ["user_id"], schema="identity")
    grant("identity.api_keys")
    op.create_table(
        "outside_identities",
        sa.Column("id", sa.Uuid, nullable=False),
        sa.Column("user_id", sa.Uuid, nullable=False),
        sa.Column("issuer", sa.Text, nullable=False),
        sa.Column("subject", sa.Text, nullable=False),
        sa.Column("linked_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outside_identities")),
        sa.ForeignKeyConstraint(["user_id"], ["identity.users.id"], name=op.f("fk_outside_identities_user_id")),
        sa.UniqueConstraint("issuer", "subject", name=op.f("uq_outside_identities_issuer_subject")),
        sa.UniqueConstraint("user_id", "issuer", name=op.f("uq_outside_identities_user_id_issuer")),
        schema="identity",
    )
    grant("identity.outside_identities", "SELECT, INSERT, DELETE")


def downgrade() -> None:
    op.drop_table("outside_identities", schema="identity")
    op.drop_table("api_keys", schema="identity")
    op.drop_table("signing_keys", schema="identity")
