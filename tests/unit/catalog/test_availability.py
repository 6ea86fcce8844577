"""Slots lie inside opening hours on the wall's clock, and are as many as the day has hours."""

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from marketplace.domain.catalog.availability import (
    CLOSED,
    HORIZON,
    MINUTES_OF_A_DAY,
    SHORTEST_SLOT,
    Day,
    Hours,
    InvalidHours,
    NoSuchSlot,
    Schedule,
    Slot,
    Span,
    Taken,
    UnknownTimeZone,
    zone_of,
)

NINE_TO_FIVE: Day = (Span(9 * 60, 17 * 60),)
EVERY_DAY = Hours(week=(NINE_TO_FIVE,) * 7)
SPRING, AUTUMN = date(2026, 3, 29), date(2026, 10, 25)
"""In Berlin the clock skips 02:00 to 03:00, and shows it twice."""
MINUTE = timedelta(minutes=1)
ZONES = ["Europe/Berlin", "Asia/Tashkent", "Australia/Lord_Howe", "America/Havana", "Africa/Casablanca", "UTC"]


def a_schedule(day: Day, zone: str = "Europe/Berlin", minutes: int | None = 60) -> Schedule:
    return Schedule.of(Hours(week=(day,) * 7), zone, minutes)


def starts(schedule: Schedule, day: date) -> list[str]:
    return [f"{slot.starts_at:%d %H:%M}" for slot in schedule.on(day)]


@pytest.mark.parametrize(("day", "zone", "span", "wanted"), [
    (SPRING, "Europe/Berlin", Span(0, 6 * 60), ["28 23:00", "29 00:00", "29 01:00", "29 02:00", "29 03:00"]),
    (SPRING, "Europe/Berlin", Span(150, 5 * 60), ["29 01:00", "29 02:00"]),
    (SPRING, "Europe/Berlin", Span(120, 180), []),
    (SPRING, "Europe/Berlin", Span(90, 180), []),
    (AUTUMN, "Europe/Berlin", Span(0, 4 * 60), ["24 22:00", "24 23:00", "25 00:00", "25 01:00", "25 02:00"]),
    (AUTUMN, "Europe/Berlin", Span(120, 180), ["25 00:00", "25 01:00"]),
    (AUTUMN, "Europe/Berlin", Span(150, 5 * 60), ["25 01:30", "25 02:30"]),
    (SPRING, "Asia/Tashkent", Span(0, 180), ["28 19:00", "28 20:00", "28 21:00"]),
    (AUTUMN, "Asia/Tashkent", Span(0, 120), ["24 19:00", "24 20:00"]),
    (date(2011, 12, 30), "Pacific/Apia", Span(0, MINUTES_OF_A_DAY), []),
])  # fmt: skip
def test_an_hour_that_is_skipped_is_not_there_and_one_shown_twice_is_there_twice(
    day: date, zone: str, span: Span, wanted: list[str]
) -> None:
    assert starts(a_schedule((span,), zone), day) == wanted


@pytest.mark.parametrize(("zone", "day", "hours"), [
    ("Europe/Berlin", SPRING, 23), ("Europe/Berlin", AUTUMN, 25), ("Europe/Berlin", date(2026, 6, 1), 24),
    ("Asia/Tashkent", SPRING, 24), ("Asia/Tashkent", AUTUMN, 24),
])  # fmt: skip
def test_a_day_has_as_many_slots_as_hours(zone: str, day: date, hours: int) -> None:
    assert len(starts(a_schedule((Span(0, MINUTES_OF_A_DAY),), zone), day)) == hours


def test_slots_of_spans_in_the_doubled_hour_stand_in_order() -> None:
    slots = list(a_schedule((Span(120, 150), Span(150, 180)), minutes=30).on(AUTUMN))
    assert slots == sorted(slots, key=lambda slot: slot.starts_at)
    assert len(slots) == 4


@st.composite
def days(draw: st.DrawFn) -> Day:
    edges = sorted(draw(st.sets(st.integers(0, MINUTES_OF_A_DAY), min_size=2, max_size=8)))
    return tuple(Span(opens, closes) for opens, closes in zip(edges[::2], edges[1::2], strict=False))


@settings(max_examples=150, deadline=None)
@given(
    spans=days(), zone=st.sampled_from(ZONES), minutes=st.integers(1, 600),
    day=st.dates(date(2026, 1, 1), date(2027, 12, 31)) | st.sampled_from([SPRING, AUTUMN]),
)  # fmt: skip
def test_slots_are_whole_within_local_hours_and_never_overlap(spans: Day, zone: str, minutes: int, day: date) -> None:
    schedule = a_schedule(spans, zone, minutes)
    slots = [slot for one in (day, day + timedelta(days=1)) for slot in schedule.on(one)]
    for one, other in pairwise(slots):
        assert one.ends_at <= other.starts_at
    for slot in slots:
        assert slot.ends_at - slot.starts_at == max(minutes * MINUTE, SHORTEST_SLOT)
        for instant in (slot.starts_at, slot.starts_at + (slot.ends_at - slot.starts_at) / 2, slot.ends_at - MINUTE):
            wall = instant.astimezone(ZoneInfo(zone))
            assert any(span.opens <= wall.hour * 60 + wall.minute < span.closes for span in spans)


