"""Favourites, and what one saw last."""

from typing import Annotated

from dishka.integrations.litestar import FromDishka, inject
from litestar import Controller, delete, get, post
from litestar.datastructures import CacheControlHeader
from litestar.params import FromPath, Parameter

from marketplace.application.catalog.personal import ClearRecentlySeen, KeepFavorite, TakeFavoriteBack
from marketplace.application.catalog.personal_ports import MOST_SEEN, PersonalQueries
from marketplace.application.catalog.personal_views import FavoriteView, KeptView, SeenView
from marketplace.application.shared.actor import Actor
from marketplace.application.shared.paging import DEFAULT_PER_PAGE, Page
from marketplace.domain.shared.ids import ListingId
from marketplace.entrypoints.http.identity import BEARER, NOT_REPEATABLE
from marketplace.entrypoints.http.messages import Success
from marketplace.entrypoints.http.paging import Cursors, CursorText, PageNumber, PerPage, page_of, rows_to_skip

PRIVATE = CacheControlHeader(no_store=True)
HowMany = Annotated[int, Parameter(ge=1, le=MOST_SEEN, description="How many at most.")]


class FavoritesController(Controller):
    path = "/api/v1"
    tags = ("Personal",)

    @post("/products/{product_id:uuid}/favorite", summary="Make a product a favourite", security=BEARER)
    @inject
    async def keep(
        self, product_id: FromPath[ListingId], actor: FromDishka[Actor], keep: FromDishka[KeepFavorite]
    ) -> Success[KeptView]:
        """Doing it twice changes nothing. Nobody is told; one's own products are refused (`own_listing`)."""
        return Success(await keep(actor, product_id))

    @delete(
        "/products/{product_id:uuid}/favorite",
        summary="Take a favourite back",
        opt=NOT_REPEATABLE,
        security=BEARER,
    )
    @inject
    async def take_back(
        self, product_id: FromPath[ListingId], actor: FromDishka[Actor], take_back: FromDishka[TakeFavoriteBack]
    ) -> None:
        """Done also where it was none."""
        await take_back(actor, product_id)

    @get("/users/me/favorites", summary="Your favourites", cache_control=PRIVATE, security=BEARER)
    @inject
    async def favorites(
        self,
        actor: FromDishka[Actor],
        personal: FromDishka[PersonalQueries],
        cursors: FromDishka[Cursors],
        page: PageNumber = 1,
        per_page: PerPage = DEFAULT_PER_PAGE,
        cursor: CursorText = None,
    ) -> Success[Page[FavoriteView]]:
        """The latest first, those that were sold too. What you may not see any more is left out of the items."""
        after = cursors.decode(cursor) if cursor else None
        skip = 0 if after else rows_to_skip(page, per_page)
        found = await personal.favorites(actor, after=after, skip=skip, limit=per_page)
        return Success(page_of(found, cursors, page, per_page))

    @get("/users/me/recently-seen", summary="What you saw last", cache_control=PRIVATE, security=BEARER)
    @inject
    async def recently_seen(
        self, actor: FromDishka[Actor], personal: FromDishka[PersonalQueries], limit: HowMany = DEFAULT_PER_PAGE
    ) -> Success[list[SeenView]]:
        """Products of others that you read, the latest first; 100 are kept. A view is in it within some seconds."""
        return Success(await personal.recently_seen(actor, limit))

    @delete("/users/me/recently-seen", summary="Forget what you saw", opt=NOT_REPEATABLE, security=BEARER)
    @inject
    async def clear(self, actor: FromDishka[Actor], clear: FromDishka[ClearRecentlySeen]) -> None:
        """The list is empty afterwards."""
        await clear(actor)
