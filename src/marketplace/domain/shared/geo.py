from dataclasses import dataclass
from math import asin, pi, sin

from marketplace.domain.shared.errors import Invalid


class InvalidLocation(Invalid):
    code = "invalid_location"


@dataclass(frozen=True, slots=True)
class Location:
    """A point on the earth in degrees, WGS 84."""

    latitude: float
    longitude: float

    def __post_init__(self) -> None:
        if not -90 <= self.latitude <= 90:
            raise InvalidLocation("must lie between -90 and 90", field="location.latitude")
        if not -180 <= self.longitude <= 180:
            raise InvalidLocation("must lie between -180 and 180", field="location.longitude")


EARTH_RADIUS_KM = 6_371.0088
"""The mean radius (IUGG)."""


def chord_of(km: float) -> float:
    """The straight line through the unit sphere between two points that far apart on the ground."""
    return 2 * sin(min(km / EARTH_RADIUS_KM, pi) / 2)


def km_of(chord: float) -> float:
    return 2 * EARTH_RADIUS_KM * asin(min(chord / 2, 1.0))
