from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Protocol

from marketplace.domain.catalog.category import Category, CategoryTree


@dataclass(frozen=True, slots=True)
class Count:
    """What everybody sees for sale in one category, those below it left out."""

    products: int = 0
    listings: int = 0
    live: int = 0


Answers = Mapping[str, bytes]
"""By name."""
Compute = Callable[[], Awaitable[Answers]]


class CategoryTrees(Protocol):
    async def locked(self) -> CategoryTree:
        """Nobody else changes the tree until the transaction ends."""
        ...

    async def add(self, category: Category) -> None: ...

    async def save(self, category: Category) -> None: ...

    async def remove(self, slug: str) -> None:
        """Raises CategoryInUse while a listing, sold or removed ones too, is in it."""
        ...


class CategoryCensus(Protocol):
    async def taken(self) -> tuple[CategoryTree, Mapping[str, Count]]:
        """The tree, and the counts by slug; a category without any is not in them."""
        ...


class CategoryCache(Protocol):
    """What is answered about categories, encoded, for five minutes. None of it raises because the cache is away."""

    async def read(self, name: str, compute: Compute) -> bytes | None:
        """The answer of this name, None if there is none. Where nothing is kept all is computed, once at a time."""
        ...

    async def changed(self) -> None:
        """Listings came or went."""
        ...

    async def take_turn(self) -> bool:
        """Whether to compute anew now, because of a change: once in five seconds for all who ask."""
        ...

    async def renew(self, compute: Compute) -> None:
        """Compute anew and keep that."""
        ...

    async def forget(self) -> None:
        """Keep nothing of what was computed until now, nor of what is being computed."""
        ...
