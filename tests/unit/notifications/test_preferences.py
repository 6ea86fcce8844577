from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from marketplace.domain.notifications.kinds import Group
from marketplace.domain.notifications.preferences import (
    DEFAULTS,
    Channel,
    ChannelAlwaysOn,
    Digest,
    Every,
    InvalidQuietHours,
    NotForDigests,
    Preferences,
    QuietHours,
    UnknownTimeZone,
    Weekday,
)

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
ZONES = [
    "UTC", "Asia/Dubai", "Asia/Kolkata", "Europe/Berlin", "America/New_York", "America/Sao_Paulo", "Africa/Cairo",
    "Australia/Lord_Howe", "Pacific/Chatham", "Pacific/Apia",
]  # fmt: skip
zones = st.sampled_from(ZONES).map(ZoneInfo)
minutes = st.times().map(lambda at: at.replace(second=0, microsecond=0))
moments = st.timedeltas(timedelta(0), timedelta(days=7_300)).map(lambda later: datetime(2012, 1, 1, tzinfo=UTC) + later)
digests = st.builds(
    Digest, st.sampled_from(Every), st.integers(0, 23), st.just(frozenset({Group.OFFERS})), st.sampled_from(Weekday)
)
NIGHT = QuietHours(time(22), time(7))
BERLIN = ZoneInfo("Europe/Berlin")


def utc(*when: int) -> datetime:
    return datetime(*when, tzinfo=UTC)  # type: ignore[misc, arg-type]


@given(minutes, minutes, zones, moments)
def test_it_is_quiet_up_to_the_end_as_the_wall_shows_it(
    begins: time, ends: time, zone: ZoneInfo, now: datetime
) -> None:
    if begins == ends:
        return
    hours = QuietHours(begins, ends)
    wall = now.astimezone(zone).time()
    is_quiet = begins <= wall < ends if begins < ends else not ends <= wall < begins
    over_at = hours.over_at(now, zone)
    assert (over_at is not None) is is_quiet
    if over_at:
        assert now < over_at <= now + 25 * HOUR
        assert hours.over_at(over_at, zone) is None
        assert hours.over_at(over_at - timedelta(microseconds=1), zone) == over_at


@pytest.mark.parametrize(("now", "over_at"), [
    (utc(2030, 3, 30, 20, 59), None), (utc(2030, 3, 30, 21), utc(2030, 3, 31, 5)),  # the clock goes to summer time
    (utc(2030, 10, 26, 20), utc(2030, 10, 27, 6)), (utc(2030, 10, 27, 5, 59, 59), utc(2030, 10, 27, 6)),
    (utc(2030, 10, 27, 6), None),
])  # fmt: skip
def test_a_night_is_an_hour_shorter_or_longer_where_the_clock_is_changed(
    now: datetime, over_at: datetime | None
) -> None:
    assert NIGHT.over_at(now, BERLIN) == over_at


@given(digests, zones, moments)
def test_a_digest_comes_at_its_hour_once_a_day_or_a_week(digest: Digest, zone: ZoneInfo, now: datetime) -> None:
    first = digest.next_after(now, zone)
    second = digest.next_after(first, zone)
    assert now < first < second
    days = 1 if digest.every is Every.DAY else 7
    assert first - now <= days * DAY + 25 * HOUR
    for at in (first, second):
        wall = at.astimezone(zone)
        skipped = (datetime.combine(wall.date(), time(digest.hour), zone)).astimezone(UTC).astimezone(zone)
        if skipped.hour == digest.hour and skipped.date() == wall.date():
            assert (wall.hour, wall.minute) == (digest.hour, 0)
            assert digest.every is Every.DAY or wall.weekday() == list(Weekday).index(digest.weekday)
    assert digest.next_after(first - timedelta(microseconds=1), zone) == first


@pytest.mark.parametrize(("digest", "now", "at"), [
    (Digest(Every.DAY, 2, frozenset()), utc(2030, 3, 30, 12), utc(2030, 3, 31, 1)),  # 02:00 never comes: 03:00
    (Digest(Every.DAY, 2, frozenset()), utc(2030, 3, 31, 1), utc(2030, 4, 1, 0)),
    (Digest(Every.DAY, 2, frozenset()), utc(2030, 10, 26, 12), utc(2030, 10, 27, 0)),  # comes twice: the first
    (Digest(Every.DAY, 2, frozenset()), utc(2030, 10, 27, 0), utc(2030, 10, 28, 1)),
    (Digest(Every.WEEK, 8, frozenset(), Weekday.MONDAY), utc(2030, 1, 7, 6, 59), utc(2030, 1, 7, 7)),
    (Digest(Every.WEEK, 8, frozenset(), Weekday.MONDAY), utc(2030, 1, 7, 7), utc(2030, 1, 14, 7)),
])  # fmt: skip
def test_the_next_digest(digest: Digest, now: datetime, at: datetime) -> None:
    assert digest.next_after(now, BERLIN) == at


def test_what_was_not_chosen_is_as_at_first() -> None:
    chosen = Preferences({Group.OFFERS: {Channel.EMAIL: False, Channel.SMS: True}})
    for group in Group:
        for channel in Channel:
            expected = channel in DEFAULTS[group]
            if group is Group.OFFERS and channel in {Channel.EMAIL, Channel.SMS}:
                expected = not expected
            assert chosen.allow(group, channel) is expected


def test_what_happens_to_the_account_is_told_at_once_and_always() -> None:
    for channel in (Channel.IN_APP, Channel.EMAIL):
        with pytest.raises(ChannelAlwaysOn) as refused:
            Preferences({Group.ACCOUNT: {channel: False}})
        assert refused.value.field == f"channels.account.{channel}"
    assert not Preferences({Group.ACCOUNT: {Channel.PUSH: False}}).allow(Group.ACCOUNT, Channel.PUSH)
    with pytest.raises(NotForDigests):
        Digest(Every.DAY, 8, frozenset({Group.ACCOUNT}))
    midnight = utc(2030, 1, 1)
    quiet = Preferences(quiet_hours=NIGHT)
    assert quiet.quiet_until(Group.ACCOUNT, midnight) is None
    assert quiet.quiet_until(Group.OFFERS, midnight) == utc(2030, 1, 1, 7)


@pytest.mark.parametrize("zone", ["", "Dubai", "../etc/passwd", "Asia/Atlantis", "+04:00"])
def test_only_zones_of_the_database_are_known(zone: str) -> None:
    with pytest.raises(UnknownTimeZone):
        Preferences(time_zone=zone)


def test_hours_that_end_as_they_begin_are_none() -> None:
    with pytest.raises(InvalidQuietHours, match="another time"):
        QuietHours(time(7), time(7))
