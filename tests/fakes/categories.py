"""Categories in memory. The port contracts hold for them: tests/contract/personal."""

import asyncio
from collections.abc import Mapping

from marketplace.application.catalog.category_ports import (
    Answers,
    CategoryCache,
    CategoryCensus,
    CategoryTrees,
    Compute,
    Count,
)
from marketplace.domain.catalog.category import Category, CategoryInUse, CategoryTree
from tests.fakes.personal import MemoryPersonal


class MemoryCategoryTrees(CategoryTrees):
    def __init__(self, transaction: MemoryPersonal) -> None:
        self._transaction = transaction

    async def locked(self) -> CategoryTree:
        return CategoryTree(self._transaction.personal.categories.values())

    async def add(self, category: Category) -> None:
        self._transaction.personal.categories[category.slug] = category

    async def save(self, category: Category) -> None:
        await self.add(category)

    async def remove(self, slug: str) -> None:
        if any(listing.category == slug for listing, _ in self._transaction.personal.listings.values()):
            raise CategoryInUse("listings are in it: a category that was used stays", slug=slug)
        del self._transaction.personal.categories[slug]


class MemoryCategoryCensus(CategoryCensus):
    def __init__(self, transaction: MemoryPersonal) -> None:
        self._transaction = transaction
        self.counts: dict[str, Count] = {}

    async def taken(self) -> tuple[CategoryTree, Mapping[str, Count]]:
        async with self._transaction:
            return CategoryTree(self._transaction.personal.categories.values()), self.counts


class MemoryCategoryCache(CategoryCache):
    """Time stands still: a turn that was taken is the last one until `later`."""

    def __init__(self) -> None:
        self._kept: Answers | None = None
        self._generation = 0
        self._lock = asyncio.Lock()
        self._changed = False
        self._quiet = False

    async def read(self, name: str, compute: Compute) -> bytes | None:
        while (answers := self._kept) is None:
            async with self._lock:
                if self._kept is None:
                    await self.renew(compute)
        return answers.get(name)

    async def changed(self) -> None:
        self._changed = True

    async def take_turn(self) -> bool:
        if self._quiet or not self._changed:
            return False
        self._changed, self._quiet = False, True
        return True

    def later(self) -> None:
        """Five seconds later."""
        self._quiet = False

    async def renew(self, compute: Compute) -> None:
        generation = self._generation
        try:
            answers = await compute()
        except Exception:
            self._changed = True
            raise
        if generation == self._generation:
            self._kept = answers

    async def forget(self) -> None:
        self._generation += 1
        self._kept = None
