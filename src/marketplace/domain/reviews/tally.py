"""Stars, counted."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Self
from uuid import UUID

LEAST_STARS, MOST_STARS = 1, 5
STARS = range(LEAST_STARS, MOST_STARS + 1)


class RatedAs(StrEnum):
    SELLER = "seller"
    BUYER = "buyer"
    LISTING = "listing"


@dataclass(frozen=True, slots=True, order=True)
class Rated:
    """A person in one of their roles, or a listing."""

    id: UUID
    role: RatedAs


@dataclass(frozen=True, slots=True)
class Tally:
    """How often each number of stars was given, from one to five."""

    stars: tuple[int, ...] = (0,) * MOST_STARS

    @classmethod
    def of(cls, ratings: Iterable[int]) -> Self:
        given = list(ratings)
        return cls(tuple(given.count(star) for star in STARS))

    @property
    def count(self) -> int:
        return sum(self.stars)

    @property
    def total(self) -> int:
        return sum(star * count for star, count in zip(STARS, self.stars, strict=True))

    @property
    def average(self) -> float | None:
        """With two decimals, rounded half up; None of nothing."""
        if not self.count:
            return None
        return (200 * self.total + self.count) // (2 * self.count) / 100
