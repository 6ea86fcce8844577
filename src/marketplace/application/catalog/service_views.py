"""Services, their hours and their bookings, as they are read over the wire."""

from datetime import date, datetime, timedelta
from typing import Annotated, Self

import msgspec
from msgspec import Meta

from marketplace.application.catalog.views import (
    LocationView,
    PackageView,
    Price,
    ProductView,
    PublicStatus,
    SellerView,
)
from marketplace.domain.catalog.availability import Day, Schedule, Slot, Span
from marketplace.domain.catalog.booking import Booking, BookingId, BookingStatus
from marketplace.domain.catalog.listing import Audience, ListingNotFound
from marketplace.domain.shared.ids import ListingId, UserId

WallTime = Annotated[
    str,
    Meta(
        pattern="^(([01][0-9]|2[0-3]):[0-5][0-9]|24:00)$(?!\\n)",
        description="On the local clock; 24:00 is the end of the day.",
        examples=["09:00"],
    ),
]
TimeZone = Annotated[str, Meta(max_length=60, description="Of the IANA database.", examples=["Asia/Tashkent"])]


class ServiceView(msgspec.Struct, frozen=True):
    """A service as everybody sees it. `platform_fee` and `seller_payout` are for an order at the list price.

    `area_km`: how far from its location it is done; null: at no particular place. With `packages` it is a gig, whose
    price is that of the cheapest.
    """

    id: ListingId
    title: Annotated[str, Meta(examples=["A dripping tap repaired"])]
    description: str
    price: Price
    currency: Annotated[str, Meta(examples=["AED"])]
    category: Annotated[str, Meta(examples=["plumbing"])]
    duration_minutes: int | None
    area_km: float | None
    packages: list[PackageView]
    time_zone: TimeZone
    location: LocationView | None
    neighborhood: str | None
    image_urls: list[str]
    video_url: str | None
    video_thumbnail_url: str | None
    tags: list[str]
    platform_fee: Price
    seller_payout: Price
    is_available: bool
    status: PublicStatus
    audience: Audience
    seller: SellerView
    created_at: datetime

    @classmethod
    def of(cls, view: ProductView) -> Self:
        """Raises ListingNotFound for what is no service."""
        if view.service is None:
            raise ListingNotFound("no such service", service_id=view.id)
        own = view.service
        return cls(
            id=view.id, title=view.title, description=view.description, price=view.price, currency=view.currency,
            category=view.category, duration_minutes=own.duration_minutes, area_km=own.area_km, packages=own.packages,
            time_zone=own.time_zone, location=view.location, neighborhood=view.neighborhood,
            image_urls=view.image_urls, video_url=view.video_url, video_thumbnail_url=view.video_thumbnail_url,
            tags=view.tags, platform_fee=view.platform_fee, seller_payout=view.seller_payout,
            is_available=view.is_available, status=view.status, audience=view.audience, seller=view.seller,
            created_at=view.created_at,
        )  # fmt: skip


class SpanView(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    opens: WallTime
    closes: Annotated[WallTime, Meta(examples=["17:00"])]

    @classmethod
    def of(cls, span: Span) -> Self:
        return cls(_written(span.opens), _written(span.closes))

    def span(self) -> Span:
        return Span(_read(self.opens), _read(self.closes))


DayView = Annotated[
    list[SpanView], Meta(max_length=6, description="None: closed.", examples=[[{"opens": "09:00", "closes": "17:00"}]])
]


class WeekView(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Opening hours by the day of the week."""

    monday: DayView
    tuesday: DayView
    wednesday: DayView
    thursday: DayView
    friday: DayView
    saturday: DayView
    sunday: DayView


class ExceptionView(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What holds on one date instead of its day of the week: other hours, or none."""

    date: Annotated[date, Meta(examples=["2026-12-31"])]
    hours: DayView


class OpeningView(msgspec.Struct, frozen=True):
    time_zone: TimeZone
    slot_minutes: Annotated[int, Meta(examples=[60])]
    week: WeekView
    exceptions: list[ExceptionView]
    lead_minutes: int
    capacity: int

    @classmethod
    def of(cls, schedule: Schedule) -> Self:
        hours = schedule.hours
        return cls(
            time_zone=schedule.time_zone, slot_minutes=schedule.length // timedelta(minutes=1),
            week=WeekView(*map(_day, hours.week)),
            exceptions=[ExceptionView(day, _day(hours.exceptions[day])) for day in sorted(hours.exceptions)],
            lead_minutes=hours.lead // timedelta(minutes=1), capacity=hours.capacity,
        )  # fmt: skip


class SlotView(msgspec.Struct, frozen=True):
    """Instants in UTC. `free`: how many bookings it still takes."""

    starts_at: datetime
    ends_at: datetime
    free: int


class AvailabilityView(msgspec.Struct, frozen=True):
    """A service's hours, and the slots of some days that can still be had; a slot is held by its `starts_at`."""

    opening: OpeningView
    slots: list[SlotView]


class BookingView(msgspec.Struct, frozen=True):
    """`expires_at`: when a held one is let go; null once it is confirmed."""

    id: BookingId
    service_id: ListingId
    booked_by: UserId
    starts_at: datetime
    ends_at: datetime
    status: BookingStatus
    expires_at: datetime | None
    created_at: datetime

    @classmethod
    def of(cls, booking: Booking) -> Self:
        return cls(
            id=booking.id, service_id=booking.service_id, booked_by=booking.booked_by,
            starts_at=booking.slot.starts_at, ends_at=booking.slot.ends_at, status=booking.status,
            expires_at=booking.expires_at, created_at=booking.created_at,
        )  # fmt: skip


def slot_view(slot: Slot, free: int) -> SlotView:
    return SlotView(slot.starts_at, slot.ends_at, free)


def _day(day: Day) -> list[SpanView]:
    return [SpanView.of(span) for span in day]


def _written(minutes: int) -> str:
    return f"{minutes // 60:02}:{minutes % 60:02}"


def _read(wall: str) -> int:
    hours, minutes = wall.split(":")
    return int(hours) * 60 + int(minutes)
