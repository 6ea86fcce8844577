"""One shape for every list: a page by number, or, at a cost that does not grow, by cursor."""

from dataclasses import dataclass
from typing import Generic, TypeVar

import msgspec

Item = TypeVar("Item")

DEFAULT_PER_PAGE = 20
LARGEST_PER_PAGE = 100
EXACT_TOTAL_LIMIT = 10_000
"""Counting stops here; above it `total` is the planner's estimate, and pages are had by cursor only."""


class Page(msgspec.Struct, Generic[Item], frozen=True):
    """One page of a list. `next_cursor` leads to the rows after the last one, whatever came or went meanwhile."""

    items: list[Item]
    page: int
    per_page: int
    total: int
    has_more: bool
    next_cursor: str | None = None
    total_is_estimate: bool | msgspec.UnsetType = msgspec.UNSET


@dataclass(frozen=True, slots=True)
class Slice(Generic[Item]):
    """What a query found: at most the rows asked for, and how many there are in all."""

    items: list[Item]
    total: int
    has_more: bool
