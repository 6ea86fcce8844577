"""What is traded and by which side: side, commodity, grade, qualities."""

from marketplace.adapters.parsing.goods import SIZES
from marketplace.adapters.parsing.reading import NOTHING, Item, Reading
from marketplace.domain.trading.parsed import EXPLICIT, GUESSED, INFERRED
from marketplace.domain.trading.units import plain

NITROGENOUS = {"urea", "ammonium nitrate"}
PURE = 90
"""Per cent that nobody says of anything but purity."""


def side(reading: Reading) -> None:
    """The first that is said, unless in a question or taken back ("Продам? нет, куплю")."""
    said = [(place, one.means["side"]) for place, one in enumerate(reading.items) if one.can_be("side")]
    for place, value in said:
        doubted = any(one.word == "?" or one.can_be("wrong") for one in reading.items[place + 1 : place + 4])
        if not (doubted and place < said[-1][0]):
            return _side(reading, value, EXPLICIT, place)
    likely = [(place, one) for place, one in enumerate(reading.items) if one.can_be("likely_side")]
    if likely:
        place, one = max(likely, key=lambda pair: len(pair[1].word) > 2)
        asks = reading.text.rstrip().endswith("?") or reading[place + 1].word == "?"
        _side(reading, "buy" if asks else one.means["likely_side"], INFERRED, place)
    return None


def _side(reading: Reading, value: str, confidence: float, place: int) -> None:
    """With its auxiliaries: "bechna chahte hai"."""
    first = last = place
    while reading[last + 1].can_be("auxiliary"):
        last += 1
    while reading[first - 1].can_be("auxiliary"):
        first -= 1
    reading.take("side", value, confidence, first, last)


def commodity(reading: Reading) -> None:
    for place, one in reading.free("commodity"):
        if one.can_be("measure", "month"):
            continue
        return reading.take("commodity", one.means["commodity"], EXPLICIT, place, place)
    for place, one in reading.free("grade"):
        goods = one.means["grade"].split(",")
        if goods != [""] and goods[0] and len(one.word) > 2:
            return _implied(reading, goods[0], place)
    for place, one in reading.free("term"):
        followed = any(reading[place + step].can_be("place") for step in (1, 2, 3))
        if one.word == "dap" and not followed and reading.text[one.start : one.end].isupper():
            return reading.take("commodity", "diammonium phosphate", INFERRED, place, place)
    return None


def _implied(reading: Reading, good: str, place: int) -> None:
    reading.take("commodity", good, INFERRED, place, place)
    reading.items[place].used = False


def grade(reading: Reading) -> None:
    """Of the good in question, or of any; else a code of letters and digits that nothing else explains."""
    of = reading.commodity
    for place, one in reading.free("grade"):
        goods = one.means["grade"].split(",")
        if of not in goods and "" not in goods:
            continue
        if one.can_be("unit", "measure") and not reading[place - 1].can_be("commodity"):
            continue
        last = place
        while reading[last + 1].can_be("grade") and not reading[last + 1].used and not reading[last + 1].can_be("unit"):
            last += 1
        last += _is_letter(reading[last + 1])
        return reading.take("grade", reading.said(place, last), EXPLICIT, place, last)
    for place, one in enumerate(reading.items):
        if one.shape and not one.used and _is_shape_of_grade(reading, place, one):
            return reading.take("grade", one.shape, INFERRED, place, place)
    for place, one in enumerate(reading.items):
        if _is_code(reading, place):
            last = place + 1 if reading[place + 1].amount is not None else place + 2
            last += _is_letter(reading[last + 1])
            return reading.take("grade", reading.said(place, last), GUESSED, place, last)
        if one.word == "quality" and reading[place - 1].capital and not reading[place - 1].used:
            return reading.take("grade", reading.said(place - 1, place), INFERRED, place - 1, place)
    return None


def _is_letter(one: Item) -> bool:
    """The last of a code like 150D."""
    return one.glued and len(one.word) == 1 and one.word.isalpha() and not one.can_be("unit")


def _is_shape_of_grade(reading: Reading, place: int, one: Item) -> bool:
    """5-20 of gravel, 60/70 of bitumen, 60x60 of fabric, 18-46-0 of a fertilizer."""
    if one.shape is None or reading[place + 1].can_be("measure"):
        return False
    marks = {mark for mark in one.shape if not mark.isdigit()}
    if reading.commodity in {"bitumen", "gravel", "sand"}:
        return bool(marks & {"/", "-", "–"})
    if reading.commodity == "fabric":
        return bool(marks & {"x", "х", "×", "/"})
    return one.shape.count("-") == 2


