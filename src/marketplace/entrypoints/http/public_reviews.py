"""What anybody may read of the reviews of a person and of a product."""

from typing import Annotated, Literal

from dishka.integrations.litestar import FromDishka, inject
from litestar import Controller, get
from litestar.params import FromPath, QueryParameter

from marketplace.application.catalog.ports import ProductQueries
from marketplace.application.reviews.ports import ReviewPosition, ReviewQueries
from marketplace.application.reviews.views import RatingSummary, ReviewPage
from marketplace.application.shared.actor import Viewer
from marketplace.application.shared.paging import DEFAULT_PER_PAGE
from marketplace.application.social.ports import PeopleQueries
from marketplace.domain.reviews.tally import Rated, RatedAs
from marketplace.domain.shared.ids import ListingId, UserId
from marketplace.entrypoints.http.auth import SIGNED_IN_OR_NOT
from marketplace.entrypoints.http.catalog import PUBLIC
from marketplace.entrypoints.http.messages import Success
from marketplace.entrypoints.http.paging import Cursors, CursorText, PageNumber, PerPage, rows_to_skip

StarsFilter = Annotated[int, QueryParameter(ge=0, le=5, description="Only those with so many stars; 0: all.")]


class PublicReviewsController(Controller):
    path = "/api/v1"
    tags = ("Reviews",)

    @get(
        "/products/{product_id:uuid}/reviews", summary="Reviews of a product", cache_control=PUBLIC,
        security=SIGNED_IN_OR_NOT,
    )  # fmt: skip
    @inject
    async def of_product(  # noqa: PLR0913 - pages and filters
        self,
        product_id: FromPath[ListingId],
        viewer: FromDishka[Viewer],
        products: FromDishka[ProductQueries],
        reviews: FromDishka[ReviewQueries],
        cursors: FromDishka[Cursors],
        stars: StarsFilter = 0,
        page: PageNumber = 1,
        per_page: PerPage = DEFAULT_PER_PAGE,
        cursor: CursorText = None,
    ) -> Success[ReviewPage]:
        """By those who bought it; the last published first. `summary` is of all of them, whatever the filter."""
        await products.product(viewer, product_id)
        rated = Rated(product_id, RatedAs.LISTING)
        return Success(await _page(reviews, cursors, rated, stars or None, page, per_page, cursor))

    @get("/users/{user_id:uuid}/reviews", summary="Reviews of a person", cache_control=PUBLIC)
    @inject
    async def of_user(  # noqa: PLR0913 - pages and filters
        self,
        user_id: FromPath[UserId],
        people: FromDishka[PeopleQueries],
        reviews: FromDishka[ReviewQueries],
        cursors: FromDishka[Cursors],
        role: Annotated[
            Literal["seller", "buyer"], QueryParameter(description="In which they are reviewed.")
        ] = "seller",
        stars: StarsFilter = 0,
        page: PageNumber = 1,
        per_page: PerPage = DEFAULT_PER_PAGE,
        cursor: CursorText = None,
    ) -> Success[ReviewPage]:
        """By those who dealt with them; the last published first. `summary` is of all in that role."""
        await people.person(user_id)
        return Success(
            await _page(reviews, cursors, Rated(user_id, RatedAs(role)), stars or None, page, per_page, cursor)
        )


async def _page(
    reviews: ReviewQueries, cursors: Cursors, rated: Rated, stars: int | None, page: int, per_page: int,
    cursor: str | None,
) -> ReviewPage:  # fmt: skip
    list_ = ("reviews", rated.id, rated.role.value, stars)
    after = cursors.read(cursor, ReviewPosition, *list_) if cursor else None
    skip = 0 if after else rows_to_skip(page, per_page)
    found = await reviews.about(rated, stars=stars, after=after, skip=skip, limit=per_page)
    shown = found.page
    next_cursor = None
    if shown.has_more:
        last = shown.items[-1]
        next_cursor = cursors.write(ReviewPosition(last.published_at, last.id), *list_)
    return ReviewPage(
        items=shown.items, page=page, per_page=per_page, total=shown.total, has_more=shown.has_more,
        next_cursor=next_cursor, summary=RatingSummary.of(found.tally),
    )  # fmt: skip
