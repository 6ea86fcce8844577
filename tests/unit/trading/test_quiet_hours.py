from datetime import UTC, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from marketplace.domain.trading.quiet_hours import InvalidQuietHours, QuietHours, UnknownTimeZone

HOUR, MINUTE, SECOND = timedelta(hours=1), timedelta(minutes=1), timedelta(seconds=1)
NIGHT = QuietHours(begins=time(22), ends=time(7), time_zone="Asia/Dubai")
BERLIN = QuietHours(begins=time(1), ends=time(2, 30), time_zone="Europe/Berlin")
minutes = st.times().map(lambda at: at.replace(second=0, microsecond=0))
zones = st.sampled_from(["Asia/Dubai", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Kolkata"])
moments = st.timedeltas(timedelta(0), timedelta(days=3_650)).map(lambda later: datetime(2025, 1, 1, tzinfo=UTC) + later)


def utc(year: int, month: int, day: int, *clock: int) -> datetime:
    units = zip(clock, (HOUR, MINUTE, SECOND), strict=False)
    return datetime(year, month, day, tzinfo=UTC) + sum((count * unit for count, unit in units), timedelta())


@pytest.mark.parametrize(("now", "over_at"), [
    (utc(2030, 1, 1, 17, 59, 59), None), (utc(2030, 1, 1, 18), utc(2030, 1, 2, 3)),
    (utc(2030, 1, 1, 23, 30), utc(2030, 1, 2, 3)), (utc(2030, 1, 2, 2, 59, 59), utc(2030, 1, 2, 3)),
    (utc(2030, 1, 2, 3), None), (utc(2030, 1, 2, 12), None),
])  # fmt: skip
def test_a_night_goes_past_midnight_on_the_clock_of_the_wall(now: datetime, over_at: datetime | None) -> None:
    assert NIGHT.over_at(now) == over_at


@pytest.mark.parametrize(("now", "over_at"), [
    (utc(2030, 3, 31, 0, 10), utc(2030, 3, 31, 1)),  # at 02:00 the clock shows 03:00: half past two never comes
    (utc(2030, 10, 27, 0, 10), utc(2030, 10, 27, 0, 30)),  # the first half past two of two
    (utc(2030, 10, 27, 0, 40), None), (utc(2030, 10, 27, 1, 10), utc(2030, 10, 27, 1, 30)),
])  # fmt: skip
def test_where_the_clock_is_changed_they_end_when_it_shows_so(now: datetime, over_at: datetime | None) -> None:
    assert BERLIN.over_at(now) == over_at


@given(begins=minutes, ends=minutes, zone=zones, now=moments)
def test_it_is_quiet_up_to_the_end_and_not_at_it(begins: time, ends: time, zone: str, now: datetime) -> None:
    if begins == ends:
        return
    hours = QuietHours(begins=begins, ends=ends, time_zone=zone)
    over_at = hours.over_at(now)
    if over_at is None:
        return
    assert now < over_at <= now + timedelta(hours=25)
    assert hours.over_at(over_at) is None
    assert hours.over_at(over_at - timedelta(microseconds=1)) == over_at


def test_hours_that_end_as_they_begin_are_none() -> None:
    with pytest.raises(InvalidQuietHours, match="another time") as refused:
        QuietHours(begins=time(7), ends=time(7), time_zone="Asia/Dubai")
    assert refused.value.field == "quiet_hours.until"


@pytest.mark.parametrize("zone", ["", "Dubai", "../etc/passwd", "Asia/Atlantis", "+04:00"])
def test_only_zones_of_the_database_are_known(zone: str) -> None:
    with pytest.raises(UnknownTimeZone):
        QuietHours(begins=time(22), ends=time(7), time_zone=zone)
