"""A trade as read from a message: every field with where it was said, and how surely."""

from calendar import isleap
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import NewType
from uuid import UUID

from marketplace.domain.shared.errors import Conflict, NotFound
from marketplace.domain.shared.ids import UserId
from marketplace.domain.trading.trade import TradeId

ParseId = NewType("ParseId", UUID)

FARTHEST_DAYS = 10_000
"""Of a duration: beyond what any trade may be valid, within what a date can hold."""

LONGEST_MESSAGE = 2_000
"""Code points that are read; a longer message is refused where it comes in."""

EXPLICIT = 0.95
"""A word says it: "need", "62k/candy", "within 15 days"."""
INFERRED = 0.7
"""Its place or its neighbours say it: "ex Guntur, 15 days" is a delivery."""
GUESSED = 0.5
"""Nothing says it, but it is usual: a price per candy is in rupees."""


@dataclass(frozen=True, slots=True)
class ParsedField:
    """`value`: a decimal number without grouping, a whole number of days, a code, or the words themselves.

    `span`: the first code point of the text that says it, and the one after the last.
    """

    value: str
    confidence: float
    span: tuple[int, int]
    unit: str | None = None


@dataclass(frozen=True, slots=True)
class ParsedTrade:
    """`fields`: by the names of a trade's own, and `quality.<name>`; what was not said is not there.

    `delivery_terms`: an Incoterm, or FOR. `valid_until`: an ISO date, `--MM-DD` when no year is said, or a duration
    like P3D.
    """

    text: str
    fields: Mapping[str, ParsedField]


class ParseNotFound(NotFound):
    code = "parse_not_found"


class ParseAlreadyConfirmed(Conflict):
    code = "parse_already_confirmed"


@dataclass(slots=True, kw_only=True, eq=False)
class Parse:
    """What was read for somebody. It is no trade before its owner confirms it, and becomes one only once."""

    id: ParseId
    owner: UserId
    read: ParsedTrade
    created_at: datetime
    trade: TradeId | None = None

    def confirm(self, trade: TradeId) -> None:
        if self.trade is not None:
            raise ParseAlreadyConfirmed("this message has become a trade already", trade_id=self.trade)
        self.trade = trade


def moment_of(said: str, now: datetime) -> datetime:
    """The end of what a parsed `valid_until` says: of the day, in UTC; without a year of the next such day."""
    if said.startswith("P"):
        return now + timedelta(days=min(float(said[1:-1]), FARTHEST_DAYS))
    if not said.startswith("--"):
        return _end_of(date.fromisoformat(said))
    month, day = int(said[2:4]), int(said[5:7])
    year = now.year
    while ((month, day) == (2, 29) and not isleap(year)) or _end_of(date(year, month, day)) < now:
        year += 1
    return _end_of(date(year, month, day))


def _end_of(day: date) -> datetime:
    return datetime.combine(day, time.max, UTC).replace(microsecond=0)
