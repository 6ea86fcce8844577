from sqlalchemy import (
    ARRAY,
    CheckConstraint,
    Column,
    DateTime,
    ForeignKey,
    Index,
    LargeBinary,
    Table,
    Text,
    UniqueConstraint,
    Uuid,
)

from marketplace.adapters.sql.identity.tables import users
from marketplace.adapters.sql.metadata import metadata

signing_keys = Table(
    "signing_keys",
    metadata,
    Column("kid", Text, primary_key=True),
    Column("public_key", LargeBinary, nullable=False),
    Column("sealed_private_key", LargeBinary, nullable=False),
    Column("created_at", DateTime(timezone=True), nullable=False),
    Column("active_from", DateTime(timezone=True), nullable=False),
    Column("retired_at", DateTime(timezone=True)),
    CheckConstraint("length(public_key) = 32", name="public_key_ed25519"),
    schema="identity",
)

api_keys = Table(
    "api_keys",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("user_id", ForeignKey(users.c.id), nullable=False),
    Column("name", Text, nullable=False),
    Column("mac", LargeBinary, nullable=False),
    Column("scopes", ARRAY(Text), nullable=False),
    Column("created_at", DateTime(timezone=True), nullable=False),
    Column("expires_at", DateTime(timezone=True), nullable=False),
    Column("last_used_at", DateTime(timezone=True)),
    CheckConstraint("length(mac) = 32", name="mac_sha256"),
    CheckConstraint("expires_at > created_at", name="lives_a_while"),
    Index("ix_api_keys_user_id", "user_id"),
    schema="identity",
)

outside_identities = Table(
    "outside_identities",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("user_id", ForeignKey(users.c.id), nullable=False),
    Column("issuer", Text, nullable=False),
    Column("subject", Text, nullable=False),
    Column("linked_at", DateTime(timezone=True), nullable=False),
    UniqueConstraint("issuer", "subject"),
    UniqueConstraint("user_id", "issuer"),
    schema="identity",
)
"""Who a person is to an outside OpenID provider: its `iss` and `sub`."""
