"""Which squares of a grid a ring on the earth touches, as ranges of `catalog.cell` (migration 0015)."""

from math import acos, ceil, cos, log2, pi, radians, sin

from marketplace.domain.shared.geo import Location

FINEST = 30
"""Halvings of 180 degrees; a square of the finest grid is 2 cm high."""
MOST_CELLS = 3_000
"""Of more, near the poles, the squares are taken larger."""
GAP = 2
"""Cells between two ranges that are read along: looking a range up costs more."""
_MARGIN = 1e-7
"""Radians, 60 cm: more than what the rounding of cosines leaves out. Who asks compares distances anyway."""

Range = tuple[int, int]


def ranges_of_ring(centre: Location, inner: float, outer: float, size: float) -> list[Range]:
    """First and last cells, in order, that hold every point between two distances from the centre, and others nearby.

    `inner`, `outer` and `size`, the height of the squares to use at most, are angles in radians.
    """
    level = max(0, min(FINEST, ceil(log2(pi / size))))
    rows = 1 << level
    step = pi / rows
    latitude, longitude = radians(centre.latitude), radians(centre.longitude)
    first = max(0, int((latitude - outer - _MARGIN + pi / 2) / step))
    last = min(rows - 1, int((latitude + outer + _MARGIN + pi / 2) / step))
    cells = set[int]()
    for row in range(first, last + 1):
        middle = (row + 0.5) * step - pi / 2
        # A point of this row is at most half a step from the row's middle, along its meridian.
        hole = _reach(latitude, middle, max(0.0, inner - step / 2 - _MARGIN))
        reach = _reach(latitude, middle, min(pi, outer + step / 2 + _MARGIN))
        spread_row = 2 * _spread(row)
        for west, east in ((longitude - reach, longitude - hole), (longitude + hole, longitude + reach)):
            columns = range(int((west + 3 * pi) // step), int((east + 3 * pi) // step) + 1)
            if len(cells) + len(columns) > MOST_CELLS:
                return ranges_of_ring(centre, inner, outer, 2 * step)
            cells.update(_spread(column % (2 * rows)) + spread_row for column in columns)
    return _joined(sorted(cells), 2 * (FINEST - level))


def _reach(latitude: float, other: float, distance: float) -> float:
    """How far east or west of a point the parallel of `other` is that distance away; 0 if it is farther throughout,
    pi if it is nearer."""
    ratio = (cos(distance) - sin(latitude) * sin(other)) / max(cos(latitude) * cos(other), 1e-300)
    return acos(max(-1.0, min(1.0, ratio)))


def _spread(bits: int) -> int:
    """The bits of a number with a zero before each."""
    return int(f"{bits:b}", 4)


def _joined(cells: list[int], shift: int) -> list[Range]:
    ranges: list[Range] = []
    start = 0
    for index, cell in enumerate(cells):
        if index + 1 == len(cells) or cells[index + 1] > cell + 1 + GAP:
            ranges.append((cells[start] << shift, ((cell + 1) << shift) - 1))
            start = index + 1
    return ranges
