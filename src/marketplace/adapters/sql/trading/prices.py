"""What was paid on the desk, told so that no single deal can be read from it.

Agreements are counted by day, once the day is over. Days with fewer than three are told by the week, once that is
over too, and weeks of which fewer than three are left not at all. Each agreement is in one figure at most: who
subtracts figures of other questions, or of other days, learns nothing. Therefore the grade is always meant exactly,
none being a grade of its own, and the first day told of is a Monday.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from fractions import Fraction

import asyncpg

from marketplace.application.trading.trade_ports import PriceQuestion
from marketplace.application.trading.trade_views import PriceView
from marketplace.domain.trading.units import base_unit, factor

FEWEST = 3
"""Agreements in one figure."""
MOST_AGREEMENTS = 10_000
"""The newest."""
A_DAY = timedelta(days=1)
PRICES = f"""
SELECT (agreed_at AT TIME ZONE 'UTC')::date AS day, unit, count(*) AS agreements, min(unit_price) AS low,
    max(unit_price) AS high, sum(quantity) AS quantity, sum(unit_price * quantity) AS value
FROM (
    SELECT * FROM trading.agreements
    WHERE category = lower($1) AND lower(coalesce(grade, '')) = lower(coalesce($2, '')) AND currency = $3
        AND agreed_at >= $4 AND agreed_at < $5
    ORDER BY agreed_at DESC LIMIT {MOST_AGREEMENTS}
) newest
GROUP BY day, unit"""  # noqa: S608 - our own words


@dataclass(frozen=True, slots=True)
class Deals:
    """`quantity` in base units, `value` in the currency."""

    first: date
    last: date
    unit: str
    agreements: int
    low: Decimal
    high: Decimal
    quantity: Fraction
    value: Fraction

    def __add__(self, other: "Deals") -> "Deals":
        return Deals(
            min(self.first, other.first), max(self.last, other.last), self.unit, self.agreements + other.agreements,
            min(self.low, other.low), max(self.high, other.high), self.quantity + other.quantity,
            self.value + other.value,
        )  # fmt: skip


async def read_prices(connection: asyncpg.Connection, asked: PriceQuestion, now: datetime) -> list[PriceView]:
    today = now.date()
    begin = _monday(today - asked.days * A_DAY)
    rows = await connection.fetch(
        PRICES, asked.commodity, asked.grade, asked.currency, _midnight(begin), _midnight(today)
    )
    return told([_deals(row) for row in rows], today)


def told(deals: Sequence[Deals], today: date) -> list[PriceView]:
    """Oldest first, by unit; `deals` by day and by the unit in which they were made, of days that are over."""
    days: dict[tuple[date, str], Deals] = {}
    for one in deals:
        key = (one.first, one.unit)
        days[key] = days[key] + one if key in days else one
    enough = [day for day in days.values() if day.agreements >= FEWEST]
    weeks: defaultdict[tuple[date, str], list[Deals]] = defaultdict(list)
    for day in days.values():
        if day.agreements < FEWEST and _monday(day.first) + 7 * A_DAY <= today:
            weeks[_monday(day.first), day.unit].append(day)
    for (monday, unit), few in weeks.items():
        week = sum_of(few)
        if week.agreements >= FEWEST:
            enough.append(
                Deals(monday, monday + 6 * A_DAY, unit, week.agreements, week.low, week.high, week.quantity, week.value)
            )
    return [_view(one) for one in sorted(enough, key=lambda one: (one.unit, one.first, one.last))]


def sum_of(deals: Iterable[Deals]) -> Deals:
    first, *others = deals
    for one in others:
        first += one
    return first


def _deals(row: asyncpg.Record) -> Deals:
    base = base_unit(row["unit"])
    to_base = factor(row["unit"], base)
    return Deals(
        row["day"], row["day"], base, row["agreements"], row["low"], row["high"],
        Fraction(row["quantity"]) * to_base, Fraction(row["value"]) * to_base,
    )  # fmt: skip


def _view(deals: Deals) -> PriceView:
    average = deals.value / deals.quantity
    exact = (Decimal(average.numerator) / Decimal(average.denominator)).quantize(Decimal("0.000001"))
    return PriceView(deals.first, deals.last, deals.unit, deals.agreements, deals.low, deals.high, exact)


def _monday(day: date) -> date:
    return day - day.weekday() * A_DAY


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), UTC)
