"""When a service can be had: opening hours on the wall's clock, cut into slots that are instants."""

import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from marketplace.domain.shared.errors import Conflict, Invalid

USUAL_SLOT = timedelta(minutes=60)
SHORTEST_SLOT = timedelta(minutes=5)
HORIZON = timedelta(days=90)
"""A slot begins at most so long from now."""
LONGEST_LOOK = timedelta(days=31)
"""At a time."""
MOST_SPANS = 6
"""In one day."""
MOST_EXCEPTIONS = 400
LONGEST_LEAD = timedelta(days=30)
MOST_SEATS = 20
MINUTES_OF_A_DAY = 24 * 60

_ZONE_NAME = re.compile(r"UTC|(?!posix/|right/)[A-Za-z]+(/[A-Za-z0-9_+-]+){1,2}")
_EARLIEST, _LATEST = timedelta(hours=14), timedelta(hours=12)
"""How far before and after the same hour in UTC the clocks of the world show it."""


class InvalidHours(Invalid):
    code = "invalid_hours"


class UnknownTimeZone(Invalid):
    code = "unknown_time_zone"


class InvalidPeriod(Invalid):
    code = "invalid_period"


class NoSuchSlot(Conflict):
    code = "no_such_slot"


def zone_of(name: str) -> ZoneInfo:
    """Of the IANA database; raises UnknownTimeZone."""
    try:
        if _ZONE_NAME.fullmatch(name):
            return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        pass
    raise UnknownTimeZone("is no time zone of the IANA database, like Asia/Tashkent", field="time_zone")


@dataclass(frozen=True, slots=True)
class Span:
    """From one minute of the local day to another; midnight is 0, and 1440 at the end of the day."""

    opens: int
    closes: int

    def __post_init__(self) -> None:
        if not 0 <= self.opens < self.closes <= MINUTES_OF_A_DAY:
            raise InvalidHours("opens before it closes, on the same day", field="hours")


@dataclass(frozen=True, slots=True)
class Slot:
    """Two instants, in UTC."""

    starts_at: datetime
    ends_at: datetime


@dataclass(frozen=True, slots=True)
class Taken:
    """A seat that somebody has for some time."""

    seat: int
    starts_at: datetime
    ends_at: datetime


Day = tuple[Span, ...]
Week = tuple[Day, Day, Day, Day, Day, Day, Day]
"""From Monday to Sunday."""
CLOSED: Week = ((), (), (), (), (), (), ())


@dataclass(frozen=True, slots=True, kw_only=True)
class Hours:
    """What a seller says of the times: `exceptions` stand in for the day of the week, and none of them means closed.

    `lead`: how long before it begins a slot must be taken. `capacity`: how many may have the same slot.
    """

    week: Week = CLOSED
    exceptions: Mapping[date, Day] = field(default_factory=dict)
    lead: timedelta = timedelta(0)
    capacity: int = 1

    def __post_init__(self) -> None:
        for day in (*self.week, *self.exceptions.values()):
            if len(day) > MOST_SPANS:
                raise InvalidHours(f"at most {MOST_SPANS} spans in a day", field="hours")
            if any(one.closes > other.opens for one, other in pairwise(day)):
                raise InvalidHours("the spans of a day follow one another and do not overlap", field="hours")
        if len(self.exceptions) > MOST_EXCEPTIONS:
            raise InvalidHours(f"at most {MOST_EXCEPTIONS}", field="exceptions")
        if not timedelta(0) <= self.lead <= LONGEST_LEAD:
            raise InvalidHours(f"is between 0 and {LONGEST_LEAD // timedelta(minutes=1)}", field="lead_minutes")
        if not 1 <= self.capacity <= MOST_SEATS:
            raise InvalidHours(f"is between 1 and {MOST_SEATS}", field="capacity")

    def on(self, day: date) -> Day:
        return self.exceptions.get(day, self.week[day.weekday()])


