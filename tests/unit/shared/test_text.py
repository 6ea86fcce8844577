import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from marketplace.domain.shared.text import InvalidText, clean_text


@pytest.mark.parametrize(
    ("text", "cleaned"),
    [
        ("  camera \n", "camera"),
        ("cafe\u0301", "caf\u00e9"),
        ("cafe\u200b\u0301", "caf\u00e9"),
        ("pay\u202epal\u2066", "paypal"),
        ("zero\u200bwidth\ufeff", "zerowidth"),
        ("bell\x07 null\x00", "bell null"),
        ("two\nlines\tkept", "two\nlines\tkept"),
        ("سلام 你好 😀", "سلام 你好 😀"),
    ],
)
def test_text_is_cleaned(text: str, cleaned: str) -> None:
    assert clean_text(text, field="title", longest=50) == cleaned


@pytest.mark.parametrize("text", ["", "   ", "\u200b\u202e", "\x00"])
def test_nothing_visible_is_empty(text: str) -> None:
    with pytest.raises(InvalidText) as refusal:
        clean_text(text, field="title", longest=50)
    assert refusal.value.field == "title"
    assert clean_text(text, field="description", longest=50, shortest=0) == ""


def test_lengths_count_what_is_left() -> None:
    assert clean_text("\u200babc\u200b", field="title", longest=3, shortest=3) == "abc"
    for text in ("ab\u200b", "abcd"):
        with pytest.raises(InvalidText):
            clean_text(text, field="title", longest=3, shortest=3)


@given(st.text(max_size=80))
def test_cleaning_twice_changes_nothing(text: str) -> None:
    once = clean_text(text, field="title", longest=500, shortest=0)
    assert clean_text(once, field="title", longest=500, shortest=0) == once
    assert unicodedata.is_normalized("NFC", once)
    assert once == once.strip()
