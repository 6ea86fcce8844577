from marketplace.adapters.sql.transaction import SqlTransaction
from marketplace.application.ordering.fee_ports import FeeScopes
from marketplace.domain.ordering.fees import UnknownFeeScope
from marketplace.domain.shared.ids import UserId

_KNOWN = """
SELECT $1::text IS NULL OR EXISTS (SELECT FROM catalog.categories WHERE slug = $1) AS category,
    $2::uuid IS NULL OR EXISTS (SELECT FROM identity.public_profiles WHERE id = $2) AS seller
"""


class FeeScopesOfEverybody(FeeScopes):
    def __init__(self, transaction: SqlTransaction) -> None:
        self._transaction = transaction

    async def require(self, category: str | None, seller: UserId | None) -> None:
        row = await self._transaction.connection.fetchrow(_KNOWN, category, seller)
        if not row["category"]:
            raise UnknownFeeScope("no category has this slug", field="category")
        if not row["seller"]:
            raise UnknownFeeScope("nobody has this id", field="seller_id")
