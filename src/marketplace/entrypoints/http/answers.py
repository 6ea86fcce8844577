"""Encoded public answers that this process keeps for a moment (docs/adr/0022)."""

import asyncio
from collections import OrderedDict, defaultdict
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import cached_property
from time import monotonic
from typing import Any

from marketplace.application.notifications.ports import LISTINGS, Announcements, Heard
from marketplace.entrypoints.http.gate import Headers, dressed, without_content
from marketplace.entrypoints.http.public_routes import PREFIX

LIFE = 0.8
"""Seconds from the moment an answer was asked for to its end here."""

LISTING_LIFE = 2.0
"""The same for an answer about one listing, which ends at once when the listing changes."""

MOST_BYTES = 64 * 1_048_576
LARGEST = 1_048_576
"""Bytes of one answer."""

OVERHEAD = 2_048
"""Bytes that an answer takes beside its key and its body, roughly."""


@dataclass(eq=False)
class Kept:
    """An answer with nothing in it of the request that brought it. `route` is its path with names for its values."""

    route: str
    headers: Headers
    body: bytes
    etag: bytes
    by_language: bool = False

    @cached_property
    def head(self) -> bytes:
        """What a 200 begins with in HTTP/1.1; more headers may follow."""
        return b"HTTP/1.1 200 OK\r\n" + lines(dressed(self.headers, PREFIX, {})[0])

    @cached_property
    def unchanged(self) -> bytes:
        """The same of a 304."""
        return b"HTTP/1.1 304 Not Modified\r\n" + lines(without_content(dressed(self.headers, PREFIX, {})[0]))


def lines(headers: Headers) -> bytes:
    return b"".join(b"%s: %s\r\n" % header for header in headers)


@dataclass(slots=True, eq=False)
class Filling:
    """An answer in the making; `answer` is None in the end if it is nobody else's."""

    key: bytes
    language: bytes
    listing: str | None
    began: float
    answer: "asyncio.Future[Kept | None]"
    is_stale: bool = False


@dataclass(slots=True, eq=False)
class _Place:
    kept: Kept
    until: float
    listing: str | None
    size: int


class PublicAnswers:
    """A key is a path, with its query if there is one. The least recently used go first, sooner once they are over."""

    def __init__(self, now: Callable[[], float] = monotonic, most_bytes: int = MOST_BYTES) -> None:
        self._now = now
        self._most_bytes = most_bytes
        self._bytes = 0
        self._places: OrderedDict[bytes, _Place] = OrderedDict()
        self._fillings: dict[tuple[bytes, bytes], Filling] = {}
        self._keys_of: defaultdict[str, set[bytes]] = defaultdict(set)
        self._fillings_of: defaultdict[str, set[Filling]] = defaultdict(set)
        self._hears = False

    def find(self, key: bytes, language: bytes) -> Kept | None:
        """`language` is the whole Accept-Language: it matters to answers that say so."""
        place = self._places.get(key)
        if place is not None and place.kept.by_language:
            key = _variant(key, language)
            place = self._places.get(key)
        if place is None:
            return None
        if place.until <= self._now():
            self._drop(key)
            return None
        self._places.move_to_end(key)
        return place.kept

    def filling(self, key: bytes, language: bytes) -> Filling | None:
        """The answer in the making that may be waited for: nothing has changed since it was asked for."""
        return self._fillings.get((key, language))

    def begin(self, key: bytes, language: bytes, listing: str | None) -> Filling:
        """Before anything is read. `listing` is the id of the one listing that the answer is about."""
        answer: asyncio.Future[Kept | None] = asyncio.get_running_loop().create_future()
        filling = Filling(key, language, listing, self._now(), answer)
        self._fillings[key, language] = filling
        if listing:
            self._fillings_of[listing].add(filling)
        return filling

    def end(self, filling: Filling, kept: Kept | None) -> None:
        """Those who wait get the answer; it is kept unless what it tells has changed meanwhile."""
        if not filling.is_stale:
            del self._fillings[filling.key, filling.language]
            if filling.listing:
                _discard(self._fillings_of, filling.listing, filling)
            if kept is not None:
                self._keep(filling, kept)
        filling.answer.set_result(kept)

    def forget(self, listing: str) -> None:
        for key in self._keys_of.pop(listing, ()):
            self._bytes -= self._places.pop(key).size
        for filling in self._fillings_of.pop(listing, ()):
            filling.is_stale = True
            del self._fillings[filling.key, filling.language]

    def hears(self, hears: bool) -> None:
        """Whether changes of listings are told to us; as this begins and ends, everything is forgotten."""
        self._hears = hears
        self._bytes = 0
        self._places.clear()
        self._keys_of.clear()
        for filling in self._fillings.values():
            filling.is_stale = True
        self._fillings.clear()
        self._fillings_of.clear()

    def _keep(self, filling: Filling, kept: Kept) -> None:
        life = LISTING_LIFE if filling.listing and self._hears else LIFE
        until = filling.began + life
        if kept.by_language:
            self._put(filling.key, _Place(kept, until, filling.listing, len(filling.key) + OVERHEAD))
        key = _variant(filling.key, filling.language) if kept.by_language else filling.key
        self._put(key, _Place(kept, until, filling.listing, len(key) + OVERHEAD + len(kept.body)))
        now = self._now()
        while self._places:
            oldest = next(iter(self._places))
            if self._bytes <= self._most_bytes and self._places[oldest].until > now:
                break
            self._drop(oldest)

    def _put(self, key: bytes, place: _Place) -> None:
        if key in self._places:
            self._drop(key)
        self._places[key] = place
        self._bytes += place.size
        if place.listing:
            self._keys_of[place.listing].add(key)

    def _drop(self, key: bytes) -> None:
        place = self._places.pop(key)
        self._bytes -= place.size
        if place.listing:
            _discard(self._keys_of, place.listing, key)


def _variant(key: bytes, language: bytes) -> bytes:
    return key + b"\n" + language


def _discard(index: defaultdict[str, set[Any]], name: str, item: object) -> None:
    index[name].discard(item)
    if not index[name]:
        del index[name]


class OverheardAnnouncements(Announcements):
    """The announcements, from which `answers` hears which listings changed; the others hear the rest."""

    def __init__(self, announcements: Announcements, answers: PublicAnswers) -> None:
        self._announcements = announcements
        self._answers = answers

    @asynccontextmanager
    async def listen(self, heard: Heard) -> AsyncIterator[Awaitable[None]]:
        def overhear(channel: str, payload: str) -> None:
            if channel == LISTINGS:
                self._answers.forget(payload)
            else:
                heard(channel, payload)

        async with self._announcements.listen(overhear) as lost:
            self._answers.hears(True)
            try:
                yield lost
            finally:
                self._answers.hears(False)
