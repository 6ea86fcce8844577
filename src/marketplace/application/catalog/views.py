from datetime import datetime
from decimal import Decimal
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from marketplace.application.catalog.media_views import ImageView
from marketplace.domain.catalog.listing import Audience, Channel
from marketplace.domain.catalog.terms import Condition, Kind
from marketplace.domain.shared.ids import ListingId, UserId

Price = Annotated[Decimal, Meta(description="In the currency's main unit, exact to its decimals.", examples=[850.00])]


class SellerView(msgspec.Struct, frozen=True):
    id: UserId
    username: Annotated[str, Meta(examples=["demo_seller"])]
    avatar_url: str | None
    is_verified: bool
    rating: float | None


class LocationView(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    latitude: Annotated[float, Meta(ge=-90, le=90, examples=[25.0657])]
    longitude: Annotated[float, Meta(ge=-180, le=180, examples=[55.1713])]


class PackageView(msgspec.Struct, frozen=True):
    name: Annotated[str, Meta(examples=["Standard"])]
    price: Price
    description: str
    delivery_days: int | None


class ServiceDetails(msgspec.Struct, frozen=True):
    """`area_km`: how far from its location the service is done; null: at no particular place."""

    duration_minutes: int | None
    area_km: float | None
    packages: list[PackageView]
    time_zone: Annotated[str, Meta(examples=["Asia/Tashkent"])]


class LotDetails(msgspec.Struct, frozen=True):
    """`smallest`: the least that is sold of it; null: only the whole lot."""

    quantity: Annotated[Decimal, Meta(examples=[500])]
    unit: Annotated[str, Meta(examples=["bale"])]
    smallest: Decimal | None
    quality: Annotated[dict[str, str], Meta(examples=[{"staple_mm": "29"}])]
    report: str | None


PublicStatus = Literal["draft", "pending_review", "rejected", "active", "sold", "paused", "removed"]


class ProductView(msgspec.Struct, frozen=True):
    """A listing as everybody sees it. `platform_fee` and `seller_payout` are for a sale at the list price.

    `images` are those of `image_urls` that were uploaded here, in all their sizes. `service` and `lot` are null but for
    listings of that kind, `condition` is null but for products.
    """

    id: ListingId
    title: Annotated[str, Meta(examples=["Vintage film camera"])]
    description: str
    price: Price
    currency: Annotated[str, Meta(examples=["AED"])]
    category: Annotated[str, Meta(examples=["electronics"])]
    kind: Kind
    condition: Condition | None
    feed_type: Channel
    location: LocationView | None
    neighborhood: str | None
    image_urls: list[str]
    images: list[ImageView]
    video_url: str | None
    video_thumbnail_url: str | None
    tags: list[str]
    platform_fee: Annotated[Decimal, Meta(examples=[42.50])]
    seller_payout: Annotated[Decimal, Meta(examples=[807.50])]
    is_available: bool
    status: PublicStatus
    audience: Audience
    seller: SellerView
    created_at: datetime
    service: ServiceDetails | None
    lot: LotDetails | None
