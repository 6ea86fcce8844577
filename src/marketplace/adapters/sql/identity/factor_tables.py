from sqlalchemy import (
    ARRAY,
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Date,
    DateTime,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    Table,
    Text,
    Uuid,
)

from marketplace.adapters.sql.identity.tables import users
from marketplace.adapters.sql.metadata import metadata

second_factors = Table(
    "second_factors",
    metadata,
    Column("user_id", ForeignKey(users.c.id), primary_key=True),
    Column("seed", LargeBinary),
    Column("confirmed_at", DateTime(timezone=True)),
    Column("last_step", BigInteger),
    Column("recovery_codes", ARRAY(LargeBinary), nullable=False),
    Column("failures", Integer, nullable=False),
    Column("failures_today", Integer, nullable=False),
    Column("failed_on", Date),
    Column("locked_until", DateTime(timezone=True)),
    Column("version", Integer, nullable=False),
    CheckConstraint(
        "confirmed_at IS NULL OR (seed IS NOT NULL AND last_step IS NOT NULL)", name="confirmed_with_a_code"
    ),
    CheckConstraint("cardinality(recovery_codes) <= 10", name="recovery_codes_at_most"),
    CheckConstraint("failures >= 0 AND failures_today >= 0", name="failures_counted"),
    schema="identity",
)

passkeys = Table(
    "passkeys",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("user_id", ForeignKey(users.c.id), nullable=False),
    Column("credential_id", LargeBinary, nullable=False, unique=True),
    Column("public_key", LargeBinary, nullable=False),
    Column("sign_count", BigInteger, nullable=False),
    Column("transports", ARRAY(Text), nullable=False),
    Column("backup_eligible", Boolean, nullable=False),
    Column("backed_up", Boolean, nullable=False),
    Column("name", Text, nullable=False),
    Column("created_at", DateTime(timezone=True), nullable=False),
    Column("last_used_at", DateTime(timezone=True)),
    Column("suspected_at", DateTime(timezone=True)),
    Column("version", Integer, nullable=False),
    CheckConstraint("octet_length(credential_id) BETWEEN 1 AND 1023", name="credential_id_length"),
    CheckConstraint("sign_count >= 0", name="sign_count_counts"),
    Index("ix_passkeys_user_id", "user_id"),
    schema="identity",
)
