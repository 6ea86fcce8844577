"""The hours in which nothing is answered in a seller's name, on the clock of the seller's wall."""

from dataclasses import dataclass
from datetime import datetime, time, timedelta
from functools import cache
from zoneinfo import ZoneInfo, available_timezones

from marketplace.domain.shared.errors import Invalid

_DAY = timedelta(days=1)
_SECOND = timedelta(seconds=1)


class UnknownTimeZone(Invalid):
    code = "unknown_time_zone"


class InvalidQuietHours(Invalid):
    code = "invalid_quiet_hours"


@cache
def _zones() -> frozenset[str]:
    return frozenset(available_timezones())


def zone_of(name: str) -> ZoneInfo:
    """Of the IANA database; raises UnknownTimeZone."""
    if name not in _zones():
        raise UnknownTimeZone("is no time zone of the IANA database, like Asia/Tashkent", field="quiet_hours.time_zone")
    return ZoneInfo(name)


@dataclass(frozen=True, slots=True, kw_only=True)
class QuietHours:
    """From `begins` up to, without it, `ends`: past midnight when it ends earlier than it begins."""

    begins: time
    ends: time
    time_zone: str

    def __post_init__(self) -> None:
        zone_of(self.time_zone)
        if self.begins == self.ends:
            raise InvalidQuietHours("must end at another time than they begin", field="quiet_hours.until")

    def over_at(self, now: datetime) -> datetime | None:
        """The first moment that is not quiet any more, in the zone of `now`; None when it is not quiet now."""
        local = now.astimezone(zone_of(self.time_zone))
        if not self._covers(local):
            return None
        end = now + self._left(local.time())
        offset = local.utcoffset()
        if self._offset(end) == offset:
            return end
        early, late = 0, (end - now) // _SECOND + 1
        while late - early > 1:
            middle = (early + late) // 2
            if self._offset(now + middle * _SECOND) == offset:
                early = middle
            else:
                late = middle
        change = (now + late * _SECOND).replace(microsecond=0)
        return self.over_at(change) or change

    def _covers(self, local: datetime) -> bool:
        at = local.time()
        if self.begins < self.ends:
            return self.begins <= at < self.ends
        return at >= self.begins or at < self.ends

    def _left(self, at: time) -> timedelta:
        """Until `ends`, as long as the clock is not changed."""
        return (_since_midnight(self.ends) - _since_midnight(at)) % _DAY

    def _offset(self, at: datetime) -> timedelta | None:
        return at.astimezone(zone_of(self.time_zone)).utcoffset()


def _since_midnight(at: time) -> timedelta:
    return timedelta(hours=at.hour, minutes=at.minute, seconds=at.second, microseconds=at.microsecond)
