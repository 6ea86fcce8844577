"""Search over what is for sale, and how a text that was begun may go on."""

import re
from dataclasses import replace
from decimal import Decimal, InvalidOperation
from typing import Annotated, Literal

import msgspec
from dishka.integrations.litestar import FromDishka, inject
from litestar import Controller, get
from litestar.di import Provide
from litestar.params import Dependency, FromQuery, QueryParameter

from marketplace.application.catalog.search import (
    LONGEST_TEXT,
    MOST_CANDIDATES,
    WIDEST_RADIUS,
    Facets,
    Found,
    FoundProduct,
    InvalidSearch,
    Place,
    SearchQueries,
    Sort,
    Suggestion,
    Wish,
)
from marketplace.application.shared.actor import Viewer
from marketplace.application.shared.paging import DEFAULT_PER_PAGE, Page
from marketplace.domain.catalog.terms import Condition, Kind
from marketplace.domain.shared.geo import Location
from marketplace.domain.shared.money import Money
from marketplace.domain.shared.text import clean_text
from marketplace.entrypoints.http.auth import SIGNED_IN_OR_NOT
from marketplace.entrypoints.http.catalog import PUBLIC
from marketplace.entrypoints.http.messages import Success
from marketplace.entrypoints.http.paging import Cursors, CursorText, PerPage

SearchText = Annotated[
    str, QueryParameter(max_length=LONGEST_TEXT, description="Words in any order and form; the last may be begun only.")
]
FoundPage = Annotated[
    int,
    QueryParameter(ge=1, le=MOST_CANDIDATES, description=f"Which page of the best {MOST_CANDIDATES}, counted from 1."),
]
PriceText = Annotated[str | None, QueryParameter(max_length=20, pattern=r"^[0-9]+(\.[0-9]+)?$")]
_SPACES = re.compile(r"\s+")


class SearchPage(Page[FoundProduct], frozen=True, kw_only=True):
    """A page of what was found, and what all of it is by category and by price."""

    facets: Facets


def wish(  # noqa: PLR0913 - each is a parameter of the query
    q: SearchText = "",
    category: Annotated[
        str | None, QueryParameter(max_length=40, pattern="^[a-z0-9_]+$", description="A slug; what is below it too.")
    ] = None,
    kind: FromQuery[Kind | None] = None,
    condition: FromQuery[Condition | None] = None,
    min_price: PriceText = None,
    max_price: PriceText = None,
    currency: Annotated[
        str | None, QueryParameter(pattern="^[A-Z]{3}$", description="Of the prices; AED where prices are asked for.")
    ] = None,
    latitude: Annotated[float | None, QueryParameter(ge=-90, le=90)] = None,
    longitude: Annotated[float | None, QueryParameter(ge=-180, le=180)] = None,
    radius_km: Annotated[float | None, QueryParameter(gt=0, le=WIDEST_RADIUS, description="Around the place.")] = None,
    min_rating: Annotated[float | None, QueryParameter(ge=1, le=5, description="Of the seller.")] = None,
    sort: Annotated[
        Literal["relevance", "newest", "price_asc", "price_desc", "nearest"],
        QueryParameter(description="By price: in one currency; nearest: to the place."),
    ] = "relevance",
    explain: Annotated[bool, QueryParameter(description="Say of each how it was found.")] = False,
) -> Wish:
    if (latitude is None) is not (longitude is None):
        raise InvalidSearch("latitude and longitude go together", field="latitude" if latitude is None else "longitude")
    if min_price or max_price or sort in {"price_asc", "price_desc"}:
        currency = currency or "AED"
    return Wish(
        text=_clean(q), category=category, kind=kind, condition=condition, currency=currency,
        lowest=_price(min_price, currency, "min_price"), highest=_price(max_price, currency, "max_price"),
        near=None if latitude is None or longitude is None else Location(latitude, longitude),
        radius_km=radius_km, min_rating=min_rating, sort=Sort(sort), explain=explain,
    )  # fmt: skip


class SearchController(Controller):
    path = "/api/v1/search"
    tags = ("Search",)

    @get(
        summary="Search", cache_control=PUBLIC, security=SIGNED_IN_OR_NOT,
        dependencies={"wanted": Provide(wish, sync_to_thread=False)},
    )  # fmt: skip
    @inject
    async def search(
        self,
        wanted: Annotated[Wish, Dependency()],
        viewer: FromDishka[Viewer],
        listings: FromDishka[SearchQueries],
        cursors: FromDishka[Cursors],
        page: FoundPage = 1,
        per_page: PerPage = DEFAULT_PER_PAGE,
        cursor: CursorText = None,
    ) -> Success[SearchPage]:
        """Products, services and lots that can be bought now, by words, filters or both.

        Words are found in other forms, in Latin letters as in Cyrillic, and with a slip or two. Of what is found the
        best 1,000 are ranked, counted and shown; where more match, these are of the newest (the cheapest, the nearest,
        as sorted) and `total` is an estimate. Whether a service can be booked at some time is not looked at.
        """
        asked = (viewer.user, replace(wanted, explain=False))
        after = cursors.read(cursor, Place, "search", *asked) if cursor else None
        skip = 0 if after else (page - 1) * per_page
        found = await listings.search(viewer, wanted, after=after, skip=skip, limit=per_page)
        return Success(_page(found, cursors, asked, page, per_page))

    @get("/suggest", summary="Complete a search", cache_control=PUBLIC)
    @inject
    async def suggest(
        self, listings: FromDishka[SearchQueries], q: Annotated[SearchText, QueryParameter(min_length=1)]
    ) -> Success[list[Suggestion]]:
        """At most ten words, categories and titles of what everybody may see, the most wanted first."""
        return Success(await listings.suggest(_clean(q)))


def _clean(text: str) -> str:
    return _SPACES.sub(" ", clean_text(text, field="q", longest=LONGEST_TEXT, shortest=0))


def _price(text: str | None, currency: str | None, field: str) -> Money | None:
    """None also for a lowest price of 0, which refuses nothing."""
    try:
        amount = Decimal(text or 0)
    except InvalidOperation:
        raise InvalidSearch("is not an amount", field=field) from None
    return Money.price(amount, currency or "", field=field) if amount else None


def _page(found: Found, cursors: Cursors, asked: tuple[object, ...], page: int, per_page: int) -> SearchPage:
    return SearchPage(
        items=found.items, page=page, per_page=per_page, total=found.total, has_more=found.has_more,
        next_cursor=cursors.write(found.last, "search", *asked) if found.has_more and found.last else None,
        total_is_estimate=True if found.is_capped else msgspec.UNSET, facets=found.facets,
    )  # fmt: skip