@settings(max_examples=60, deadline=None)
@given(zone=st.sampled_from(ZONES), day=st.dates(date(2026, 1, 1), date(2027, 12, 31)))
def test_an_always_open_service_misses_no_instant(zone: str, day: date) -> None:
    schedule = a_schedule((Span(0, MINUTES_OF_A_DAY),), zone, 5)
    slots = [slot for one in (day, day + timedelta(days=1)) for slot in schedule.on(one)]
    assert all(one.ends_at == other.starts_at for one, other in pairwise(slots))
    local = slots[0].starts_at.astimezone(ZoneInfo(zone))
    assert local.date() == day
    assert (local - 5 * MINUTE).astimezone(UTC).astimezone(ZoneInfo(zone)).date() != day or local.fold


NOW = datetime(2026, 11, 21, 9, 30, tzinfo=UTC)
TODAY = NOW.date()


def test_what_is_past_too_soon_or_too_far_off_is_left_out() -> None:
    hours = Hours(week=(NINE_TO_FIVE,) * 7, lead=timedelta(hours=2))
    schedule = Schedule.of(hours, "UTC", None)
    first = schedule.free(TODAY - timedelta(days=3), TODAY, NOW, ())
    assert [slot.starts_at.hour for slot, _ in first] == [12, 13, 14, 15, 16]
    far = schedule.free(TODAY + timedelta(days=89), TODAY + timedelta(days=200), NOW, ())
    assert far[-1][0].starts_at == (NOW + HORIZON).replace(hour=9, minute=0)
    for at in (NOW.replace(hour=11, minute=0), NOW.replace(hour=12, minute=30), NOW + timedelta(days=100)):
        with pytest.raises(NoSuchSlot):
            schedule.slot_at(at, NOW)
    at_noon = NOW.replace(hour=12, minute=0)
    assert schedule.slot_at(at_noon, NOW) == Slot(at_noon, at_noon + timedelta(hours=1))


@pytest.mark.parametrize("at", [datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC)])
def test_the_ends_of_the_calendar_are_no_slots(at: datetime) -> None:
    with pytest.raises(NoSuchSlot):
        a_schedule(NINE_TO_FIVE).slot_at(at, NOW)


def test_an_exception_stands_in_for_the_day_of_the_week() -> None:
    hours = Hours(week=EVERY_DAY.week, exceptions={TODAY: (), TODAY + timedelta(days=1): (Span(0, 60),)})
    schedule = Schedule.of(hours, "UTC", 60)
    assert [starts(schedule, TODAY + timedelta(days=n)) for n in (0, 1)] == [[], ["22 00:00"]]
    assert len(starts(schedule, TODAY + timedelta(days=2))) == 8


def test_a_slot_is_free_until_each_of_its_seats_is_taken() -> None:
    schedule = Schedule.of(Hours(week=EVERY_DAY.week, capacity=2), "UTC", 60)
    tomorrow = TODAY + timedelta(days=1)
    nine = datetime(2026, 11, 22, 9, tzinfo=UTC)
    taken = [
        Taken(1, nine - timedelta(hours=3), nine + timedelta(minutes=1)),
        Taken(2, nine + timedelta(minutes=30), nine + timedelta(hours=2)),
        Taken(1, nine + timedelta(hours=2), nine + timedelta(hours=3)),
        Taken(7, nine + timedelta(hours=4), nine + timedelta(hours=9)),
    ]  # fmt: skip
    free = schedule.free(tomorrow, tomorrow, NOW, taken)
    assert [(slot.starts_at.hour, left) for slot, left in free] == [
        (10, 1), (11, 1), (12, 2), (13, 2), (14, 2), (15, 2), (16, 2),
    ]  # fmt: skip


@pytest.mark.parametrize(("given", "field"), [
    ({"week": ((Span(60, 120), Span(90, 180)), *CLOSED[1:])}, "hours"),
    ({"week": ((Span(120, 180), Span(0, 60)), *CLOSED[1:])}, "hours"),
    ({"exceptions": {TODAY: tuple(Span(n, n + 1) for n in range(7))}}, "hours"),
    ({"lead": timedelta(days=31)}, "lead_minutes"), ({"lead": timedelta(minutes=-1)}, "lead_minutes"),
    ({"capacity": 0}, "capacity"), ({"capacity": 21}, "capacity"),
    ({"exceptions": {TODAY + timedelta(days=n): () for n in range(401)}}, "exceptions"),
])  # fmt: skip
def test_hours_that_make_no_sense_are_refused(given: dict[str, object], field: str) -> None:
    with pytest.raises(InvalidHours) as refused:
        Hours(**given)  # type: ignore[arg-type]
    assert refused.value.field == field


@pytest.mark.parametrize(("opens", "closes"), [(60, 60), (120, 60), (-1, 5), (0, 1441)])
def test_a_span_opens_before_it_closes(opens: int, closes: int) -> None:
    with pytest.raises(InvalidHours):
        Span(opens, closes)


@pytest.mark.parametrize("name", [
    "", "Mars/Base", "europe/berlin", "Europe", "../etc/passwd", "/etc/localtime", "right/Europe/Berlin",
    "posix/Europe/Berlin", "localtime", "Europe/../Europe/Berlin", "Europe/Berlin\0", "A/" * 40,
])  # fmt: skip
def test_only_zones_of_the_database_are_known(name: str) -> None:
    with pytest.raises(UnknownTimeZone):
        zone_of(name)


@pytest.mark.parametrize("name", ["UTC", "Asia/Tashkent", "America/Argentina/Buenos_Aires", "Etc/GMT+5"])
def test_zones_by_their_names(name: str) -> None:
    assert zone_of(name).key == name
