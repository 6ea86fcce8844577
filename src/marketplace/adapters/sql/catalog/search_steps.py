"""The marks of the index that a search asks for beside its words (migration 0016 writes them)."""

from dataclasses import dataclass
from itertools import pairwise
from math import ceil, cos, floor, log2, radians

from marketplace.adapters.sql.catalog.search_words import alternatives, quoted
from marketplace.application.catalog.search import Sort, Wish
from marketplace.domain.shared.geo import Location
from marketplace.domain.shared.money import LARGEST_MINOR

CELL = 0.005
"""Degrees, of the smallest cells."""
SIZES = (1, 3, 9, 27, 81, 243)
"""How many times as wide the cells are."""
KILOMETRES = 111.2
"""In a degree of latitude."""
MOST_CELLS = 60
BLOCKS = {"a": 7, "b": 10, "c": 13, "d": 17}
"""Bits of `place` within a block."""
MOST_LARGE_BLOCKS = 64
STEPS = 8
"""Of prices, in an octave."""
ROUNDING = 1e-6
LAST_PRICE = floor(STEPS * log2(LARGEST_MINOR)) + 1


@dataclass(frozen=True, slots=True)
class Filters:
    """`queries` for tsquery, all of which must match; `marks` are those that stand alone."""

    queries: list[str]
    marks: list[str]


def filters_of(wish: Wish) -> Filters:
    by_price = wish.lowest or wish.highest or wish.sort in {Sort.PRICE_ASC, Sort.PRICE_DESC}
    chosen = (
        ("kind", wish.kind), ("category", wish.category), ("condition", wish.condition),
        ("currency", None if by_price else wish.currency),
    )  # fmt: skip
    marks = [f"#{name} {value}" for name, value in chosen if value is not None]
    queries = [quoted(mark) for mark in marks]
    if wish.lowest or wish.highest:
        queries.append(alternatives(_between(wish)))
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


def newest(top: int, smallest: str = "b") -> list[str]:
    """Blocks from the newest place down: of each size those in one or two blocks of the next."""
    sizes = [(name, bits) for name, bits in BLOCKS.items() if name >= smallest]
    found, end = [], top + 1
    for (name, bits), (_, next_bits) in pairwise(sizes):
        begin = max((end - 1 >> next_bits) - 1, 0) << next_bits
        found += [f"'#{name}{n}'" for n in range(end - 1 >> bits, (begin >> bits) - 1, -1)]
        end = begin
    name, bits = sizes[-1]
    last = (end >> bits) - 1
    return found + [f"'#{name}{n}'" for n in range(last, max(last - MOST_LARGE_BLOCKS, -1), -1)]


def _prices(wish: Wish) -> list[str]:
    """The steps of all prices that are wanted, the lowest first."""
    lowest, highest = _steps(wish)
    return [f"#p{wish.currency}{n}" for n in range(lowest, highest + 1)]


def _between(wish: Wish) -> tuple[str, ...]:
    """The same in whole octaves, and in steps where one is not wanted whole."""
    lowest, highest = _steps(wish)
    first, last = -(-lowest // STEPS), (highest + 1) // STEPS
    if first >= last:
        return tuple(_prices(wish))
    steps = [*range(lowest, first * STEPS), *range(last * STEPS, highest + 1)]
    return (*(f"#p{wish.currency}{n}" for n in steps), *(f"#q{wish.currency}{n}" for n in range(first, last)))


def _steps(wish: Wish) -> tuple[int, int]:
    """The first and the last, wide enough for logarithms that are rounded otherwise."""
    lowest = floor(STEPS * log2(wish.lowest.minor) - ROUNDING) if wish.lowest else 0
    return max(lowest, 0), floor(STEPS * log2(wish.highest.minor) + ROUNDING) if wish.highest else LAST_PRICE


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
        if edge > 85:
            return ()
        wide = ceil(radius_km / KILOMETRES / cos(radians(edge)) / side)
        if abs(near.longitude) + (wide + 1) * side > 180:
            continue
        if (2 * tall + 1) * (2 * wide + 1) <= MOST_CELLS:
            return _around(near, size, tall, wide)
    return ()


def _around(near: Location, size: int, tall: int, wide: int) -> tuple[str, ...]:
    row, column = floor(near.latitude / CELL / size), floor(near.longitude / CELL / size)
    return tuple(
        f"#g{size}:{row + up}:{column + right}" for up in range(-tall, tall + 1) for right in range(-wide, wide + 1)
    )
