"""Hints of contact and payment elsewhere, measured on labelled lines; the rules were fitted to `tuned` alone."""

from pathlib import Path
from time import thread_time
from typing import NamedTuple

import pytest

from marketplace.domain.messaging.hints import Hint, hints_of, masked
from marketplace.domain.messaging.message import LONGEST_CONTENT
from prove.canaries import CARDS, leaks

LABELLED = Path(__file__).parent / "hints"
HOME = "market.example"


class Line(NamedTuple):
    text: str
    expected: frozenset[Hint]
    found: frozenset[Hint]


def lines_of(name: str) -> list[Line]:
    rows = [row.split("\t", 1) for row in (LABELLED / f"{name}.tsv").read_text().splitlines()]
    return [
        Line(text, frozenset(Hint(one) for one in flags.split(",") if one != "-"), hints_of(text, HOME))
        for flags, text in rows
    ]


@pytest.mark.parametrize("name", ["tuned", "held_out"])
@pytest.mark.parametrize("hint", Hint)
def test_nine_of_ten_hints_are_found_and_are_what_they_say(name: str, hint: Hint) -> None:
    lines = lines_of(name)
    expected = [line for line in lines if hint in line.expected]
    found = [line for line in lines if hint in line.found]
    right = sum(line in expected for line in found)
    assert len(expected) >= 8
    assert right / len(found) >= 0.9, f"precision {right}/{len(found)}"
    assert right / len(expected) >= 0.9, f"recall {right}/{len(expected)}"


@pytest.mark.parametrize("name", ["tuned", "held_out"])
def test_prices_dates_sizes_and_order_numbers_are_no_hints(name: str) -> None:
    clean = [line for line in lines_of(name) if not line.expected]
    assert len(clean) >= 60
    assert [line.text for line in clean if line.found] == []


def test_the_two_halves_have_no_line_in_common() -> None:
    halves = [{line.text for line in lines_of(name)} for name in ("tuned", "held_out")]
    assert halves[0] & halves[1] == set()
    assert sum(map(len, halves)) >= 200


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("4242424242424242", "••••4242"),
        ("card: 4242 4242-4242\u00a04242, exp 12/30", "card: ••••4242, exp 12/30"),
        ("378282246310005", "••••0005"), ("3782 822463 10005", "••••0005"), ("4222222222222", "••••2222"),
        ("6304000000000000000", "••••0000"), ("x4242424242424242x", "x••••4242x"),
        ("850 4242 4242 4242 4242 900", "850 ••••4242 900"), ("٤٢٤٢٤٢٤٢٤٢٤٢٤٢٤٢", "••••٤٢٤٢"),
        ("4242424242424242 or 5555-5555-5555-4444", "••••4242 or ••••4444"),
    ],
)  # fmt: skip
def test_of_a_card_number_the_last_four_digits_are_left(text: str, left: str) -> None:
    assert masked(text) == left
    assert masked(left) == left
    if text != left:
        assert Hint.PAYMENT in hints_of(text, HOME)
        assert Hint.PAYMENT in hints_of(left, HOME), "what is masked still tells"


@pytest.mark.parametrize(
    "text",
    [
        "4242424242424241", "IMEI 356938035643809", "2026-05-12 18:30:00 2026-05-19", "ISBN 9783161484100",
        "00340434161094021501", "100000 200000 300000", "1,250,000.00 and 1,250,000.00", "62000 63000 64000 65000",
    ],
)  # fmt: skip
def test_other_numbers_stay(text: str) -> None:
    assert masked(text) == text


def test_every_canary_is_masked() -> None:
    for card in CARDS:
        groups = [card[at : at + 4] for at in range(0, 16, 4)]
        for text in (card, " ".join(groups), "-".join(groups)):
            assert leaks(masked(f"my card {text}.")) == []


def test_what_leads_home_leads_nowhere_else() -> None:
    assert hints_of("https://market.example/products/7 and www.market.example", HOME) == frozenset()
    assert hints_of("https://market.example.evil.com", HOME) == {Hint.LINK}
    assert hints_of("https://notmarket.example", HOME) == {Hint.LINK}


@pytest.mark.parametrize(
    "piece", ["1", "4 ", "4242 ", "a.", "a@", "call 1 ", "+1 ", "AE07", "1-", "seedha a b c ", "order 9876543210 "]
)
def test_no_text_takes_long_to_look_at(piece: str) -> None:
    """The longest one, in CPU of this thread: nothing grows with the square of it."""
    text = piece * (LONGEST_CONTENT // len(piece))
    started = thread_time()
    hints_of(text, HOME)
    assert thread_time() - started < 0.25
