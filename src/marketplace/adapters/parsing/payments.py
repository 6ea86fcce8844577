"""How it is paid, and how long the message holds."""

import re
from datetime import date

from marketplace.adapters.parsing.reading import Item, Reading
from marketplace.domain.trading.parsed import EXPLICIT, INFERRED
from marketplace.domain.trading.units import plain

FARTHEST = 5
"""Items between two parts of one way to pay."""
Part = tuple[str, int, int]
"""What is said, the first item and the last."""


def payment(reading: Reading) -> None:
    """`LC 30 days`, `advance 30%`, `credit 15 days`, `cash` and so on, joined by commas as they were said."""
    parts: list[Part] = []
    for place, one in reading.free("payment"):
        part = _part(reading, place, one)
        if part is None or (parts and part[1] - parts[-1][2] > FARTHEST):
            continue
        if not any(said.split()[0] == part[0].split()[0] for said, _, _ in parts):
            parts.append(part)
    if parts:
        says = ", ".join(said for said, _, _ in parts)
        ways = {place for _, first, last in parts for place in range(first, last + 1)}
        reading.take("payment_terms", says, EXPLICIT, min(ways), max(ways))


def _part(reading: Reading, place: int, one: Item) -> Part | None:
    way = one.means["payment"]
    if way == "advance":
        return _advance(reading, place)
    if way == "LC":
        return _letter(reading, place)
    if way in {"credit", "payment"}:
        days = _days_behind(reading, place) or _days_before(reading, place)
        if days is None and way == "credit" and reading[place + 1].amount is not None:
            days = f"{reading[place + 1].amount}", place + 1, place + 1
        if days is None:
            return None if way == "payment" or one.word == "net" else ("credit", place, place)
        number, first, last = days
        return f"credit {number} days", min(place, first), max(place, last)
    return way, place, place


def _advance(reading: Reading, place: int) -> Part:
    share = place - 2 - (reading[place - 1].word == "in")
    for number, first, last in ((share, share, place), (place + 1, place, place + 2)):
        if reading[number].amount is not None and reading[number + 1].means.get("measure") == "%":
            return f"advance {reading[number].amount}%", first, last
    if reading[place - 1].can_be("whole"):
        return "advance 100%", place - 1, place
    return "advance", place, place


def _letter(reading: Reading, place: int) -> Part:
    for other in (place + 1, place - 1):
        if reading[other].can_be("sight"):
            return "LC at sight", min(place, other), max(place, other)
    days = _days_behind(reading, place) or _days_before(reading, place)
    if days is not None:
        return f"LC {days[0]} days", min(place, days[1]), max(place, days[2])
    behind = reading[place + 1]
    if behind.amount is not None and not behind.used and not reading[place + 2].can_be("measure", "unit"):
        return f"LC {behind.amount} days", place, place + 1
    return "LC", place, place


def _days_behind(reading: Reading, place: int) -> Part | None:
    at = place + 1
    while reading[at].can_be("within", "by") or reading[at].word in {"-", ":", "of", "на"}:
        at += 1
    return _days(reading, at)


def _days_before(reading: Reading, place: int) -> Part | None:
    at = place - 1
    while reading[at].can_be("within_after", "per") or reading[at].word in {"ka", "ki", "ke", "-"}:
        at -= 1
    found = _days(reading, at - 1)
    return None if found is None else (found[0], found[1], max(found[2], place))


def _days(reading: Reading, at: int) -> Part | None:
    number, time = reading[at], reading[at + 1]
    if number.amount is None or number.used or not time.can_be("time"):
        return None
    return f"{plain(number.amount * int(time.means['time'])):f}", at, at + 1


def validity(reading: Reading) -> None:
    """`offer valid 3 days`, `до 10 декабря`, `2 din tak offer`, `valid till 5 Dec 2026`."""
    for place, one in reading.free("valid"):
        only = len(one.word.split()) == 1 and one.word in {"offer", "предложение"}
        for at in range(place + 1, place + 4):
            if reading[at].word in ",;." and not (reading[at].word == "." and at > place + 1):
                break
            first = at - 1 if reading[at - 1].can_be("by") else at
            day = _date(reading, at)
            if day is not None:
                return reading.take("valid_until", day[0], EXPLICIT, first, day[2])
            if (days := _days(reading, at)) is not None and at <= place + 2 + (not only):
                return reading.take("valid_until", f"P{days[0]}D", reading.sure(not only), place, days[2])
        for back in (2, 3):
            if (days := _days(reading, place - back)) is not None:
                return reading.take("valid_until", f"P{days[0]}D", INFERRED, days[1], place)
    for place, one in reading.free("by"):
        if one.word in {"till", "until", "by", "до"} and (day := _date(reading, place + 1)) is not None:
            return reading.take("valid_until", day[0], INFERRED, place, day[2])
    return None


def _date(reading: Reading, at: int) -> Part | None:
    one, then = reading[at], reading[at + 1]
    if one.shape and (parts := re.fullmatch(r"(\d\d?)[./](\d\d?)[./](\d{4}|\d\d)", one.shape)):
        day, month, year = (int(part) for part in parts.groups())
        return _iso(year + 2_000 * (year < 100), month, day, at, at)
    number, named = (one, then) if then.can_be("month") else (then, one)
    if not named.can_be("month") or number.amount is None or number.amount != number.amount.to_integral_value():
        return None
    said = reading[at + 2].amount
    if said is not None and 2_000 < said < 2_100:
        return _iso(int(said), int(named.means["month"]), int(number.amount), at, at + 2)
    return _iso(None, int(named.means["month"]), int(number.amount), at, at + 1)


def _iso(year: int | None, month: int, day: int, first: int, last: int) -> Part | None:
    try:
        said = date(year or 2_000, month, day)
    except (ValueError, OverflowError):
        return None
    return said.isoformat() if year else f"--{said:%m-%d}", first, last
