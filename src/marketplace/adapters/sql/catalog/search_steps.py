"""The marks of the index that a search asks for beside its words (migration 0016 writes them)."""

from dataclasses import dataclass
from math import ceil, cos, floor, log2, radians

from marketplace.adapters.sql.catalog.search_words import alternatives, quoted
from marketplace.application.catalog.search import Sort, Wish
from marketplace.domain.shared.geo import Location
from marketplace.domain.shared.money import LARGEST_MINOR

CELL = 0.02
"""Degrees, of the smallest cells; the others are 10 and 100 times as wide."""
SIZES = (1, 10, 100)
KILOMETRES = 111.2
"""In a degree of latitude."""
MOST_CELLS = 200
SMALL, BIG = 13, 17
"""Bits of `place` within a block."""
MOST_BIG_BLOCKS = 64
LAST_PRICE = floor(2 * log2(LARGEST_MINOR)) + 1


@dataclass(frozen=True, slots=True)
class Filters:
    """`queries` for tsquery, all of which must match; `marks` are those that stand alone."""

    queries: list[str]
    marks: list[str]


def filters_of(wish: Wish) -> Filters:
    chosen = (("#k", wish.kind), ("#c", wish.category), ("#o", wish.condition), ("#m", wish.currency))
    marks = [f"{letter}{value}" for letter, value in chosen if value is not None]
    queries = [quoted(mark) for mark in marks]
    if wish.lowest or wish.highest:
        queries.append(alternatives(_prices(wish)))
    if wish.near and wish.radius_km is not None and (cells := _cells(wish.near, wish.radius_km)):
        queries.append(alternatives(cells))
    return Filters(queries, marks)


def steps_of(wish: Wish, top: int) -> list[str]:
    """The parts of the storefront one after the other, those first that the order wants first."""
    if wish.sort is Sort.PRICE_ASC and wish.currency:
        return [quoted(mark) for mark in _prices(wish)]
    if wish.sort is Sort.PRICE_DESC and wish.currency:
        return [quoted(mark) for mark in reversed(_prices(wish))]
    if wish.sort is Sort.NEAREST and wish.near:
        return _rings(wish.near)
    return newest(top)


def newest(top: int) -> list[str]:
    big = max((top >> BIG) - 1, 0)
    small = range(top >> SMALL, (big << (BIG - SMALL)) - 1, -1)
    return [f"'#b{n}'" for n in small] + [f"'#d{n}'" for n in range(big - 1, max(big - 1 - MOST_BIG_BLOCKS, -1), -1)]


def _prices(wish: Wish) -> tuple[str, ...]:
    """Half octaves, one more on either side as logarithms round."""
    lowest = floor(2 * log2(wish.lowest.minor)) - 1 if wish.lowest else 0
    highest = floor(2 * log2(wish.highest.minor)) + 1 if wish.highest else LAST_PRICE
    return tuple(f"#p{wish.currency}{n}" for n in range(max(lowest, 0), highest + 1))


def _rings(near: Location) -> list[str]:
    """The nine smallest cells around, then the wider ones without them, then everything."""
    seen = ""
    rings = []
    for size in SIZES:
        cells = alternatives(_around(near, size, 1, 1))
        rings.append(f"{cells}{seen}")
        seen = f" & !{cells}{seen}"
    return [*rings, f"'#s'{seen}"]


def _cells(near: Location, radius_km: float) -> tuple[str, ...]:
    """Of the smallest size of which few hold the circle; none where it comes too near to a pole or the date line."""
    for size in SIZES:
        side = CELL * size
        tall = ceil(radius_km / KILOMETRES / side)
        edge = abs(near.latitude) + radius_km / KILOMETRES
        if edge > 85:  # noqa: PLR2004 - meridians run together
            return ()
        wide = ceil(radius_km / KILOMETRES / cos(radians(edge)) / side)
        if abs(near.longitude) + (wide + 1) * side > 180:  # noqa: PLR2004
            continue
        if (2 * tall + 1) * (2 * wide + 1) <= MOST_CELLS:
            return _around(near, size, tall, wide)
    return ()


def _around(near: Location, size: int, tall: int, wide: int) -> tuple[str, ...]:
    row, column = floor(near.latitude / CELL / size), floor(near.longitude / CELL / size)
    return tuple(
        f"#g{size}:{row + up}:{column + right}" for up in range(-tall, tall + 1) for right in range(-wide, wide + 1)
    )
