from dataclasses import dataclass

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