def _is_code(reading: Reading, place: int) -> bool:
    """MECH-1 or Т30 that is in no list: short, in capitals, its number glued or after a hyphen."""
    one, then = reading[place], reading[place + 1]
    if one.used or one.means or not one.word.isalpha() or len(one.word) > 6 or not one.capital:
        return False
    if then.word == "-" and then.glued:
        then = reading[place + 2]
    return then.amount is not None and then.glued and not then.used and not then.multiplied


def qualities(reading: Reading) -> None:
    """`moisture max 8%`, `max 8% moisture`, `8% moisture max`, `влажность до 8%`; then lengths that name nothing."""
    for place, one in reading.free("quality"):
        _named(reading, place, one.means["quality"])
    for place, one in enumerate(reading.items):
        if not (one.used or one.multiplied) and (one.amount is not None or one.shape):
            _nameless(reading, place, one)


def _nameless(reading: Reading, place: int, one: Item) -> None:
    """What a size, a share or a ratio is said of follows from the good."""
    after = reading[place + 1 + (reading[place + 1].word == "+")]
    of, parts = reading.commodity or "", (one.shape or "").split("/")
    if after.means.get("measure") in {"mm", "inch", "cm"}:
        name = SIZES.get(of, "size" if after.means["measure"] == "mm" else "diameter")
        _take(reading, name, place, place, place, INFERRED)
    elif of == "steel pipe" and one.shape:
        reading.take("quality.size", one.shape, INFERRED, place, place)
    elif after.means.get("measure") == "%" and of:
        name = "nitrogen" if of in NITROGENOUS else "purity"
        if name == "nitrogen" or (one.amount or 0) > PURE:
            _take(reading, name, place, place, place, INFERRED)
    elif len(parts) > 1 and parts[0].isdigit() and int(parts[0]) > PURE:
        reading.take("quality.purity", parts[0], INFERRED, place, place, "%")
    elif "yarn" in of and (one.shape or (after.word == "s" and after.glued)):
        last = place if one.shape else place + 1
        reading.take("quality.count", reading.said(place, last), INFERRED, place, last)
    elif reading[place + 1].word == "+" and not after.can_be("unit", "currency") and one.amount is not None:
        _take(reading, "size", place, place, place, GUESSED, unit="mm")


def _named(reading: Reading, place: int, name: str) -> None:
    """The number that a name of a quality belongs to: behind it, or right before it."""
    at = place + 1
    while reading[at].can_be("max", "min") or reading[at].word in {":", "-", "=", "is", "content", "level", "не"}:
        at += 1
    number = reading[at]
    if not number.used and (number.amount is not None or number.shape) and not _is_other(reading, at, name):
        return _take(reading, name, at, place, at, EXPLICIT)
    at = place - 1
    measured = reading[at].can_be("measure")
    at -= measured
    number = reading[at]
    if measured and not number.used and (number.amount is not None or number.shape):
        return _take(reading, name, at, at, place, EXPLICIT)
    return None


def _is_other(reading: Reading, at: int, name: str) -> bool:
    """A number behind "oil" or "saaf" that is a quantity or a price."""
    unit = reading[at + 1]
    return (
        (unit.can_be("unit") and not unit.can_be("measure"))
        or unit.can_be("currency", "time")
        or reading[at].multiplied
        or (name in {"oil_content", "purity", "ash"} and unit.means.get("measure") != "%")
    )


def _take(
    reading: Reading, name: str, number: int, first: int, last: int, confidence: float, unit: str | None = None
) -> None:
    """With its measure, and whether it is the most or the least: `max 8 %`."""
    said = reading[number]
    value = (said.shape or "").replace("–", "-") if said.amount is None else f"{plain(said.amount):f}"
    if name == "diameter" and said.shape:
        value = said.shape.replace("х", "x").replace("×", "x").split("x")[0]
    after = number + 1
    if name == "count":
        if reading[after].word == "s" and reading[after].glued:
            value, last = value + "s", max(last, after)
    elif reading[after].can_be("measure"):
        unit = reading[after].means["measure"]
        last, after = max(last, after), after + 1
    elif reading[after].word == "+" and reading[after + 1].can_be("measure"):
        unit = reading[after + 1].means["measure"]
    bound = _bound(reading, first, number, after, last)
    if bound is not None:
        where, word = bound
        value, first, last = f"{word} {value}", min(first, where), max(last, where)
    if reading[after].word == "+" and reading[after + 1].can_be("measure"):
        last = after + 1
    reading.take(f"quality.{name}", value, confidence, first, last, unit)


def _bound(reading: Reading, first: int, number: int, after: int, last: int) -> tuple[int, str] | None:
    for place in (number - 1, after, last + 1, first - 1):
        one = reading[place]
        if one is NOTHING or one.used:
            continue
        for word in ("min", "max"):
            if one.can_be(word) and not (one.can_be("by") and place > number):
                return place, word
    return None
