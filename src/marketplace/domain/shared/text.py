"""Text that people wrote, made safe to store and compare."""

import re
import unicodedata

from marketplace.domain.shared.errors import Invalid

_INVISIBLE = re.compile(
    "[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f\u00ad\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff\ufff9-\ufffb]"
)
"""Controls, zero-width and bidirectional marks: nothing a person means to write, much that deceives."""


class InvalidText(Invalid):
    code = "invalid_text"


def clean_text(text: str, *, field: str, longest: int, shortest: int = 1) -> str:
    """NFC, without invisible characters and outer white space; raises InvalidText outside the lengths."""
    cleaned = unicodedata.normalize("NFC", _INVISIBLE.sub("", text)).strip()
    if len(cleaned) < shortest:
        raise InvalidText("must not be empty" if shortest == 1 else f"has at least {shortest} characters", field=field)
    if len(cleaned) > longest:
        raise InvalidText(f"has at most {longest} characters", field=field)
    return cleaned


def cell(text: str) -> str:
    """For CSV: a spreadsheet would compute what begins like a formula, so an apostrophe stands before it."""
    return f"'{text}" if text.startswith(("=", "+", "-", "@", "\t", "\r")) else text
