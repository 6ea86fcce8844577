"""Users have pictures, and everybody sees them."""

import sqlalchemy as sa
from alembic import op

revision = "0007_avatars"
down_revision = "0004_notifications"
branch_labels = None
depends_on = None

PROFILES = """
CREATE OR REPLACE VIEW identity.public_profiles WITH (security_invoker = true) AS
SELECT id, username, {avatar_url} AS avatar_url, is_verified, NULL::double precision AS rating FROM identity.users
"""


def upgrade() -> None:
    op.add_column("users", sa.Column("avatar", sa.Text), schema="identity")
    op.execute(PROFILES.format(avatar_url="'/media/avatars/' || avatar || '-256.webp'"))


def downgrade() -> None:
    op.execute(PROFILES.format(avatar_url="NULL::text"))
    op.drop_column("users", "avatar", schema="identity")
