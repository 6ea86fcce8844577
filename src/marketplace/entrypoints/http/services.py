from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from typing import Annotated
from uuid import UUID

import msgspec
from dishka.integrations.litestar import FromDishka, inject
from litestar import Controller, delete, get, post, put
from litestar.params import FromPath, JSONBody, Parameter
from msgspec import Meta

from marketplace.application.catalog.listings import Draft, ListItem, MoveOwnListing, ReviseListing
from marketplace.application.catalog.service_ports import Prices, ServiceFilter, ServiceQueries
from marketplace.application.catalog.service_views import ServiceView, TimeZone
from marketplace.application.catalog.views import LocationView
from marketplace.application.shared.actor import Actor, Viewer
from marketplace.application.shared.paging import DEFAULT_PER_PAGE, Page
from marketplace.domain.catalog.listing import Audience, Channel, Listing
from marketplace.domain.catalog.media import Media
from marketplace.domain.catalog.terms import Kind, Package, ServiceTerms
from marketplace.domain.shared.geo import Location
from marketplace.domain.shared.ids import ListingId, UserId
from marketplace.domain.shared.money import EXPONENTS, LARGEST_MINOR, Money, UnknownCurrency
from marketplace.entrypoints.http.auth import SIGNED_IN_OR_NOT
from marketplace.entrypoints.http.catalog import PUBLIC, Link, Tag
from marketplace.entrypoints.http.identity import BEARER, NOT_REPEATABLE
from marketplace.entrypoints.http.messages import Amount, Success
from marketplace.entrypoints.http.paging import Cursors, CursorText, PageNumber, PerPage, page_of, rows_to_skip
from marketplace.entrypoints.http.public_routes import LISTING

Title = Annotated[str, Meta(min_length=3, max_length=120, examples=["A dripping tap repaired"])]
Description = Annotated[str, Meta(max_length=5_000, examples=["Within a day, with parts."])]
Category = Annotated[str, Meta(max_length=40, description="A service category's slug.", examples=["plumbing"])]
Currency = Annotated[str, Meta(pattern="^[A-Z]{3}$", description="ISO 4217.", examples=["AED"])]
Price = Annotated[Amount, Meta(description="At most the currency's decimals.", examples=[120.00])]
Area = Annotated[
    float, Meta(gt=0, le=500, description="How far from its location it is done, in kilometres.", examples=[15.0])
]
Duration = Annotated[int, Meta(ge=1, le=44_640, description="The length of a slot; else 60.", examples=[90])]
PriceLimit = Annotated[str | None, Parameter(pattern=r"^[0-9]{1,13}(\.[0-9]{1,3})?$", description="In `currency`.")]
A_UUID = "^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$(?!\\n)"
"""Text, for of a UUID Litestar would take `null` too."""
InCurrency = Annotated[str, Parameter(pattern="^[A-Z]{3}$", description="Of the price limits; ISO 4217.")]


