"""What was paid on the desk, told so that no single deal can be read from it.

Agreements are counted by day, once the day is over. Days with fewer than three are told by the week, once that is
over too, and weeks of which fewer than three are left not at all. Each agreement is in one figure at most: who
subtracts figures of other questions, or of other days, learns nothing. Therefore the grade is always meant exactly,
none being a grade of its own, and the first day told of is a Monday.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal

import asyncpg

from marketplace.application.trading.trade_ports import PriceQuestion
from marketplace.application.trading.trade_views import PriceView

FEWEST = 3
"""Agreements in one figure."""
MOST_AGREEMENTS = 10_000
"""The newest."""
A_DAY, A_WEEK = timedelta(days=1), timedelta(days=7)
PRICES = f"""
SELECT (agreed_at AT TIME ZONE 'UTC')::date AS first, (agreed_at AT TIME ZONE 'UTC')::date AS last, unit,
    count(*) AS agreements, min(unit_price) AS low, max(unit_price) AS high, sum(quantity) AS quantity,
    sum(unit_price * quantity) AS value
FROM (
    SELECT * FROM trading.agreements
    WHERE subject_kind = 'trade' AND category = lower($1) AND lower(coalesce(grade, '')) = lower(coalesce($2, ''))
        AND currency = $3 AND agreed_at >= $4 AND agreed_at < $5
    ORDER BY agreed_at DESC LIMIT {MOST_AGREEMENTS}
) newest
GROUP BY first, unit"""  # noqa: S608 - our own words


@dataclass(frozen=True, slots=True)
class Deals:
    """`low` and `high` are per `unit`, a base unit, in which `quantity` is; `value` is in the currency."""

    first: date
    last: date
    unit: str
    agreements: int
    low: Decimal
    high: Decimal
    quantity: Decimal
    value: Decimal

    @property
    def are_enough(self) -> bool:
        return self.agreements >= FEWEST


async def read_prices(connection: asyncpg.Connection, asked: PriceQuestion, now: datetime) -> list[PriceView]:
    today = now.date()
    begin = _monday(today - asked.days * A_DAY)
    rows = await connection.fetch(
        PRICES, asked.commodity, asked.grade, asked.currency, _midnight(begin), _midnight(today)
    )
    return told([Deals(**row) for row in rows], today)


def told(days: Sequence[Deals], today: date) -> list[PriceView]:
    """Oldest first, unit by unit; `days`, each day and unit once, are over."""
    few: defaultdict[tuple[date, str], list[Deals]] = defaultdict(list)
    for day in days:
        monday = _monday(day.first)
        if not day.are_enough and monday + A_WEEK <= today:
            few[monday, day.unit].append(day)
    weeks = [_week(monday, rest) for (monday, _), rest in few.items()]
    enough = [deals for deals in (*days, *weeks) if deals.are_enough]
    return [_view(deals) for deals in sorted(enough, key=lambda one: (one.unit, one.first, one.last))]


def _week(monday: date, days: Sequence[Deals]) -> Deals:
    return Deals(
        first=monday, last=monday + A_WEEK - A_DAY, unit=days[0].unit, agreements=sum(day.agreements for day in days),
        low=min(day.low for day in days), high=max(day.high for day in days),
        quantity=sum((day.quantity for day in days), Decimal()), value=sum((day.value for day in days), Decimal()),
    )  # fmt: skip


def _view(deals: Deals) -> PriceView:
    average = (deals.value / deals.quantity).quantize(Decimal("0.000001"))
    return PriceView(deals.first, deals.last, deals.unit, deals.agreements, deals.low, deals.high, average)


def _monday(day: date) -> date:
    return day - day.weekday() * A_DAY


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), UTC)
