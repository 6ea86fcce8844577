"""When a service can be had, and who has it; the service itself is in services.py."""

from datetime import date, datetime, timedelta
from typing import Annotated, Any

import msgspec
from dishka.integrations.litestar import FromDishka, inject
from litestar import Controller, delete, get, post, put
from litestar.params import FromPath, JSONBody, QueryParameter
from msgspec import Meta

from marketplace.application.catalog.bookings import FindSlots, HoldSlot, ReleaseSlot, SetHours
from marketplace.application.catalog.service_ports import BookingQueries
from marketplace.application.catalog.service_views import (
    AvailabilityView,
    BookingView,
    DayView,
    ExceptionView,
    OpeningView,
    WeekView,
)
from marketplace.application.shared.actor import Actor, Viewer
from marketplace.application.shared.paging import DEFAULT_PER_PAGE, Page
from marketplace.domain.catalog.availability import Day, Hours, InvalidHours, InvalidPeriod
from marketplace.domain.catalog.booking import BookingId
from marketplace.domain.shared.ids import ListingId
from marketplace.entrypoints.http.auth import SIGNED_IN_OR_NOT
from marketplace.entrypoints.http.identity import BEARER, NOT_REPEATABLE
from marketplace.entrypoints.http.messages import Success
from marketplace.entrypoints.http.paging import Cursors, CursorText, PageNumber, PerPage, page_of, rows_to_skip

A_DATE: Any = {"pattern": "^[0-9]{4}-[0-9]{2}-[0-9]{2}$", "schema_extra": {"examples": ["2026-11-23"]}}
"""Not a date, as which Litestar would take `null` too."""


class Opening(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """When a service can be had, on the clock of its time zone. It replaces what was said before.

    Each opening is cut into slots as long as the service takes, from its beginning on.
    """

    week: WeekView
    exceptions: Annotated[list[ExceptionView], Meta(max_length=400)] = []
    lead_minutes: Annotated[
        int, Meta(ge=0, le=43_200, description="How long before it begins a slot must be taken.", examples=[120])
    ] = 0
    capacity: Annotated[int, Meta(ge=1, le=20, description="Bookings at the same time.", examples=[1])] = 1

    def hours(self) -> Hours:
        exceptions = {one.date: _spans(one.hours) for one in self.exceptions}
        if len(exceptions) < len(self.exceptions):
            raise InvalidHours("name each date once", field="exceptions")
        week = self.week
        return Hours(
            week=(
                _spans(week.monday), _spans(week.tuesday), _spans(week.wednesday), _spans(week.thursday),
                _spans(week.friday), _spans(week.saturday), _spans(week.sunday),
            ),
            exceptions=exceptions, lead=timedelta(minutes=self.lead_minutes), capacity=self.capacity,
        )  # fmt: skip


class NewBooking(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    starts_at: Annotated[datetime, Meta(tz=True, description="That of a free slot.", examples=["2026-11-23T04:00:00Z"])]


class BookingsController(Controller):
    path = "/api/v1/services/{service_id:uuid}"
    tags = ("Bookings",)

    @get("/availability", summary="When a service can be had", security=SIGNED_IN_OR_NOT)
    @inject
    async def availability(
        self,
        service_id: FromPath[ListingId],
        viewer: FromDishka[Viewer],
        find_slots: FromDishka[FindSlots],
        from_: Annotated[
            str | None, QueryParameter(name="from", description="The first local day; else today.", **A_DATE)
        ] = None,
        to: Annotated[
            str | None,
            QueryParameter(description="The last local day, at most 31 in all; else seven in all.", **A_DATE),
        ] = None,
    ) -> Success[AvailabilityView]:
        """Its opening hours, and the slots that are free now, 90 days ahead at most. Everybody who sees the service
        may read it: buyers choose from it."""
        return Success(await find_slots(viewer, service_id, calendar_day(from_, "from"), calendar_day(to, "to")))

    @put("/availability", summary="Say when a service can be had", security=BEARER)
    @inject
    async def open(
        self,
        service_id: FromPath[ListingId],
        data: JSONBody[Opening],
        actor: FromDishka[Actor],
        set_hours: FromDishka[SetHours],
    ) -> Success[OpeningView]:
        """Replaces its opening hours; what is booked stays booked. For its seller."""
        return Success(await set_hours(actor, service_id, data.hours()))

    @get("/bookings", summary="Bookings of a service", security=BEARER)
    @inject
    async def bookings(
        self,
        service_id: FromPath[ListingId],
        actor: FromDishka[Actor],
        bookings: FromDishka[BookingQueries],
        cursors: FromDishka[Cursors],
        page: PageNumber = 1,
        per_page: PerPage = DEFAULT_PER_PAGE,
        cursor: CursorText = None,
    ) -> Success[Page[BookingView]]:
        """To its seller all of them, to others their own, newest first: for most people none."""
        after = BookingId(cursors.decode(cursor)) if cursor else None
        skip = 0 if after else rows_to_skip(page, per_page)
        found = await bookings.of_service(actor, service_id, after=after, skip=skip, limit=per_page)
        return Success(page_of(found, cursors, page, per_page))

    @post("/bookings", summary="Hold a slot", security=BEARER)
    @inject
    async def hold(
        self,
        service_id: FromPath[ListingId],
        data: JSONBody[NewBooking],
        actor: FromDishka[Actor],
        hold_slot: FromDishka[HoldSlot],
    ) -> Success[BookingView]:
        """Nobody else gets it for 15 minutes; then it is let go. At most five at a time for one person."""
        return Success(await hold_slot(actor, service_id, data.starts_at))

    @delete("/bookings/{booking_id:uuid}", summary="Release a slot", opt=NOT_REPEATABLE, security=BEARER)
    @inject
    async def release(
        self,
        service_id: FromPath[ListingId],
        booking_id: FromPath[BookingId],
        actor: FromDishka[Actor],
        release_slot: FromDishka[ReleaseSlot],
    ) -> None:
        """For who booked it, and for the seller of the service. Done also where it was released already."""
        await release_slot(actor, service_id, booking_id)


def calendar_day(text: str | None, field: str) -> date | None:
    try:
        return None if text is None else date.fromisoformat(text)
    except ValueError:
        raise InvalidPeriod("is no day of the calendar", field=field) from None


def _spans(day: DayView) -> Day:
    return tuple(span.span() for span in day)
