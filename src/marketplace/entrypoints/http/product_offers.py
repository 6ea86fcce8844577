"""What concerns offers and a product at once: those on it, and one to all who watch it."""

from dishka.integrations.litestar import FromDishka, inject
from litestar import Controller, get, post
from litestar.params import FromPath, JSONBody

from marketplace.application.catalog.ports import ProductQueries
from marketplace.application.shared.actor import Actor, Viewer
from marketplace.application.shared.paging import DEFAULT_PER_PAGE, Page
from marketplace.application.trading.broadcast import BroadcastOffer
from marketplace.application.trading.ports import OfferQueries, Wanted
from marketplace.application.trading.views import BroadcastView, OfferView
from marketplace.domain.shared.ids import ListingId
from marketplace.entrypoints.http.identity import BEARER
from marketplace.entrypoints.http.messages import Success
from marketplace.entrypoints.http.paging import Cursors, CursorText, PageNumber, PerPage
from marketplace.entrypoints.http.trading import PRIVATE, Lines, Price, StatusWanted, page_of_offers


class Broadcast(Lines, frozen=True, forbid_unknown_fields=True, kw_only=True):
    offered_price: Price


class ProductOffersController(Controller):
    path = "/api/v1/products/{product_id:uuid}/offers"
    tags = ("Offers",)
    security = BEARER

    @get("/", summary="The offers on a product", cache_control=PRIVATE)
    @inject
    async def on_product(  # noqa: PLR0913 - the query's parameters
        self,
        product_id: FromPath[ListingId],
        actor: FromDishka[Actor],
        offers: FromDishka[OfferQueries],
        products: FromDishka[ProductQueries],
        cursors: FromDishka[Cursors],
        status: StatusWanted = None,
        page: PageNumber = 1,
        per_page: PerPage = DEFAULT_PER_PAGE,
        cursor: CursorText = None,
    ) -> Success[Page[OfferView]]:
        """Newest first, those on packages with it too: for its seller all of them, for others their own."""
        found = await page_of_offers(
            offers, actor, Wanted(status=status, product_id=product_id), cursors, page, per_page, cursor
        )
        if not found.items:
            await products.product(Viewer(actor.user), product_id)
        return Success(found)

    @post("/broadcast", status_code=200, summary="Offer a price to all who watch a product")
    @inject
    async def broadcast(
        self,
        product_id: FromPath[ListingId],
        data: JSONBody[Broadcast],
        actor: FromDishka[Actor],
        broadcast: FromDishka[BroadcastOffer],
    ) -> Success[BroadcastView]:
        """Opens a negotiation with each of up to 200 people whose favourite it is, the latest first.

        Left out is whom you blocked or who blocked you, who negotiates over it already, and who got an offer of yours
        on it within the last 24 hours. Each may accept, counter or decline within 24 hours.
        """
        return Success(await broadcast(actor, product_id, data.proposal_at(data.offered_price)))
