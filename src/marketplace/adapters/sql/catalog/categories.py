from marketplace.adapters.sql.transaction import SqlTransaction
from marketplace.application.catalog.ports import Categories
from marketplace.domain.catalog.listing import UnknownCategory
from marketplace.domain.catalog.terms import Kind

_THERE = "SELECT FROM catalog.categories WHERE slug = $1 AND kind = $2"


class SqlCategories(Categories):
    def __init__(self, transaction: SqlTransaction) -> None:
        self._transaction = transaction

    async def require(self, slug: str, kind: Kind) -> None:
        tree = Kind.SERVICE if kind is Kind.SERVICE else Kind.PRODUCT
        if not await self._transaction.connection.fetch(_THERE, slug, tree.value):
            raise UnknownCategory(f"no {tree} category has this slug", field="category")
