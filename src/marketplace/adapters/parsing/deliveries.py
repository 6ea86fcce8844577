"""Where and when the goods change hands: terms, place, days."""

from marketplace.adapters.parsing.reading import NOTHING, Reading
from marketplace.domain.trading.parsed import EXPLICIT, GUESSED, INFERRED

FARTHEST_PLACE = 4
MOST_DAYS = 1_000
_JOINING = frozenset({"-", "–", ":", "(", "at", "to", "the", "cold", "city", "of"})
_REGIONS = ("ская область", "ский край", "ская обл", "ский район")


def days(reading: Reading) -> None:
    """A number of days or weeks that neither payment nor validity has taken."""
    for place, one in enumerate(reading.items):
        if one.used or not one.can_be("time"):
            continue
        number, first = reading[place - 1], place - 1
        if number.amount is None:
            if not (reading[place - 1].can_be("within") or reading[place - 1].word == "a" or _goes_on(reading, place)):
                continue
            amount, first = 1, place
            if reading[place - 1].word == "a":
                first = place - 1
        elif number.used or number.amount != number.amount.to_integral_value():
            continue
        else:
            amount = int(number.amount)
        total = amount * int(one.means["time"])
        if not 0 < total <= MOST_DAYS:
            continue
        sure, last = False, place
        while reading[first - 1].can_be("within") and not reading[first - 1].used:
            first, sure = first - 1, True
        while reading[last + 1].can_be("within_after") and not reading[last + 1].used:
            last, sure = last + 1, True
        return reading.take("delivery_days", str(total), reading.sure(sure), first, last)
    return None


def _goes_on(reading: Reading, place: int) -> bool:
    """`hafte bhar me`: within the week."""
    return reading[place].word.startswith("haft") and reading[place + 1].can_be("within_after")


def terms(reading: Reading) -> None:
    """An Incoterm, or what stands for one; "FOR" only in capitals, "DAP" unless it is the fertilizer."""
    for place, one in reading.free("term"):
        written = reading.text[one.start : one.end]
        if one.word == "for" and not (written == "FOR" and _names_place(reading, place + 1)):
            continue
        if one.word == "ex" and not _names_place(reading, place + 1 + (reading[place + 1].word == "-")):
            continue
        return reading.take("delivery_terms", one.means["term"], EXPLICIT, place, place)
    return None


def _names_place(reading: Reading, place: int) -> bool:
    one = reading[place]
    return one.can_be("place", "after_place") or (one.word.isalpha() and not one.means) or one.capital


def where(reading: Reading) -> None:
    """Behind the terms; else where "from" or "me" points; else a town that is named; else a name all alone."""
    if (behind := _behind_terms(reading)) is not None:
        return _take(reading, behind, EXPLICIT)
    known = [place for place, one in reading.free("place") if not _is_elsewhere(reading, place)]
    plain = [place for place in known if reading[place].capital or len(reading[place].word) > 4]
    names = [place for place in range(len(reading.items)) if _is_name(reading, place, False)]
    for places, confidence in (
        ([place for place in known if _is_pointed_at(reading, place)], EXPLICIT),
        (plain, INFERRED),
        ([place for place in names if _is_pointed_at(reading, place) and not _is_elsewhere(reading, place)], INFERRED),
        ([place for place in names if _stands_alone(reading, place)], GUESSED),
    ):
        if places:
            return _take(reading, places[0], confidence)
    return None


def _behind_terms(reading: Reading) -> int | None:
    found = reading.fields.get("delivery_terms")
    if found is None:
        return None
    term = next(place for place, one in enumerate(reading.items) if one.start == found.span[0])
    for place in range(term + 1, term + 1 + FARTHEST_PLACE):
        one = reading[place]
        if one.can_be("place") or _is_name(reading, place, reading.text[one.start : one.end].isupper()):
            return place
        if not (one.word in _JOINING or one.can_be("before_place", "after_place")):
            break
    return None


def _is_name(reading: Reading, place: int, upper: bool) -> bool:
    """An unknown word with a capital, not the first of the message."""
    one = reading[place]
    return one.capital and not one.used and not one.means and len(one.word) > 2 and (place > 0 or upper)


def _is_pointed_at(reading: Reading, place: int) -> bool:
    before, after = reading[place - 1], reading[place + 1]
    if before.word == "." and reading[place - 2].can_be("before_place"):
        return True
    return before.can_be("before_place") or after.can_be("after_place")


def _is_elsewhere(reading: Reading, place: int) -> bool:
    """Where the goods were grown or made is not where they are handed over."""
    return reading[place - 1].can_be("origin") or reading[place + 1].can_be("origin", "commodity")


def _stands_alone(reading: Reading, place: int) -> bool:
    """`, Guntur,` and `, Mandi Gobindgarh`."""
    if reading[place - 1].word not in {",", ".", ";"}:
        return False
    last = place
    while _is_name(reading, last + 1, False):
        last += 1
    after = reading[last + 1]
    return after is NOTHING or after.word in {",", ".", ";"}


def _take(reading: Reading, place: int, confidence: float) -> None:
    one, last = reading[place], place
    if one.can_be("place"):
        return reading.take("delivery_place", one.means["place"], confidence, place, place)
    while _is_name(reading, last + 1, False) or (reading[last + 1].word == "-" and _is_name(reading, last + 2, False)):
        last += 1
    said = f"{one.word} {reading[last + 1].word}"
    if said.endswith(_REGIONS):
        last += 1
    return reading.take("delivery_place", reading.said(place, last), confidence, place, last)
