from sqlalchemy import (
    ARRAY,
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    DateTime,
    ForeignKey,
    Index,
    Integer,
    Numeric,
    String,
    Table,
    Text,
    Uuid,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB

from marketplace.adapters.sql.metadata import metadata

negotiations = Table(
    "negotiations",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("subject_kind", Text, nullable=False),
    Column("subject_id", Uuid, nullable=False),
    Column("listing_ids", ARRAY(Uuid), nullable=False),
    Column("buyer_id", Uuid, nullable=False),
    Column("seller_id", Uuid, CheckConstraint("seller_id <> buyer_id", name="two_parties"), nullable=False),
    Column("opener", Text, nullable=False),
    Column("currency", String(3), nullable=False),
    Column("asked_minor", BigInteger),
    Column("asked_quantity", Numeric(20, 6)),
    Column("asked_unit", Text),
    Column("asked_is_ceiling", Boolean),
    Column("closes_at", DateTime(timezone=True)),
    Column("sealed_until", DateTime(timezone=True)),
    Column("attempts", Integer, nullable=False),
    Column("step_minor", BigInteger),
    Column("status", Text, nullable=False),
    Column("version", Integer, nullable=False, server_default="0"),
    Index(
        "uq_negotiations_open", "subject_id", "buyer_id", "seller_id", unique=True,
        postgresql_where=text("status = 'open'"),
    ),
    Index("ix_negotiations_subject_id", "subject_id", "id"),
    Index("ix_negotiations_subject_id_buyer_id", "subject_id", "buyer_id"),
    Index(
        "ix_negotiations_parties", "subject_id", "buyer_id", "seller_id", "id",
        postgresql_where=text("subject_kind = 'trade'"),
    ),
    Index(
        "ix_negotiations_compared", "subject_id", "id",
        postgresql_where=text("subject_kind = 'trade' AND status IN ('open', 'agreed')"),
    ),
    Index("ix_negotiations_buyer_id", "buyer_id", "id"),
    Index("ix_negotiations_seller_id", "seller_id", "id"),
    Index("ix_negotiations_open_buyer_id", "buyer_id", "id", postgresql_where=text("status = 'open'")),
    Index("ix_negotiations_open_seller_id", "seller_id", "id", postgresql_where=text("status = 'open'")),
    Index(
        "ix_negotiations_desk_buyer_id", "buyer_id", "opener", "id", postgresql_where=text("subject_kind = 'trade'")
    ),
    Index(
        "ix_negotiations_desk_seller_id", "seller_id", "opener", "id", postgresql_where=text("subject_kind = 'trade'")
    ),
    Index(
        "ix_negotiations_packages", "listing_ids", postgresql_using="gin",
        postgresql_where=text("subject_kind = 'package' AND status = 'open'"),
    ),
    schema="trading",
)  # fmt: skip
"""`asked_*`: what the listing asks; `listing_ids` those of a listing or a package, in order."""

offers = Table(
    "offers",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("negotiation_id", ForeignKey(negotiations.c.id), nullable=False),
    Column("side", Text, nullable=False),
    Column("price_minor", BigInteger, CheckConstraint("price_minor > 0", name="price_positive"), nullable=False),
    Column("price_unit", Text),
    Column("quantity", Numeric(20, 6), CheckConstraint("quantity > 0", name="quantity_positive"), nullable=False),
    Column("unit", Text, nullable=False),
    Column("terms", JSONB),
    Column("message", Text),
    Column("status", Text, nullable=False),
    Column("by_rule", Text),
    Column("taken", Numeric(20, 6)),
    Column("created_at", DateTime(timezone=True), nullable=False),
    Column("expires_at", DateTime(timezone=True), nullable=False),
    Index("ix_offers_negotiation_id", "negotiation_id", "id"),
    Index("uq_offers_pending", "negotiation_id", unique=True, postgresql_where=text("status = 'pending'")),
    schema="trading",
)
"""`terms`: the lines of the term sheet beside price and quantity, null when it has none. `taken`: in `unit`."""

listing_offers = Table(
    "listing_offers",
    metadata,
    Column("offer_id", Uuid, primary_key=True),
    Column("listing_id", Uuid, primary_key=True),
    Column("is_first", Boolean, nullable=False),
    Column("buyer_id", Uuid, nullable=False),
    Column("seller_id", Uuid, nullable=False),
    Column("status", Text, nullable=False),
    Index("ix_listing_offers_buyer_id", "buyer_id", "status", "offer_id", postgresql_where=text("is_first")),
    Index("ix_listing_offers_seller_id", "seller_id", "status", "offer_id", postgresql_where=text("is_first")),
    Index("ix_listing_offers_listing_id_buyer_id", "listing_id", "buyer_id", "status", "offer_id"),
    Index("ix_listing_offers_listing_id_seller_id", "listing_id", "seller_id", "status", "offer_id"),
    schema="trading",
)
"""Where lists of offers are read: a row for each listing of an offer, `is_first` once for each offer. A trigger on
`offers` writes it; offers of the desk are not in it."""
shortlist = Table(
    "shortlist",
    metadata,
    Column("negotiation_id", ForeignKey(negotiations.c.id), primary_key=True),
    schema="trading",
)
"""Offers that the owner of their trade has marked."""

trades = Table(
    "trades",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("owner_id", Uuid, nullable=False),
    Column("side", Text, nullable=False),
    Column("commodity", Text, nullable=False),
    Column("grade", Text),
    Column("quality", JSONB, nullable=False),
    Column("quantity", Numeric(20, 6), CheckConstraint("quantity > 0", name="quantity_positive"), nullable=False),
    Column("unit", Text, nullable=False),
    Column("target_minor", BigInteger),
    Column("currency", String(3), nullable=False),
    Column("price_unit", Text, nullable=False),
    Column("delivery_place", Text),
    Column("delivery_terms", Text),
    Column("delivery_days", Integer),
    Column("payment_terms", Text),
    Column("visibility", Text, nullable=False),
    Column("invited", ARRAY(Uuid), nullable=False),
    Column("valid_until", DateTime(timezone=True), nullable=False),
    Column("status", Text, nullable=False),
    Column("created_at", DateTime(timezone=True), nullable=False),
    Column("version", Integer, nullable=False, server_default="0"),
    Index("ix_trades_owner_id", "owner_id", "side", "status", "id", postgresql_include=["commodity"]),
    Index(
        "ix_trades_owner_id_open", "owner_id", "valid_until", "id",
        postgresql_where=text("status IN ('published', 'negotiating')"),
    ),
    Index(
        "ix_trades_open", "side", "status", "id", postgresql_include=["owner_id", "valid_until"],
        postgresql_where=text("invited = '{}' AND status IN ('published', 'negotiating')"),
    ),
    Index(
        "ix_trades_open_commodity", text("lower(commodity)"), "side", "status", "id",
        postgresql_include=["commodity", "owner_id", "valid_until"],
        postgresql_where=text("invited = '{}' AND status IN ('published', 'negotiating')"),
    ),
    Index(
        "ix_trades_invited", "invited", postgresql_using="gin",
        postgresql_where=text("invited <> '{}' AND status IN ('published', 'negotiating')"),
    ),
    schema="trading",
)  # fmt: skip
"""`ix_trades_open_commodity` is by bytes (COLLATE "C"), which a comparison with the database does not see."""