@dataclass(frozen=True, slots=True)
class Schedule:
    """A service's hours in its time zone, and how long it takes."""

    hours: Hours
    time_zone: str
    length: timedelta

    @classmethod
    def of(cls, hours: Hours, time_zone: str, duration_minutes: int | None) -> "Schedule":
        length = USUAL_SLOT if duration_minutes is None else timedelta(minutes=duration_minutes)
        return cls(hours, time_zone, max(length, SHORTEST_SLOT))

    def free(self, first: date, last: date, now: datetime, taken: Iterable[Taken]) -> list[tuple[Slot, int]]:
        """The slots of these local days that can still be had, in order, each with the seats left in it.

        What is too soon or too far off is left out.
        """
        days = _days(*self.within(first, last, now))
        slots = [slot for day in days for slot in self.on(day) if self._can_be_had(slot.starts_at, now)]
        seats: list[set[int]] = [set(range(1, self.hours.capacity + 1)) for _ in slots]
        starts = [slot.starts_at for slot in slots]
        for one in taken:
            place = max(bisect_right(starts, one.starts_at) - 1, 0)
            while place < len(slots) and slots[place].starts_at < one.ends_at:
                if slots[place].ends_at > one.starts_at:
                    seats[place].discard(one.seat)
                place += 1
        return [(slot, len(left)) for slot, left in zip(slots, seats, strict=True) if left]

    def slot_at(self, starts_at: datetime, now: datetime) -> Slot:
        """Raises NoSuchSlot unless one begins then, neither too soon nor too far off."""
        if self._can_be_had(starts_at, now):
            for slot in self.on(starts_at.astimezone(zone_of(self.time_zone)).date()):
                if slot.starts_at == starts_at:
                    return slot
        raise NoSuchSlot("no slot begins at this time: read the service's availability", starts_at=starts_at)

    def within(self, first: date, last: date, now: datetime) -> tuple[date, date]:
        """The part of these days in which slots can be had."""
        zone = zone_of(self.time_zone)
        return max(first, now.astimezone(zone).date()), min(last, (now + HORIZON).astimezone(zone).date())

    def on(self, day: date) -> Iterator[Slot]:
        """All slots of a local day, in order: from each opening one after the other, as long as they end in time."""
        for opens, closes in sorted(self._openings(day)):
            while opens + self.length <= closes:
                yield Slot(opens, opens + self.length)
                opens += self.length

    def _openings(self, day: date) -> Iterator[tuple[datetime, datetime]]:
        """The stretches of real time in which the local clock shows opening hours of this day.

        An hour that the clock skips is not there; one that it shows twice is there twice.
        """
        midnight = datetime.combine(day, time(), UTC)
        stretches = _stretches(zone_of(self.time_zone), midnight - _EARLIEST, midnight + timedelta(days=1) + _LATEST)
        for span in self.hours.on(day):
            found: list[tuple[datetime, datetime]] = []
            for begins, ends, offset in stretches:
                opens = max(midnight + timedelta(minutes=span.opens) - offset, begins)
                closes = min(midnight + timedelta(minutes=span.closes) - offset, ends)
                if opens >= closes:
                    continue
                if found and found[-1][1] == opens:
                    opens = found.pop()[0]
                found.append((opens, closes))
            yield from found

    def _can_be_had(self, starts_at: datetime, now: datetime) -> bool:
        return now + self.hours.lead <= starts_at <= now + HORIZON


def _days(first: date, last: date) -> Iterator[date]:
    return (first + timedelta(days=n) for n in range((last - first).days + 1))


def _stretches(zone: ZoneInfo, begins: datetime, ends: datetime) -> list[tuple[datetime, datetime, timedelta]]:
    """From one instant to another, parted where the zone's offset from UTC changes: once at most in so short a time."""
    before, after = _offset(zone, begins), _offset(zone, ends)
    if before == after:
        return [(begins, ends, before)]
    early, late = 0, (ends - begins) // timedelta(seconds=1)
    while late - early > 1:
        middle = (early + late) // 2
        if _offset(zone, begins + timedelta(seconds=middle)) == before:
            early = middle
        else:
            late = middle
    change = begins + timedelta(seconds=late)
    return [(begins, change, before), (change, ends, after)]


def _offset(zone: ZoneInfo, at: datetime) -> timedelta:
    return at.astimezone(zone).utcoffset() or timedelta(0)
