"""What a person wants to be told, by which channel and when."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, time, timedelta
from enum import StrEnum
from functools import cache
from zoneinfo import ZoneInfo, available_timezones

from marketplace.domain.notifications.kinds import Group
from marketplace.domain.shared.errors import Invalid


class ChannelAlwaysOn(Invalid):
    code = "channel_always_on"


class UnknownTimeZone(Invalid):
    code = "unknown_time_zone"


class InvalidQuietHours(Invalid):
    code = "invalid_quiet_hours"


class NotForDigests(Invalid):
    code = "not_for_digests"


class Channel(StrEnum):
    IN_APP = "in_app"
    PUSH = "push"
    EMAIL = "email"
    SMS = "sms"


class Every(StrEnum):
    DAY = "daily"
    WEEK = "weekly"


class Weekday(StrEnum):
    MONDAY = "monday"
    TUESDAY = "tuesday"
    WEDNESDAY = "wednesday"
    THURSDAY = "thursday"
    FRIDAY = "friday"
    SATURDAY = "saturday"
    SUNDAY = "sunday"


_ALL_BUT_SMS = frozenset({Channel.IN_APP, Channel.PUSH, Channel.EMAIL})
DEFAULTS: Mapping[Group, frozenset[Channel]] = {
    **dict.fromkeys(Group, _ALL_BUT_SMS),
    Group.MESSAGES: frozenset({Channel.PUSH}),  # conversations count what is unread themselves
    Group.REVIEWS: frozenset({Channel.IN_APP, Channel.PUSH}),
    Group.SEARCHES: frozenset({Channel.IN_APP, Channel.PUSH}),
}
ALWAYS_ON = frozenset({Channel.IN_APP, Channel.EMAIL})
"""For what happens to the account itself."""

MINUTE = timedelta(minutes=1)
_DAYS = 9
"""Within so many days comes every weekday's every hour."""


@cache
def _zones() -> frozenset[str]:
    return frozenset(available_timezones())


@dataclass(frozen=True, slots=True)
class QuietHours:
    """From `begins` up to, without it, `ends`: past midnight when it ends earlier than it begins."""

    begins: time
    ends: time

    def __post_init__(self) -> None:
        if self.begins == self.ends:
            raise InvalidQuietHours("must end at another time than they begin", field="quiet_hours.until")

    def over_at(self, now: datetime, zone: ZoneInfo) -> datetime | None:
        """The first minute that is not quiet any more, as the clock of the zone shows it; None when it is not now."""
        if not self._cover(now, zone):
            return None
        minute = now.replace(second=0, microsecond=0)
        while self._cover(minute, zone):
            minute += MINUTE
        return minute

    def _cover(self, at: datetime, zone: ZoneInfo) -> bool:
        wall = at.astimezone(zone).time()
        if self.begins < self.ends:
            return self.begins <= wall < self.ends
        return wall >= self.begins or wall < self.ends


@dataclass(frozen=True, slots=True)
class Digest:
    """E-mails of these groups are collected into one letter, at this hour of every day or of that weekday."""

    every: Every
    hour: int
    groups: frozenset[Group]
    weekday: Weekday = Weekday.MONDAY

    def __post_init__(self) -> None:
        if Group.ACCOUNT in self.groups:
            raise NotForDigests("what happens to your account is told at once", field="digest.groups")

    def next_after(self, now: datetime, zone: ZoneInfo) -> datetime:
        """An hour that the clock skips that day comes when it has; of one that it shows twice it is the first."""
        today = now.astimezone(zone).date()
        days = (today + timedelta(days=ahead) for ahead in range(_DAYS))
        times = (
            datetime.combine(day, time(self.hour), zone).astimezone(UTC)
            for day in days
            if self.every is Every.DAY or day.weekday() == list(Weekday).index(self.weekday)
        )
        return next(at for at in times if at > now)


@dataclass(frozen=True, slots=True)
class Preferences:
    """`choices`: what was chosen; for all else DEFAULTS hold. `time_zone`: an IANA name."""

    choices: Mapping[Group, Mapping[Channel, bool]] = field(default_factory=dict)
    time_zone: str = "UTC"
    quiet_hours: QuietHours | None = None
    digest: Digest | None = None

    def __post_init__(self) -> None:
        if self.time_zone not in _zones():
            raise UnknownTimeZone("is no time zone of the IANA database, like Asia/Tashkent", field="time_zone")
        for channel in ALWAYS_ON:
            if not self.choices.get(Group.ACCOUNT, {}).get(channel, True):
                raise ChannelAlwaysOn(
                    "what happens to your account is always told this way", field=f"channels.account.{channel}"
                )

    def allow(self, group: Group, channel: Channel) -> bool:
        return self.choices.get(group, {}).get(channel, channel in DEFAULTS[group])

    def quiet_until(self, group: Group, now: datetime) -> datetime | None:
        """None when the person may be called now; for what happens to the account always."""
        if self.quiet_hours is None or group is Group.ACCOUNT:
            return None
        return self.quiet_hours.over_at(now, ZoneInfo(self.time_zone))

    def next_digest(self, now: datetime) -> datetime | None:
        return None if self.digest is None else self.digest.next_after(now, ZoneInfo(self.time_zone))

    def collected_at(self, group: Group, now: datetime) -> datetime | None:
        """When the letter goes that an e-mail of now has to wait for; None when it goes by itself."""
        return self.next_digest(now) if self.digest and group in self.digest.groups else None
