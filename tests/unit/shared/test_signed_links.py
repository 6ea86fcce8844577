"""Goal X3: a link is good for its object, its user and its five minutes only."""

import random
import string
from datetime import timedelta
from uuid import uuid4

import pytest

from marketplace.adapters.security.signed_links import HmacSignedLinks
from marketplace.application.shared.links import LINK_LIFE, Holder, InvalidLink
from marketplace.domain.shared.ids import SessionId, UserId
from tests.builders.identity import NOON

LINKS = HmacSignedLinks(b"k" * 32)
HOLDER = Holder(UserId(uuid4()), SessionId(uuid4()))
KEY = "documents/0f3c.pdf"
LINK = LINKS.issue(HOLDER, KEY, NOON)


def is_refused(link: str, key: str = KEY, after: timedelta = timedelta(0), links: HmacSignedLinks = LINKS) -> bool:
    try:
        links.open(link, key, NOON + after)
    except InvalidLink:
        return True
    return False


def test_a_link_tells_whom_it_was_issued_to_for_five_minutes() -> None:
    assert timedelta(minutes=5) >= LINK_LIFE
    assert LINKS.open(LINK, KEY, NOON) == HOLDER
    assert LINKS.open(LINK, KEY, NOON + LINK_LIFE - timedelta(seconds=1)) == HOLDER
    assert is_refused(LINK, after=LINK_LIFE)
    assert is_refused(LINK, after=timedelta(days=10_000))


def test_a_link_stands_in_an_address_as_it_is() -> None:
    assert set(LINK) <= {*string.ascii_letters, *string.digits, "-", "_"}


@pytest.mark.parametrize("key", ["", "documents/0f3d.pdf", "documents/0f3c.pdf ", "avatars/0f3c.webp", "\ud800"])
def test_a_link_opens_no_other_object(key: str) -> None:
    assert is_refused(LINK, key)


def test_another_secret_s_link_is_refused() -> None:
    assert is_refused(HmacSignedLinks(b"j" * 32).issue(HOLDER, KEY, NOON))


def test_what_is_no_link_is_refused() -> None:
    for link in ("", "=", "a", "\0", "\ud800", "é" * 75, LINK + "A", LINK + "AAAA", LINK[:-4], "A" * 100_000):
        assert is_refused(link)


def test_ten_thousand_changed_links_are_refused() -> None:
    chance = random.Random(1)  # noqa: S311 - to repeat what failed
    alphabet = string.ascii_letters + string.digits + "-_"
    changed: set[str] = set()
    while len(changed) < 10_000:
        letters = list(LINK)
        for _ in range(chance.randint(1, 4)):
            letters[chance.randrange(len(letters))] = chance.choice(alphabet)
        changed.add("".join(letters))
    accepted = [link for link in changed - {LINK} if not is_refused(link)]
    assert accepted == []
