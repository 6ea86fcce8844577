"""Search over listings in memory: words as they stand, begun or with one slip; the rest as the port says."""

from collections import Counter
from decimal import Decimal
from math import asin, cos, radians, sin, sqrt
from typing import Any

import msgspec

from marketplace.adapters.sql.catalog.search_words import distance
from marketplace.application.catalog.search import (
    MOST_SUGGESTIONS,
    CategoryCount,
    Explanation,
    Facets,
    Found,
    FoundProduct,
    MatchedWord,
    Place,
    PriceRange,
    SearchQueries,
    Sort,
    Suggestion,
    Wish,
)
from marketplace.application.catalog.views import ProductView
from marketplace.application.shared.actor import Viewer
from marketplace.domain.catalog.listing import Audience, Listing
from marketplace.domain.catalog.standing import ListingStatus
from marketplace.domain.shared.geo import Location
from marketplace.domain.shared.ids import UserId
from tests.fakes.world import MemoryListings, MemoryTransaction

PARENTS = {"plumbing": "home_services"}
EARTH = 6_371
STEPS = [Decimal(digit).scaleb(power) for power in range(-2, 14) for digit in (1, 2, 5)]


class MemorySearchQueries(SearchQueries):
    """`follows`: who follows whom; `blocks`: pairs of whom one has blocked the other."""

    def __init__(self, transaction: MemoryTransaction) -> None:
        self._transaction = transaction
        self._listings = MemoryListings(transaction)
        self.follows: set[tuple[UserId, UserId]] = set()
        self.blocks: set[frozenset[UserId]] = set()

    async def search(self, viewer: Viewer, wish: Wish, *, after: Place | None, skip: int, limit: int) -> Found:
        async with self._transaction:
            found = [
                (value, listing, await self._listings.shown(listing.id), matched)
                for listing, _ in self._transaction.rows.listings.values()
                if self._sees(viewer, listing) and _passes(wish, listing)
                if (matched := _matched(wish.text, listing)) is not None
                for value in [_value(wish, listing, matched)]
            ]
        ranked = sorted(found, key=lambda one: (one[0], -one[1].id.int))
        views = [view for _, _, view, _ in ranked]
        if after is not None:
            ranked = [one for one in ranked if (one[0], -one[1].id.int) > (after.value, -after.listing_id.int)]
        page = ranked[skip : skip + limit]
        return Found(
            items=[_item(wish, *one) for one in page], facets=_facets(views), total=len(views), is_capped=False,
            has_more=len(ranked) > skip + limit,
            last=Place(page[-1][0], page[-1][1].id, after.asked_at if after else 0) if page else None,
        )  # fmt: skip

    async def suggest(self, text: str) -> list[Suggestion]:
        last = text.lower().split()[-1]
        shown = [one for one, _ in self._transaction.rows.listings.values() if self._sees(Viewer(), one)]
        known = Counter(word for listing in shown for word in _words(listing.title))
        words = [word for word, _ in known.most_common() if word.startswith(last)]
        words = words or [word for word, _ in known.most_common() if distance(word, last) <= 1]
        titles = [one.title for one in shown if any(word in _words(one.title) for word in words)]
        return [
            *(Suggestion(word, "word") for word in words[:5]), *(Suggestion(title, "title") for title in titles[:5]),
        ][:MOST_SUGGESTIONS]  # fmt: skip

    def _sees(self, viewer: Viewer, listing: Listing) -> bool:
        if listing.status is not ListingStatus.ACTIVE:
            return False
        if viewer.user and frozenset({viewer.user, listing.seller}) in self.blocks:
            return False
        if listing.audience is Audience.EVERYONE or viewer.user == listing.seller:
            return True
        return viewer.user is not None and (viewer.user, listing.seller) in self.follows


def _words(text: str) -> list[str]:
    return text.lower().split()


def _matched(text: str, listing: Listing) -> list[MatchedWord] | None:
    """None unless every word is found."""
    found = []
    asked = _words(text)
    for word in asked:
        for where, said in (
            ("title", listing.title),
            ("tags", " ".join(listing.tags)),
            ("description", listing.description),
        ):
            meant = [one for one in _words(said) if one == word]
            how = "word"
            if not meant and word == asked[-1]:
                meant, how = [one for one in _words(said) if one.startswith(word)], "beginning"
            if not meant and len(word) > 3:
                meant, how = [one for one in _words(said) if distance(one, word) == 1], "correction"
            if meant:
                found.append(MatchedWord(word, meant, how, where))  # type: ignore[arg-type]  # literals of the loop
                break
        else:
            return None
    return found


def _passes(wish: Wish, listing: Listing) -> bool:
    condition = getattr(listing.terms, "condition", None)
    near = _distance(wish.near, listing.location)
    return (
        wish.category in {None, listing.category, PARENTS.get(listing.category)}
        and wish.kind in {None, listing.kind}
        and wish.condition in {None, condition}
        and wish.currency in {None, listing.price.currency}
        and (wish.lowest is None or listing.price.minor >= wish.lowest.minor)
        and (wish.highest is None or listing.price.minor <= wish.highest.minor)
        and (wish.radius_km is None or (near is not None and near <= wish.radius_km))
        and wish.min_rating is None
    )


def _distance(one: Location | None, other: Location | None) -> float | None:
    if one is None or other is None:
        return None
    up, right = radians(one.latitude - other.latitude), radians(one.longitude - other.longitude)
    flat = cos(radians(one.latitude)) * cos(radians(other.latitude))
    return 2 * EARTH * asin(sqrt(sin(up / 2) ** 2 + flat * sin(right / 2) ** 2))


def _value(wish: Wish, listing: Listing, matched: list[MatchedWord]) -> float:
    match wish.sort:
        case Sort.RELEVANCE:
            return -float(sum({"title": 1.0, "tags": 0.5}.get(word.where or "", 0.1) for word in matched))
        case Sort.NEWEST:
            return 0.0
        case Sort.PRICE_ASC:
            return float(listing.price.minor)
        case Sort.PRICE_DESC:
            return float(-listing.price.minor)
        case Sort.NEAREST:
            far = _distance(wish.near, listing.location)
            return 30_000.0 if far is None else far


def _item(wish: Wish, value: float, listing: Listing, view: ProductView, matched: list[MatchedWord]) -> FoundProduct:
    far = _distance(wish.near, listing.location)
    fields: dict[str, Any] = msgspec.structs.asdict(view)
    return FoundProduct(
        **fields, distance_km=None if far is None else round(far, 3),
        explain=Explanation(-value, -value, 1.0, 0.0, matched) if wish.explain else msgspec.UNSET,
    )  # fmt: skip


def _facets(views: list[ProductView]) -> Facets:
    categories = Counter(view.category for view in views)
    prices = Counter((view.currency, max(step for step in STEPS if step <= view.price)) for view in views)
    return Facets(
        [CategoryCount(name, count) for name, count in sorted(categories.items(), key=lambda one: (-one[1], one[0]))],
        [
            PriceRange(f"{currency} {step.normalize():f}-{above.normalize():f}", step, above, currency, count)
            for (currency, step), count in sorted(prices.items())
            for above in [STEPS[STEPS.index(step) + 1]]
        ],
    )
