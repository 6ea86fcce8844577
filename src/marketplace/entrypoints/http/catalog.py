from typing import Annotated

import msgspec
from dishka.integrations.litestar import FromDishka, inject
from litestar import Controller, get, post
from litestar.datastructures import CacheControlHeader
from litestar.params import FromPath, JSONBody, Parameter
from msgspec import Meta

from marketplace.application.catalog.listings import Draft, ListItem
from marketplace.application.catalog.ports import ProductQueries
from marketplace.application.catalog.views import LocationView, ProductView
from marketplace.application.shared.actor import Actor, Viewer
from marketplace.application.shared.paging import DEFAULT_PER_PAGE, Page
from marketplace.domain.catalog.listing import Audience, Channel, Media
from marketplace.domain.catalog.terms import Condition, InvalidTerms, KindTerms, LotTerms, ProductTerms
from marketplace.domain.shared.geo import Location
from marketplace.domain.shared.ids import ListingId
from marketplace.domain.shared.money import Money
from marketplace.entrypoints.http.auth import SIGNED_IN_OR_NOT
from marketplace.entrypoints.http.messages import Amount, Success
from marketplace.entrypoints.http.paging import Cursors, CursorText, PageNumber, PerPage, page_of, rows_to_skip

PUBLIC = CacheControlHeader(public=True, max_age=5)


Link = Annotated[str, Meta(max_length=2_048)]
Tag = Annotated[str, Meta(max_length=40)]


class NewLot(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A quantity of goods. Without `smallest` it is sold whole."""

    quantity: Annotated[Amount, Meta(description="At most 6 decimals.", examples=[500])]
    unit: Annotated[str, Meta(min_length=1, max_length=20, examples=["bale"])]
    smallest: Annotated[Amount, Meta(description="The least that is sold of it.", examples=[50])] | None = None
    quality: Annotated[dict[str, str], Meta(max_length=30, examples=[{"staple_mm": "29"}])] = {}
    report: Annotated[Link, Meta(examples=["https://cdn.example/report.pdf"])] | None = None

    def terms(self) -> LotTerms:
        return LotTerms(
            quantity=self.quantity, unit=self.unit, smallest=self.smallest, quality=self.quality, report=self.report
        )


class NewProduct(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A product to sell, or, with `lot`, a quantity of goods. On the `discover` feed a video is required."""

    title: Annotated[str, Meta(min_length=3, max_length=120, examples=["Vintage film camera"])]
    price: Annotated[Amount, Meta(description="At most the currency's decimals.", examples=[850.00])]
    category: Annotated[str, Meta(max_length=40, description="A category's slug.", examples=["electronics"])]
    feed_type: Annotated[Channel, Meta(description="community: fee 5 %; discover: fee 15 %.", examples=["community"])]
    description: Annotated[str, Meta(max_length=5_000, examples=["Works perfectly, light seals renewed."])] = ""
    currency: Annotated[str, Meta(pattern="^[A-Z]{3}$", description="ISO 4217.", examples=["AED"])] = "AED"
    condition: Annotated[Condition, Meta(description="Of a product; else good.", examples=["good"])] | None = None
    lot: Annotated[NewLot | None, Meta(description="Makes it a lot, which has no `condition`.", examples=[None])] = None
    location: LocationView | None = None
    neighborhood: Annotated[str, Meta(max_length=120, examples=["Dubai Marina"])] | None = None
    image_urls: Annotated[list[Link], Meta(max_length=10, examples=[["https://cdn.example/camera.jpg"]])] = []
    video_url: Annotated[Link, Meta(examples=["https://cdn.example/camera.m3u8"])] | None = None
    video_thumbnail_url: Annotated[Link, Meta(examples=["https://cdn.example/camera.webp"])] | None = None
    tags: Annotated[list[Tag], Meta(max_length=20, examples=[["camera", "analog"]])] = []
    audience: Annotated[Audience, Meta(description="followers: only who follows you sees it.")] = Audience.EVERYONE

    def draft(self) -> Draft:
        return Draft(
            title=self.title, description=self.description, price=Money.price(self.price, self.currency),
            category=self.category, terms=self._terms(), channel=self.feed_type,
            audience=self.audience,
            media=Media(images=tuple(self.image_urls), video=self.video_url, video_thumbnail=self.video_thumbnail_url),
            location=Location(self.location.latitude, self.location.longitude) if self.location else None,
            neighborhood=self.neighborhood, tags=tuple(self.tags),
        )  # fmt: skip

    def _terms(self) -> KindTerms:
        if self.lot is None:
            return ProductTerms(condition=self.condition or Condition.GOOD)
        if self.condition is not None:
            raise InvalidTerms("is of products: say what a lot is like in `lot.quality`", field="condition")
        return self.lot.terms()


class ProductsController(Controller):
    path = "/api/v1/products"
    tags = ("Products",)

    @post(summary="List a product", security=[{"bearer": []}])
    @inject
    async def list_product(
        self, data: JSONBody[NewProduct], actor: FromDishka[Actor], list_item: FromDishka[ListItem]
    ) -> Success[ProductView]:
        """Put a product up for sale. `platform_fee` and `seller_payout` show what a sale at this price brings."""
        return Success(await list_item(actor, data.draft()))

    @get("/{product_id:uuid}", summary="Read a product", cache_control=PUBLIC, security=SIGNED_IN_OR_NOT)
    @inject
    async def read(
        self, product_id: FromPath[ListingId], viewer: FromDishka[Viewer], products: FromDishka[ProductQueries]
    ) -> Success[ProductView]:
        """What everybody sees of a product, and its seller in every state. Revalidate with `If-None-Match`."""
        return Success(await products.product(viewer, product_id))

    @get(summary="Products for sale", cache_control=PUBLIC)
    @inject
    async def newest(
        self,
        products: FromDishka[ProductQueries],
        cursors: FromDishka[Cursors],
        page: PageNumber = 1,
        per_page: PerPage = DEFAULT_PER_PAGE,
        cursor: CursorText = None,
        category: Annotated[str | None, Parameter(max_length=40, description="A category's slug.")] = None,
    ) -> Success[Page[ProductView]]:
        """What is for sale, newest first."""
        after = ListingId(cursors.decode(cursor)) if cursor else None
        skip = 0 if after else rows_to_skip(page, per_page)
        found = await products.newest(after=after, skip=skip, limit=per_page, category=category)
        return Success(page_of(found, cursors, page, per_page))
