"""Rings on a grid leave no point out, wherever they lie; distances are those of an independent computation."""

from math import atan2, cos, hypot, pi, radians, sin

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from marketplace.adapters.sql.catalog.cells import FINEST, MOST_CELLS, ranges_of_ring
from marketplace.domain.shared.geo import EARTH_RADIUS_KM, Location, chord_of, km_of

places = st.builds(Location, st.floats(-90, 90), st.floats(-180, 180))
near_zero = st.floats(1e-9, 1e-2)


def great_circle(one: Location, other: Location) -> float:
    """Vincenty's formula on a sphere: exact also for close and for opposite points. Radians."""
    a, b = radians(one.latitude), radians(other.latitude)
    turn = radians(other.longitude - one.longitude)
    across = hypot(cos(b) * sin(turn), cos(a) * sin(b) - sin(a) * cos(b) * cos(turn))
    return atan2(across, sin(a) * sin(b) + cos(a) * cos(b) * cos(turn))


def cell_of(place: Location) -> int:
    """As catalog.cell computes it."""
    half = 2**FINEST
    column = min(int((place.longitude + 180) / 180 * half), 2 * half - 1)
    row = min(int((place.latitude + 90) / 180 * half), half - 1)
    return int(f"{column:b}", 4) + 2 * int(f"{row:b}", 4)


def is_in(ranges: list[tuple[int, int]], place: Location) -> bool:
    return any(first <= cell_of(place) <= last for first, last in ranges)


@settings(max_examples=300, deadline=None)
@given(places, places, st.floats(0, 1), st.floats(0, 1), st.floats(5e-3, 2))
@example(Location(0, 180), Location(0, -180), 0.0, 0.0, 0.01)
@example(Location(90, 0), Location(89.9, 77), 0.5, 0.5, 0.01)
@example(Location(-90, -180), Location(90, 180), 0.1, 0.1, 0.3)
def test_a_ring_through_any_point_holds_it(
    centre: Location, place: Location, within: float, beyond: float, size: float
) -> None:
    distance = great_circle(centre, place)
    outer = distance + beyond * (pi - distance)
    assert is_in(ranges_of_ring(centre, distance * within, outer, size), place)


@settings(max_examples=300, deadline=None)
@given(places, st.floats(-1, 1), st.floats(-1, 1), near_zero, st.floats(0.1, 4))
def test_a_thin_ring_holds_its_points(
    centre: Location, north: float, east: float, scale: float, coarseness: float
) -> None:
    place = Location(
        max(-90.0, min(90.0, centre.latitude + north * scale * 50)),
        max(-180.0, min(180.0, centre.longitude + east * scale * 50)),
    )
    distance = great_circle(centre, place)
    if 1e-9 < distance < 0.08:
        assert is_in(ranges_of_ring(centre, distance, distance, max(distance / 30, 1e-8) * coarseness), place)


@pytest.mark.parametrize("latitude", [0, 25, 60, 85, 89.9, 90, -90])
def test_a_ring_costs_a_bounded_number_of_cells(latitude: float) -> None:
    ring = ranges_of_ring(Location(latitude, 179.99), 0.0099, 0.01, 0.0001)
    assert len(ring) <= MOST_CELLS
    assert ring == sorted(ring)


def test_a_ring_leaves_out_what_is_far_inside_and_outside() -> None:
    ring = ranges_of_ring(Location(25, 55), 0.0099, 0.01, 0.0005)
    assert is_in(ring, Location(25 + 0.00995 / pi * 180, 55))
    assert not is_in(ring, Location(25, 55))
    assert not is_in(ring, Location(26.5, 55))
    assert len(ring) < 200


@given(st.floats(0, pi * EARTH_RADIUS_KM - 1))
def test_kilometres_and_chords(km: float) -> None:
    assert km_of(chord_of(km)) == pytest.approx(km, rel=1e-7, abs=1e-9)