class _Offered(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What is said of every service."""

    title: Title
    category: Category
    description: Description = ""
    currency: Currency = "AED"
    duration_minutes: Duration | None = None
    area_km: Area | None = None
    time_zone: TimeZone = "UTC"
    location: LocationView | None = None
    neighborhood: Annotated[str, Meta(max_length=120, examples=["Dubai Marina"])] | None = None
    image_urls: Annotated[list[Link], Meta(max_length=10, examples=[["https://cdn.example/tap.jpg"]])] = []
    video_url: Annotated[Link, Meta(examples=["https://cdn.example/tap.m3u8"])] | None = None
    video_thumbnail_url: Annotated[Link, Meta(examples=["https://cdn.example/tap.webp"])] | None = None
    tags: Annotated[list[Tag], Meta(max_length=20, examples=[["plumber", "tap"]])] = []
    audience: Annotated[Audience, Meta(description="followers: only who follows you sees it.")] = Audience.EVERYONE

    def _draft(self, price: Money, packages: tuple[Package, ...] = ()) -> Draft:
        return Draft(
            title=self.title, description=self.description, price=price, category=self.category,
            terms=ServiceTerms(
                duration_minutes=self.duration_minutes, area_km=self.area_km, packages=packages,
                time_zone=self.time_zone,
            ),
            channel=Channel.SERVICES, audience=self.audience,
            media=Media(images=tuple(self.image_urls), video=self.video_url, video_thumbnail=self.video_thumbnail_url),
            location=Location(self.location.latitude, self.location.longitude) if self.location else None,
            neighborhood=self.neighborhood, tags=tuple(self.tags),
        )  # fmt: skip


class NewService(_Offered, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A service at one price. What is left out is as if it were never said."""

    price: Price

    def draft(self) -> Draft:
        return self._draft(Money.price(self.price, self.currency))


class NewPackage(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    name: Annotated[str, Meta(min_length=1, max_length=60, examples=["Standard"])]
    price: Price
    description: Annotated[str, Meta(max_length=1_000, examples=["Two drafts and one round of changes."])] = ""
    delivery_days: Annotated[int, Meta(ge=1, le=365, examples=[3])] | None = None


class NewGig(_Offered, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A service in one to three packages; its price is that of the cheapest."""

    packages: Annotated[list[NewPackage], Meta(min_length=1, max_length=3)]

    def draft(self) -> Draft:
        packages = tuple(
            Package(
                name=one.name, price=Money.price(one.price, self.currency, field="packages.price"),
                description=one.description, delivery_days=one.delivery_days,
            )
            for one in self.packages
        )  # fmt: skip
        return self._draft(min(one.price for one in packages), packages)


class ServicesController(Controller):
    path = "/api/v1/services"
    tags = ("Services",)

    @get(summary="Services to be had", cache_control=PUBLIC)
    @inject
    async def newest(  # noqa: PLR0913 - the query's parameters
        self,
        services: FromDishka[ServiceQueries],
        cursors: FromDishka[Cursors],
        page: PageNumber = 1,
        per_page: PerPage = DEFAULT_PER_PAGE,
        cursor: CursorText = None,
        category: Annotated[str | None, Parameter(max_length=40, description="And those below it.")] = None,
        min_price: PriceLimit = None,
        max_price: PriceLimit = None,
        currency: InCurrency = "AED",
        seller: Annotated[str | None, Parameter(pattern=A_UUID, description="Whose.")] = None,
    ) -> Success[Page[ServiceView]]:
        """Newest first. With a price limit only those priced in `currency` are found."""
        wanted = ServiceFilter(
            category=category,
            seller=UserId(UUID(seller)) if seller else None,
            prices=_prices(min_price, max_price, currency),
        )
        after, skip = _from(cursors, cursor, page, per_page)
        found = await services.newest(wanted, after=after, skip=skip, limit=per_page)
        return Success(page_of(found, cursors, page, per_page))

    @post(summary="Offer a service", security=BEARER)
    @inject
    async def offer(
        self, data: JSONBody[NewService], actor: FromDishka[Actor], list_item: FromDishka[ListItem]
    ) -> Success[ServiceView]:
        """`platform_fee` and `seller_payout` show what an order at this price brings. Say when it can be had with
        `PUT /services/{id}/availability`."""
        return Success(await list_item.shown_as(ServiceView.of, actor, data.draft()))

    @get(
        "/{service_id:uuid}",
        summary="Read a service",
        cache_control=PUBLIC,
        security=SIGNED_IN_OR_NOT,
        opt={LISTING: "service_id"},
    )
    @inject
    async def read(
        self, service_id: FromPath[ListingId], viewer: FromDishka[Viewer], services: FromDishka[ServiceQueries]
    ) -> Success[ServiceView]:
        """What everybody sees of it, and its seller in every state."""
        return Success(await services.service(viewer, service_id))

    @put("/{service_id:uuid}", summary="Replace a service", security=BEARER)
    @inject
    async def replace(
        self,
        service_id: FromPath[ListingId],
        data: JSONBody[NewService],
        actor: FromDishka[Actor],
        revise: FromDishka[ReviseListing],
    ) -> Success[ServiceView]:
        """All that you say of it, anew: packages are gone, which `PUT /gigs/{id}` would replace."""
        return Success(await revise.shown_as(ServiceView.of, actor, service_id, data.draft().fields, Kind.SERVICE))

    @delete("/{service_id:uuid}", summary="Withdraw a service", opt=NOT_REPEATABLE, security=BEARER)
    @inject
    async def withdraw(
        self, service_id: FromPath[ListingId], actor: FromDishka[Actor], move: FromDishka[MoveOwnListing]
    ) -> None:
        """For good; what is booked stays booked. Only its seller may: administrators take listings down instead."""
        await move(actor, service_id, Listing.remove, Kind.SERVICE)


class GigsController(Controller):
    path = "/api/v1/gigs"
    tags = ("Gigs",)

    @get(summary="Gigs to be had", cache_control=PUBLIC)
    @inject
    async def newest(
        self,
        services: FromDishka[ServiceQueries],
        cursors: FromDishka[Cursors],
        page: PageNumber = 1,
        per_page: PerPage = DEFAULT_PER_PAGE,
        cursor: CursorText = None,
    ) -> Success[Page[ServiceView]]:
        """The services that come in packages, newest first."""
        after, skip = _from(cursors, cursor, page, per_page)
        found = await services.gigs(after=after, skip=skip, limit=per_page)
        return Success(page_of(found, cursors, page, per_page))

    @post(summary="Offer a gig", security=BEARER)
    @inject
    async def offer(
        self, data: JSONBody[NewGig], actor: FromDishka[Actor], list_item: FromDishka[ListItem]
    ) -> Success[ServiceView]:
        """A service in one to three packages. It is found among the services too."""
        return Success(await list_item.shown_as(ServiceView.of, actor, data.draft()))

    @get(
        "/{gig_id:uuid}",
        summary="Read a gig",
        cache_control=PUBLIC,
        security=SIGNED_IN_OR_NOT,
        opt={LISTING: "gig_id"},
    )
    @inject
    async def read(
        self, gig_id: FromPath[ListingId], viewer: FromDishka[Viewer], services: FromDishka[ServiceQueries]
    ) -> Success[ServiceView]:
        """What everybody sees of it, and its seller in every state. A service without packages is read here too."""
        return Success(await services.service(viewer, gig_id))

    @put("/{gig_id:uuid}", summary="Replace a gig", security=BEARER)
    @inject
    async def replace(
        self,
        gig_id: FromPath[ListingId],
        data: JSONBody[NewGig],
        actor: FromDishka[Actor],
        revise: FromDishka[ReviseListing],
    ) -> Success[ServiceView]:
        """All that you say of it, anew, its packages too. A service of yours becomes a gig by it."""
        return Success(await revise.shown_as(ServiceView.of, actor, gig_id, data.draft().fields, Kind.SERVICE))


def _from(cursors: Cursors, cursor: str | None, page: int, per_page: int) -> tuple[ListingId | None, int]:
    """After which the page begins, or how many to skip."""
    if cursor:
        return ListingId(cursors.decode(cursor)), 0
    return None, rows_to_skip(page, per_page)


def _prices(least: str | None, most: str | None, currency: str) -> Prices | None:
    """A limit with more decimals than the currency has lies between two prices."""
    if least is None and most is None:
        return None
    if currency not in EXPONENTS:
        raise UnknownCurrency(f"{currency!r} is not a currency we trade in", field="currency")
    low = Decimal(least or 0).scaleb(EXPONENTS[currency]).to_integral_value(ROUND_CEILING)
    high = Decimal(most or LARGEST_MINOR).scaleb(EXPONENTS[currency]).to_integral_value(ROUND_FLOOR)
    return Prices(currency, int(low), int(high))
