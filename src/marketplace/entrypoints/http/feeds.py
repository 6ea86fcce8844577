from typing import Annotated

import msgspec
from dishka.integrations.litestar import FromDishka, inject
from litestar import Controller, get
from litestar.datastructures import ResponseHeader
from litestar.params import FromPath, Parameter
from msgspec import Meta

from marketplace.application.catalog.feeds import (
    Around,
    CommunityPlace,
    CommunityQueries,
    CommunitySort,
    DiscoverItem,
    DiscoverPlace,
    DiscoverQueries,
    DiscoverSort,
    NearbyItem,
    Negotiating,
    OpenOffers,
)
from marketplace.application.catalog.ports import ProductQueries
from marketplace.application.shared.actor import Viewer
from marketplace.application.shared.caller import Caller
from marketplace.application.shared.paging import DEFAULT_PER_PAGE, Page, Slice
from marketplace.domain.catalog.listing import Channel, ListingNotFound
from marketplace.domain.shared.geo import Location
from marketplace.domain.shared.ids import ListingId
from marketplace.entrypoints.http.auth import SIGNED_IN_OR_NOT
from marketplace.entrypoints.http.catalog import PUBLIC
from marketplace.entrypoints.http.distances import distance_label
from marketplace.entrypoints.http.messages import Success
from marketplace.entrypoints.http.paging import Cursors, CursorText, PageNumber, PerPage, page_before, rows_to_skip

Category = Annotated[str | None, Parameter(max_length=40, description="A category's slug.")]
Latitude = Annotated[float, Parameter(ge=-90, le=90, description="Degrees north.")]
Longitude = Annotated[float, Parameter(ge=-180, le=180, description="Degrees east.")]
Radius = Annotated[float, Parameter(gt=0, le=500, description="How far to look, in kilometres.")]


class CommunityItem(NearbyItem, frozen=True):
    """`distance_label`: in the language of Accept-Language."""

    distance_label: Annotated[str, Meta(examples=["Walking distance"])]


class FeedsController(Controller):
    path = "/api/v1/feeds"
    tags = ("Feeds",)

    @get(
        "/discover",
        summary="Discover feed",
        cache_control=PUBLIC,
        security=SIGNED_IN_OR_NOT,
    )
    @inject
    async def discover(  # noqa: PLR0913 - what may be asked
        self,
        viewer: FromDishka[Viewer],
        feed: FromDishka[DiscoverQueries],
        cursors: FromDishka[Cursors],
        page: PageNumber = 1,
        per_page: PerPage = DEFAULT_PER_PAGE,
        cursor: CursorText = None,
        category: Category = None,
        sort: Annotated[
            DiscoverSort, Parameter(description="recent: the newest first; top: the highest score first.")
        ] = "recent",
        explain: Annotated[bool, Parameter(description="With the score of each item, and why.")] = False,
    ) -> Success[Page[DiscoverItem]]:
        """What is shown live, and then everything else. Who is signed in sees what sellers they follow show to their
        followers, and, by score, what is theirs and of the categories they like higher.

        A walk by cursor shows nothing twice; what is listed or rises meanwhile is found on a new first page.
        """
        of = ("discover", sort, category, viewer.user)
        after = cursors.read(cursor, DiscoverPlace, *of) if cursor else None
        found, end = await feed.page(
            viewer, sort=sort, after=after, skip=0 if after else rows_to_skip(page, per_page), limit=per_page,
            category=category, explain=explain,
        )  # fmt: skip
        return Success(page_before(found, cursors.write(end, *of) if end else None, page, per_page))

    @get(
        "/community",
        summary="Community feed",
        cache_control=PUBLIC,
        security=SIGNED_IN_OR_NOT,
        response_headers=[ResponseHeader(name="Vary", value="Accept-Language")],
    )
    @inject
    async def community(  # noqa: PLR0913 - what may be asked
        self,
        viewer: FromDishka[Viewer],
        caller: FromDishka[Caller],
        feed: FromDishka[CommunityQueries],
        cursors: FromDishka[Cursors],
        latitude: Latitude,
        longitude: Longitude,
        radius_km: Radius = 5,
        page: PageNumber = 1,
        per_page: PerPage = DEFAULT_PER_PAGE,
        cursor: CursorText = None,
        category: Category = None,
        sort: Annotated[CommunitySort, Parameter(description="nearest first, or the newest first.")] = "nearest",
    ) -> Success[Page[CommunityItem]]:
        """What is for sale around a point, with its distance. Listings without a location are not in it."""
        around = Around(Location(latitude, longitude), radius_km, category)
        of = ("community", sort, latitude, longitude, radius_km, category, viewer.user)
        after = cursors.read(cursor, CommunityPlace, *of) if cursor else None
        look = feed.nearest if sort == "nearest" else feed.newest
        skip = 0 if after else rows_to_skip(page, per_page)
        found, end = await look(viewer, around, after=after, skip=skip, limit=per_page)
        items = [
            CommunityItem(
                **msgspec.structs.asdict(one), distance_label=distance_label(one.distance_km, caller.language)
            )
            for one in found.items
        ]
        labelled = Slice(items, found.total, found.has_more)
        return Success(page_before(labelled, cursors.write(end, *of) if end else None, page, per_page))

    @get(
        "/community/{product_id:uuid}/offers",
        summary="How many negotiate over a product",
        cache_control=PUBLIC,
        security=SIGNED_IN_OR_NOT,
    )
    @inject
    async def offers(
        self,
        product_id: FromPath[ListingId],
        viewer: FromDishka[Viewer],
        products: FromDishka[ProductQueries],
        negotiating: FromDishka[Negotiating],
    ) -> Success[OpenOffers]:
        """Of a product of the community feed. What is offered is between its seller and each buyer."""
        product = await products.product(viewer, product_id)
        if product.feed_type is not Channel.COMMUNITY:
            raise ListingNotFound("no such product in the community feed", product_id=product_id)
        return Success(OpenOffers(product_id, await negotiating.over(product_id)))
