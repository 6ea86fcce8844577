from collections.abc import Callable
from dataclasses import replace
from typing import Annotated, Any

import msgspec
from dishka.integrations.litestar import FromDishka, inject
from litestar import Controller, delete, get, patch, post
from litestar.datastructures import CacheControlHeader
from litestar.params import FromPath, JSONBody, Parameter
from msgspec import UNSET, Meta, UnsetType

from marketplace.application.catalog.listings import Draft, ListItem, MoveOwnListing, ReviseListing
from marketplace.application.catalog.personal_ports import RecentViews
from marketplace.application.catalog.ports import ProductQueries
from marketplace.application.catalog.views import LocationView, ProductView
from marketplace.application.shared.actor import Actor, Viewer
from marketplace.application.shared.paging import DEFAULT_PER_PAGE, Page
from marketplace.domain.catalog.listing import Audience, Channel, Listing
from marketplace.domain.catalog.media import Media
from marketplace.domain.catalog.terms import Condition, InvalidTerms, KindTerms, LotTerms, ProductTerms
from marketplace.domain.shared.geo import Location
from marketplace.domain.shared.ids import ListingId
from marketplace.domain.shared.money import Money
from marketplace.entrypoints.http.auth import SIGNED_IN_OR_NOT
from marketplace.entrypoints.http.messages import Amount, InvalidRequest, Success
from marketplace.entrypoints.http.paging import Cursors, CursorText, PageNumber, PerPage, page_of, rows_to_skip
from marketplace.entrypoints.http.public_routes import LISTING

PUBLIC = CacheControlHeader(public=True, max_age=3)
"""Seconds at the caller; with those that an answer is kept here (docs/adr/0022) never more than five."""


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
    publish: Annotated[bool, Meta(description="false makes a draft, which only you see.")] = True

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


