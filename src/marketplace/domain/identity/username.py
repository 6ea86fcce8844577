"""Usernames: plain to type, and no two that look alike."""

import re

from marketplace.domain.shared.errors import Invalid

USERNAME = re.compile(r"[A-Za-z0-9._-]{3,30}")
_ALIKE = {"0": "o", "1": "l", "i": "l", "rn": "m", "vv": "w"}
"""The confusables of Unicode's UTS 39 that fall into our alphabet."""
_ALIKE_PATTERN = re.compile("|".join(sorted(_ALIKE, key=len, reverse=True)))


class InvalidUsername(Invalid):
    code = "invalid_username"


def check_username(username: str) -> str:
    if not USERNAME.fullmatch(username):
        raise InvalidUsername("has 3 to 30 of the letters a-z, digits, '.', '_' and '-'", field="username")
    return username


def skeleton(username: str) -> str:
    """The same for names that differ in case or in letters that look alike: `paypaI`, `PAYPAL` and `paypa1`."""
    return _ALIKE_PATTERN.sub(lambda alike: _ALIKE[alike[0]], username.lower())
