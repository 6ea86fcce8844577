"""Passwords that attackers try first: the 30,000 most frequent of leaked lists (zxcvbn), and their usual disguises."""

import re
from collections.abc import Sequence
from functools import cache
from itertools import islice

BASE_WORDS = 500
"""So many of the most frequent are refused in disguise too: Dr4gon12!, Monkey2024."""

_DISGUISE = str.maketrans("@4301$5!7", "aaeoissit")
_DECORATION = re.compile(r"^[\W\d_]{0,4}|[\W\d_]{0,4}$")
_SHORTEST_WORD = 4
_OURS = frozenset((
    "admin", "administrator", "changeme", "default", "guest", "marketplace", "root", "temp", "spring", "summer",
    "autumn", "winter", "january", "february", "april", "june", "july", "august", "september", "october", "november",
    "december",
))  # fmt: skip
"""Not that frequent in leaks, but what people make up when a form asks for a digit and a special character."""


def _listed() -> Sequence[str]:
    """The most frequent first."""
    from zxcvbn.frequency_lists import FREQUENCY_LISTS  # takes 40 ms, and no process needs it to start

    listed: Sequence[str] = FREQUENCY_LISTS["passwords"]
    return listed


@cache
def _known() -> frozenset[str]:
    return frozenset(_listed())


@cache
def _base_words() -> frozenset[str]:
    words = (word for word in _listed() if len(word) >= _SHORTEST_WORD and word.isalpha())
    return _OURS.union(islice(words, BASE_WORDS))


def is_known_password(password: str) -> bool:
    """Without regard to case."""
    plain = password.casefold()
    undecorated = _DECORATION.sub("", plain)
    bases = {undecorated, undecorated.translate(_DISGUISE), _DECORATION.sub("", plain.translate(_DISGUISE))}
    return plain in _known() or plain.rstrip("!@#$%&*?.-_") in _known() or not bases.isdisjoint(_base_words())