class ProductChange(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What is left out stays; null clears what a product may be without."""

    title: Annotated[str, Meta(min_length=3, max_length=120, examples=["Vintage film camera"])] | UnsetType = UNSET
    price: Annotated[Amount, Meta(description="At most the currency's decimals.", examples=[799.00])] | UnsetType = (
        UNSET
    )
    currency: (
        Annotated[str, Meta(pattern="^[A-Z]{3}$", description="ISO 4217; only with a price.", examples=["AED"])]
        | UnsetType
    ) = UNSET
    category: (
        Annotated[str, Meta(max_length=40, description="A category's slug.", examples=["electronics"])] | UnsetType
    ) = UNSET
    feed_type: Annotated[Channel, Meta(examples=["community"])] | UnsetType = UNSET
    description: Annotated[str, Meta(max_length=5_000, examples=["Light seals renewed."])] | UnsetType = UNSET
    condition: Annotated[Condition, Meta(examples=["good"])] | UnsetType = UNSET
    location: LocationView | UnsetType | None = UNSET
    neighborhood: Annotated[str, Meta(max_length=120, examples=["Dubai Marina"])] | UnsetType | None = UNSET
    image_urls: (
        Annotated[list[Link], Meta(max_length=10, examples=[["https://cdn.example/camera.jpg"]])] | UnsetType
    ) = UNSET
    video_url: Annotated[Link, Meta(examples=["https://cdn.example/camera.m3u8"])] | UnsetType | None = UNSET
    video_thumbnail_url: Annotated[Link, Meta(examples=["https://cdn.example/camera.webp"])] | UnsetType | None = UNSET
    tags: Annotated[list[Tag], Meta(max_length=20, examples=[["camera", "analog"]])] | UnsetType = UNSET
    audience: Annotated[Audience, Meta(examples=["everyone"])] | UnsetType = UNSET

    def changes(self) -> dict[str, Any]:
        """By the names of Listing's fields: the new value, or what makes it of the old one."""
        changes: dict[str, Any] = {
            "title": self.title, "description": self.description, "category": self.category,
            "channel": self.feed_type, "audience": self.audience, "neighborhood": self.neighborhood,
            "tags": self.tags if self.tags is UNSET else tuple(self.tags),
            "location": Location(self.location.latitude, self.location.longitude)
            if isinstance(self.location, LocationView) else self.location,
            "price": self._price(), "terms": self._terms(), "media": self._media(),
        }  # fmt: skip
        return {name: change for name, change in changes.items() if change is not UNSET}

    def _price(self) -> Callable[[Money], Money] | UnsetType:
        amount, currency = self.price, self.currency
        if amount is not UNSET:
            return lambda old: Money.price(amount, old.currency if currency is UNSET else currency)
        if currency is not UNSET:
            raise InvalidRequest("comes with a price", field="currency")
        return UNSET

    def _terms(self) -> Callable[[KindTerms], KindTerms] | UnsetType:
        condition = self.condition
        if condition is UNSET:
            return UNSET

        def change(old: KindTerms) -> KindTerms:
            if isinstance(old, ProductTerms):
                return ProductTerms(condition=condition)
            raise InvalidTerms("only products have one", field="condition")

        return change

    def _media(self) -> Callable[[Media], Media] | UnsetType:
        given = {
            "images": self.image_urls if self.image_urls is UNSET else tuple(self.image_urls),
            "video": self.video_url, "video_thumbnail": self.video_thumbnail_url,
        }  # fmt: skip
        wanted: dict[str, Any] = {name: value for name, value in given.items() if value is not UNSET}
        return (lambda old: replace(old, **wanted)) if wanted else UNSET


class ProductsController(Controller):
    path = "/api/v1/products"
    tags = ("Products",)

    @post(summary="List a product", security=[{"bearer": []}])
    @inject
    async def list_product(
        self, data: JSONBody[NewProduct], actor: FromDishka[Actor], list_item: FromDishka[ListItem]
    ) -> Success[ProductView]:
        """Put a product up for sale. `platform_fee` and `seller_payout` show what a sale at this price brings.

        What the rules hold something against (prohibited goods, contact details, payment elsewhere) is
        `pending_review` until a moderator has looked at it. `too_many_products`: sell or remove one first.
        """
        return Success(await list_item(actor, data.draft(), publish=data.publish))

    @get(
        "/{product_id:uuid}", summary="Read a product", cache_control=PUBLIC, security=SIGNED_IN_OR_NOT,
        opt={LISTING: "product_id"},
    )  # fmt: skip
    @inject
    async def read(
        self,
        product_id: FromPath[ListingId],
        viewer: FromDishka[Viewer],
        products: FromDishka[ProductQueries],
        views: FromDishka[RecentViews],
    ) -> Success[ProductView]:
        """What everybody sees of a product, and its seller in every state. Revalidate with `If-None-Match`.

        Who is signed in finds it again in `GET /users/me/recently-seen`.
        """
        product = await products.product(viewer, product_id)
        if viewer.user and viewer.user != product.seller.id:
            views.note(viewer.user, product_id)
        return Success(product)

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

    @patch("/{product_id:uuid}", summary="Change a product", security=[{"bearer": []}])
    @inject
    async def change(
        self,
        product_id: FromPath[ListingId],
        data: JSONBody[ProductChange],
        actor: FromDishka[Actor],
        revise: FromDishka[ReviseListing],
    ) -> Success[ProductView]:
        """Your own, until it is reserved or sold. Offers that were made keep their price.

        `text_not_allowed` tells what the rules hold against the new text of a product that is for sale; one that waits
        for a moderator is submitted anew.
        """
        return Success(await revise(actor, product_id, data.changes()))

    @delete("/{product_id:uuid}", summary="Remove a product", opt={"idempotency": False}, security=[{"bearer": []}])
    @inject
    async def remove(
        self, product_id: FromPath[ListingId], actor: FromDishka[Actor], move: FromDishka[MoveOwnListing]
    ) -> None:
        """Your own, for good; negotiations over it end. Not while an order reserves it."""
        await move(actor, product_id, Listing.remove)
