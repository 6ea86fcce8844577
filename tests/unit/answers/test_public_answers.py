"""What is kept, for how long, and what becomes of it when something changes."""

import pytest

from marketplace.entrypoints.http.answers import (
    LIFE,
    LISTING_LIFE,
    OVERHEAD,
    Kept,
    OverheardAnnouncements,
    PublicAnswers,
)
from tests.fakes.notifications import MemoryAnnouncements

LAMP, CHAIR = "0197a5c0-0000-7000-8000-000000000001", "0197a5c0-0000-7000-8000-000000000002"
KEY = b"/api/v1/products/1"


class Clock:
    def __init__(self) -> None:
        self.at = 100.0

    def __call__(self) -> float:
        return self.at


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def answers(clock: Clock) -> PublicAnswers:
    answers = PublicAnswers(clock, most_bytes=10 * (OVERHEAD + 100))
    answers.hears(True)
    return answers


def an_answer(body: bytes = b"{}", *, by_language: bool = False) -> Kept:
    return Kept("/api/v1/products/{product_id}", [(b"content-length", b"2")], body, b'"e"', by_language)


def keep(
    answers: PublicAnswers, key: bytes = KEY, *, listing: str | None = LAMP, kept: Kept | None = None,
    language: bytes = b"",
) -> Kept:  # fmt: skip
    kept = kept or an_answer()
    answers.end(answers.begin(key, language, listing), kept)
    return kept


async def test_an_answer_about_a_listing_is_kept_for_its_time_and_another_for_a_second(
    answers: PublicAnswers, clock: Clock
) -> None:
    product, page = keep(answers), keep(answers, b"/page", listing=None)
    clock.at += LIFE - 0.001
    assert (answers.find(KEY, b""), answers.find(b"/page", b"")) == (product, page)
    clock.at += 0.001
    assert (answers.find(KEY, b""), answers.find(b"/page", b"")) == (product, None)
    clock.at += LISTING_LIFE - LIFE
    assert answers.find(KEY, b"") is None


async def test_its_time_begins_as_it_is_asked_for_not_as_it_comes(answers: PublicAnswers, clock: Clock) -> None:
    filling = answers.begin(b"/page", b"", None)
    clock.at += LIFE
    answers.end(filling, an_answer())
    assert answers.find(b"/page", b"") is None


async def test_a_change_ends_every_answer_about_the_listing_and_no_other(answers: PublicAnswers) -> None:
    keep(answers)
    keep(answers, KEY + b"?a=1")
    chair = keep(answers, b"/chair", listing=CHAIR)
    answers.forget(LAMP)
    assert answers.find(KEY, b"") is None
    assert answers.find(KEY + b"?a=1", b"") is None
    assert answers.find(b"/chair", b"") is chair


async def test_what_was_read_before_a_change_is_not_kept_after_it(answers: PublicAnswers) -> None:
    old = answers.begin(KEY, b"", LAMP)
    answers.forget(LAMP)
    assert answers.filling(KEY, b"") is None  # who asks now must not wait for it
    new = answers.begin(KEY, b"", LAMP)
    fresh = an_answer(b"new")
    answers.end(new, fresh)
    stale = an_answer(b"old")
    answers.end(old, stale)
    assert answers.find(KEY, b"") is fresh
    assert await old.answer is stale  # those who waited asked before the change


async def test_nothing_is_kept_that_is_nobody_elses(answers: PublicAnswers) -> None:
    filling = answers.begin(KEY, b"", LAMP)
    assert answers.filling(KEY, b"") is filling
    answers.end(filling, None)
    assert await filling.answer is None
    assert (answers.filling(KEY, b""), answers.find(KEY, b"")) == (None, None)


async def test_languages_are_told_apart_where_the_answer_says_so(answers: PublicAnswers) -> None:
    uzbek = keep(answers, kept=an_answer(b"uz", by_language=True), language=b"uz")
    assert answers.find(KEY, b"ru") is None
    russian = keep(answers, kept=an_answer(b"ru", by_language=True), language=b"ru")
    assert (answers.find(KEY, b"uz"), answers.find(KEY, b"ru")) == (uzbek, russian)
    answers.forget(LAMP)
    assert (answers.find(KEY, b"uz"), answers.find(KEY, b"ru")) == (None, None)
    alike = keep(answers, b"/page", language=b"uz")
    assert answers.find(b"/page", b"ru") is alike


async def test_the_least_recently_used_make_room(answers: PublicAnswers) -> None:
    kept = [keep(answers, b"/%02d" % number, kept=an_answer(b"x" * 90)) for number in range(10)]
    assert answers.find(b"/00", b"") is kept[0]
    keep(answers, b"/large", kept=an_answer(b"x" * (OVERHEAD + 100)))
    left = [number for number in range(10) if answers.find(b"/%02d" % number, b"")]
    assert left == [0, 3, 4, 5, 6, 7, 8, 9]
    assert answers.find(b"/large", b"")


async def test_ten_thousand_paths_that_nobody_asks_for_again_leave_nothing(
    answers: PublicAnswers, clock: Clock
) -> None:
    for number in range(10_000):
        keep(answers, b"/%d" % number, listing=str(number))
        clock.at += 0.01
    answers.forget("9999")
    clock.at += LISTING_LIFE
    keep(answers, b"/last", listing=None)
    assert len(answers._places) == 1
    assert not answers._keys_of
    assert not answers._fillings
    assert answers._bytes == len(b"/last") + OVERHEAD + 2


async def test_without_news_everything_is_forgotten_and_nothing_is_kept_for_long(clock: Clock) -> None:
    answers, announcements = PublicAnswers(clock), MemoryAnnouncements()
    said: list[str] = []
    async with OverheardAnnouncements(announcements, answers).listen(lambda *heard: said.extend(heard)) as lost:
        keep(answers)
        under_way = answers.begin(b"/chair", b"", CHAIR)
        announcements.say("sessions", "1")
        announcements.say("listings", CHAIR)
        assert said == ["sessions", "1"]
        assert answers.filling(b"/chair", b"") is None
        assert answers.find(KEY, b"")
        announcements.break_off()
        await lost
    assert answers.find(KEY, b"") is None
    answers.end(under_way, an_answer())
    assert answers.find(b"/chair", b"") is None
    keep(answers)
    clock.at += LIFE
    assert answers.find(KEY, b"") is None
