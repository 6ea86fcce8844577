"""What a seller does with products of their own, beside changing what they say (catalog.py)."""

from typing import Annotated, Literal

from dishka.integrations.litestar import FromDishka, inject
from litestar import Controller, get, post
from litestar.datastructures import CacheControlHeader
from litestar.params import FromPath, Parameter

from marketplace.application.catalog.history import HistoryQueries, RevisionView
from marketplace.application.catalog.listings import MoveOwnListing
from marketplace.application.catalog.own import OwnProductQueries
from marketplace.application.catalog.views import ProductView
from marketplace.application.shared.actor import Actor
from marketplace.application.shared.paging import DEFAULT_PER_PAGE, Page
from marketplace.domain.catalog.listing import Listing
from marketplace.domain.shared.ids import ListingId
from marketplace.entrypoints.http.identity import BEARER
from marketplace.entrypoints.http.messages import Success
from marketplace.entrypoints.http.paging import Cursors, CursorText, PageNumber, PerPage, page_of, rows_to_skip

PRIVATE = CacheControlHeader(no_store=True)
StatusWanted = Annotated[
    Literal["draft", "pending_review", "rejected", "active", "paused", "sold"] | None,
    Parameter(description="`sold`: what an order reserves, too."),
]


class OwnProductsController(Controller):
    path = "/api/v1"
    tags = ("Products",)
    security = BEARER

    @post("/products/{product_id:uuid}/publish", status_code=200, summary="Publish a draft")
    @inject
    async def publish(
        self, product_id: FromPath[ListingId], actor: FromDishka[Actor], move: FromDishka[MoveOwnListing]
    ) -> Success[ProductView]:
        """For sale at once, or `pending_review` where the rules hold something against it."""
        return Success(await move(actor, product_id, Listing.publish))

    @post("/products/{product_id:uuid}/pause", status_code=200, summary="Take a product off the market for a while")
    @inject
    async def pause(
        self, product_id: FromPath[ListingId], actor: FromDishka[Actor], move: FromDishka[MoveOwnListing]
    ) -> Success[ProductView]:
        """Only you see it until you resume it. Negotiations stay open, but nothing is agreed meanwhile."""
        return Success(await move(actor, product_id, Listing.pause))

    @post("/products/{product_id:uuid}/resume", status_code=200, summary="Put a paused product back on the market")
    @inject
    async def resume(
        self, product_id: FromPath[ListingId], actor: FromDishka[Actor], move: FromDishka[MoveOwnListing]
    ) -> Success[ProductView]:
        """Not what a suspension of your account has paused: that comes back with the account."""
        return Success(await move(actor, product_id, Listing.resume))

    @get("/products/{product_id:uuid}/history", summary="Read the history of a product", cache_control=PRIVATE)
    @inject
    async def history(
        self,
        product_id: FromPath[ListingId],
        actor: FromDishka[Actor],
        queries: FromDishka[HistoryQueries],
        cursors: FromDishka[Cursors],
        page: PageNumber = 1,
        per_page: PerPage = DEFAULT_PER_PAGE,
        cursor: CursorText = None,
    ) -> Success[Page[RevisionView]]:
        """Every edit and every move, newest first: for its seller and for moderators."""
        after = cursors.decode_number(cursor) if cursor else None
        skip = 0 if cursor else rows_to_skip(page, per_page)
        found = await queries.of_listing(actor, product_id, after=after, skip=skip, limit=per_page)
        return Success(page_of(found, cursors, page, per_page))

    @get("/users/me/products", summary="Your own products", cache_control=PRIVATE)
    @inject
    async def own(
        self,
        actor: FromDishka[Actor],
        products: FromDishka[OwnProductQueries],
        cursors: FromDishka[Cursors],
        status: StatusWanted = None,
        page: PageNumber = 1,
        per_page: PerPage = DEFAULT_PER_PAGE,
        cursor: CursorText = None,
    ) -> Success[Page[ProductView]]:
        """In every state but removed, newest first."""
        after = ListingId(cursors.decode(cursor)) if cursor else None
        skip = 0 if cursor else rows_to_skip(page, per_page)
        found = await products.own(actor, status, after=after, skip=skip, limit=per_page)
        return Success(page_of(found, cursors, page, per_page))
