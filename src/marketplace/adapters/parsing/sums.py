"""How much, and for how much: quantity, target price, its currency and unit."""

from decimal import Decimal

from marketplace.adapters.parsing.reading import Item, Reading
from marketplace.domain.trading.parsed import EXPLICIT, GUESSED, INFERRED

INDIAN_UNITS = {"candy", "quintal", "maund"}
SURE, LIKELY = 3, 2
"""Points of evidence."""
LEAST_BARE = 20
"""A number that nothing explains is taken for a price from here on."""


def price(reading: Reading) -> None:
    """The number with most to say that it is a price: a currency, "per", "rate", "k"; of equals the first."""
    best, points = None, 0
    counted = next((place for place, _ in reading.amounts() if _is_counted(reading, place)), len(reading.items))
    if not reading.is_hinglish:
        counted = len(reading.items)
    for place, one in reading.amounts():
        found = _points(reading, place, one, counted)
        if found > points:
            best, points = place, found
    if best is None:
        return
    first, last = _with_currency(reading, best)
    confidence = EXPLICIT if points >= SURE else INFERRED if points >= LIKELY else GUESSED
    reading.take("target_price", reading.items[best].amount or Decimal(0), confidence, best, best)
    if "target_price" in reading.fields:
        _price_unit(reading, last)
        _currency(reading, first, last)


def _points(reading: Reading, place: int, one: Item, counted: int) -> int:
    """`counted`: where the first number with a unit stands; in Hinglish the second is often the price."""
    if _is_something_else(reading, place, one):
        return 0
    before, after = reading[place - 1], reading[place + 1]
    points = SURE * (before.can_be("currency") or after.can_be("currency"))
    points += LIKELY * before.can_be("price") + LIKELY * (before.can_be("max") and after.can_be("per"))
    points += SURE * (
        (after.can_be("per", "each") and reading[place + 2].can_be("unit", "time")) or after.can_be("each")
    )
    points += LIKELY * (after.word == "pmt" or (after.can_be("unit") and after.means["unit"] == "candy"))
    points += one.multiplied and not after.can_be("unit")
    points += LIKELY * (after.can_be("price_after") and not before.can_be("within"))
    if after.can_be("unit") and not after.can_be("measure") and counted < place:
        points += LIKELY
    elif not points and not after.can_be("unit", "time", "commodity") and not (after.glued and after.word.isalpha()):
        points += (one.amount or 0) >= LEAST_BARE and reading.commodity is not None
    return points


def _is_counted(reading: Reading, place: int) -> bool:
    """Whether it is a number of units, and not of what is in each: `25 kg bags`, `в мешках по 50 кг`."""
    unit, then = reading[place + 1], reading[place + 2]
    if not unit.can_be("unit") or unit.used or unit.can_be("currency"):
        return False
    return not (_is_packed(reading, place) or (then.can_be("unit") and then.means["unit"] == "bag"))


def _is_packed(reading: Reading, place: int) -> bool:
    return reading[place - 1].word in {"по", "x", "х"} and reading[place + 1].can_be("unit")


def _is_something_else(reading: Reading, place: int, one: Item) -> bool:
    """A share, a size, a telephone number, a code."""
    before, after = reading[place - 1], reading[place + 1]
    digits = sum(letter.isdigit() for letter in one.word)
    return (
        (after.can_be("measure") and not after.can_be("unit"))
        or _is_packed(reading, place)
        or (digits >= 9 and not one.multiplied and " " not in one.word)
        or before.word == "+"
        or (before.glued and before.word == "-" and reading[place - 2].word.isalpha())
        or after.can_be("time")
        or (one.glued and before.word.isalpha() and not before.can_be("currency", "price", "term"))
    )


def _with_currency(reading: Reading, place: int) -> tuple[int, int]:
    first = place - reading[place - 1].can_be("currency")
    if reading[place + 1].word == "." and reading[place + 2].can_be("currency"):
        return first, place + 2
    return first, place + reading[place + 1].can_be("currency")


def _currency(reading: Reading, first: int, last: int) -> None:
    for place in (last, first):
        if reading[place].can_be("currency"):
            return reading.take("currency", reading[place].means["currency"], EXPLICIT, place, place)
    for place, one in reading.free("currency"):
        if len(one.word) > 1:
            return reading.take("currency", one.means["currency"], INFERRED, place, place)
    unit = reading.fields.get("price_unit")
    if reading.is_hinglish or (unit is not None and unit.value in INDIAN_UNITS):
        start = (unit or reading.fields["target_price"]).span[0]
        place = next(place for place, one in enumerate(reading.items) if one.start == start)
        reading.take("currency", "INR", GUESSED, place, place)
    return None


def _price_unit(reading: Reading, last: int) -> None:
    """`/candy`, `per ton`, `за тонну`, or the unit right behind the price."""
    at = last + 1
    if reading[at].word == ".":
        at += 1
    if reading[at].can_be("each") and not reading[at + 1].can_be("unit"):
        return reading.take("price_unit", "piece", INFERRED, at, at)
    said = reading[at].can_be("per")
    at += said
    if reading[at].amount == 1:
        at += 1
    one = reading[at]
    if one.can_be("unit") and not one.used and not (one.can_be("currency") and not said):
        reading.take("price_unit", one.means["unit"], reading.sure(said or one.word == "pmt"), at, at)
    return None


def quantity(reading: Reading) -> None:
    """The first number with a unit; else the containers in "2x40ft"; else the number right before the good."""
    for place, one in reading.amounts():
        if _is_counted(reading, place) and reading[place - 1].word != "+":
            unit = reading[place + 1].means["unit"]
            return _quantity(reading, place, place + 1, one.amount or Decimal(0), unit)
    if _containers(reading):
        return None
    for place, one in reading.amounts():
        if reading[place + 1].can_be("commodity") and not one.multiplied:
            return reading.take("quantity", one.amount or Decimal(0), GUESSED, place, place, "piece")
    return None


def _quantity(reading: Reading, first: int, last: int, amount: Decimal, unit: str) -> None:
    """What is said after "sorry" is what is meant."""
    for place, one in reading.amounts():
        if place > last and any(reading[place - back].word in {"sorry", "correction"} for back in (1, 2)):
            return reading.take("quantity", one.amount or amount, INFERRED, place, place, unit)
    return reading.take("quantity", amount, EXPLICIT, first, last, unit)


_FEET = {"ft", "feet", "foot", "'", "’", "фут", "футовый", "футовых", "hc", "hq"}


def _containers(reading: Reading) -> bool:
    """`2x40ft`, `3 x 20' containers`, `40-футовый контейнер`."""
    for place, one in enumerate(reading.items):
        if one.used or not (one.shape or one.amount):
            continue
        then = place + 2 if reading[place + 1].word == "-" else place + 1
        if reading[then].word not in _FEET:
            continue
        number = (one.shape or "").replace("х", "x").split("x") if one.shape else ["1"]
        if not number[0].isdigit():
            continue
        last = then + 1 if reading[then + 1].means.get("unit") == "container" else then
        reading.take("quantity", Decimal(number[0]), INFERRED, place, last, "container")
        return True
    return False
