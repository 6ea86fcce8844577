"""What the feeds are ordered by: columns and indexes of the storefront (migration 0015, docs/adr/0020)."""

from sqlalchemy import BigInteger, Boolean, Column, Computed, Index, false, text
from sqlalchemy.schema import SchemaItem
from sqlalchemy.types import UserDefinedType

DISCOVER = "channel = 'discover'"
COMMUNITY = "channel = 'community' AND audience = 'everyone' AND cell IS NOT NULL"
EVERYONE = f"{DISCOVER} AND audience = 'everyone'"
_COVERED = ["point", "listing_id", "seller_id", "settled"]


class Cube(UserDefinedType[str]):
    cache_ok = True

    def get_col_spec(self, **_: object) -> str:
        return "public.cube"


def feed_columns() -> list[SchemaItem]:
    """Scores are in millionths of a point.

    `settled`: the transaction since which the row stands where it does in every feed, or higher.
    `point`: a point of the unit sphere. `cell`: the square of the finest grid that it lies in.
    """
    return [
        Column("is_live", Boolean, nullable=False, server_default=false()),
        Column("engagement", BigInteger, nullable=False, server_default="0"),
        Column("settled", BigInteger, nullable=False, server_default="0"),
        Column("hotness", BigInteger, Computed("catalog.freshness(listing_id) + engagement"), nullable=False),
        Column("point", Cube, Computed("catalog.on_earth(latitude, longitude)")),
        Column("cell", BigInteger, Computed("catalog.cell(latitude, longitude)")),
        _index("discover", "is_live", "hotness", "listing_id", where=EVERYONE),
        _index("discover_category", "category", "is_live", "hotness", "listing_id", where=EVERYONE),
        _index("discover_seller", "seller_id", "is_live", "hotness", "listing_id", where=DISCOVER),
        _index("recent", "is_live", "listing_id", where=EVERYONE),
        _index("recent_category", "category", "is_live", "listing_id", where=EVERYONE),
        _index("followers", "seller_id", "is_live", "listing_id", where="audience = 'followers'"),
        _index("point", "point", where=COMMUNITY, using="gist"),
        _index("category_point", "category", "point", where=COMMUNITY, using="gist"),
        _index("cell", "cell", where=COMMUNITY, include=_COVERED),
        _index("category_cell", "category", "cell", where=COMMUNITY, include=_COVERED),
    ]


def _index(name: str, *columns: str, where: str, using: str = "btree", include: list[str] | None = None) -> Index:
    return Index(
        f"ix_storefront_{name}", *columns, postgresql_where=text(where), postgresql_using=using,
        postgresql_include=include,
    )  # fmt: skip
