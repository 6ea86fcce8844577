"""The fakes of the unit tests and the SQL adapters keep one contract."""

from dataclasses import dataclass, replace
from uuid import uuid4

import pytest

from marketplace.adapters.sql.catalog.category_tree import SqlCategoryCensus, SqlCategoryTrees
from marketplace.adapters.sql.catalog.listings import SqlListings
from marketplace.adapters.sql.pool import Pool
from marketplace.adapters.sql.transaction import SqlTransaction
from marketplace.application.catalog.category_ports import CategoryCensus, CategoryTrees, Count
from marketplace.application.catalog.ports import Listings
from marketplace.application.shared.ports import Transaction
from marketplace.domain.catalog.category import CategoryInUse, CategoryKind, CategoryNotFound, CategoryTree
from tests.builders.commerce import a_published_listing, aed
from tests.builders.personal import a_category
from tests.fakes.categories import MemoryCategoryCensus, MemoryCategoryTrees
from tests.fakes.personal import MemoryPersonal
from tests.fakes.world import MemoryListings


@dataclass
class Forest:
    transaction: Transaction
    trees: CategoryTrees
    census: CategoryCensus
    listings: Listings

    async def tree(self) -> CategoryTree:
        async with self.transaction:
            return await self.trees.locked()


def a_slug() -> str:
    return f"c{uuid4().hex[:20]}"


class CategoryTreesContract:
    async def test_a_category_comes_back_as_it_was_added_and_changed(self, forest: Forest) -> None:
        parent = a_category(a_slug(), kind=CategoryKind.SERVICE)
        child = a_category(
            a_slug(),
            kind=CategoryKind.SERVICE,
            parent=parent.slug,
            names={"en": "Cameras", "ar": "كاميرات"},
            position=7,
        )
        async with forest.transaction:
            await forest.trees.add(parent)
            await forest.trees.add(child)
        assert [(await forest.tree())[slug] for slug in (parent.slug, child.slug)] == [parent, child]
        moved = replace(child, parent=None, icon="lens", color="#000000", secondary_color="#FFFFFF", position=1)
        async with forest.transaction:
            await forest.trees.save(moved)
        tree, counts = await forest.census.taken()
        assert tree[child.slug] == moved
        assert counts.get(child.slug, Count()) == Count()

    async def test_a_category_that_was_used_stays(self, forest: Forest) -> None:
        used, unused = a_category(a_slug()), a_category(a_slug())
        async with forest.transaction:
            for one in (used, unused):
                await forest.trees.add(one)
            await forest.listings.add(a_published_listing(category=used.slug), aed(1))
        with pytest.raises(CategoryInUse):
            async with forest.transaction:
                await forest.trees.remove(used.slug)
        async with forest.transaction:
            await forest.trees.remove(unused.slug)
        tree = await forest.tree()
        assert tree[used.slug] == used
        with pytest.raises(CategoryNotFound):
            tree[unused.slug]


class TestMemoryCategoryTrees(CategoryTreesContract):
    @pytest.fixture
    def forest(self) -> Forest:
        transaction = MemoryPersonal()
        census = MemoryCategoryCensus(transaction)
        return Forest(transaction, MemoryCategoryTrees(transaction), census, MemoryListings(transaction))


class TestSqlCategoryTrees(CategoryTreesContract):
    @pytest.fixture
    def forest(self, fresh_pool: Pool) -> Forest:
        transaction = SqlTransaction(fresh_pool, {})
        census = SqlCategoryCensus(fresh_pool)
        return Forest(transaction, SqlCategoryTrees(transaction), census, SqlListings(transaction))
