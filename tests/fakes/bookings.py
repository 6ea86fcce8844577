"""In-memory opening hours and bookings. They honour the port contracts: tests/contract/catalog/test_bookings.py."""

from copy import deepcopy
from datetime import datetime

from marketplace.application.catalog.service_ports import Bookable, BookingQueries, Bookings, Diary, Schedules
from marketplace.application.catalog.service_views import BookingView
from marketplace.application.shared.actor import Actor, Viewer
from marketplace.application.shared.paging import Slice
from marketplace.domain.catalog.availability import Hours, Schedule, Slot, Taken
from marketplace.domain.catalog.booking import Booking, BookingId, BookingNotFound, BookingStatus, SlotTaken
from marketplace.domain.catalog.listing import Audience, Listing, ListingNotAvailable, ListingNotFound
from marketplace.domain.catalog.standing import SHOWN, ListingStatus
from marketplace.domain.catalog.terms import ServiceTerms
from marketplace.domain.shared.ids import ListingId, UserId
from tests.fakes.world import MemoryTransaction, Rows


class MemorySchedules(Schedules):
    """Nobody follows anybody."""

    def __init__(self, transaction: MemoryTransaction) -> None:
        self._transaction = transaction

    async def save(self, service_id: ListingId, hours: Hours) -> None:
        self._transaction.inside.hours[service_id] = hours

    async def locked(self, service_id: ListingId, buyer: UserId) -> Bookable:
        rows = self._transaction.inside
        service = _seen(rows, service_id, buyer)
        if service.status is not ListingStatus.ACTIVE:
            raise ListingNotAvailable("the service is not to be had now", service_id=service_id)
        return Bookable(service.seller, _schedule(rows, service))


class MemoryBookings(Bookings):
    def __init__(self, transaction: MemoryTransaction) -> None:
        self._transaction = transaction

    async def add(self, booking: Booking) -> None:
        if booking.seat in {one.seat for one in _live(self._transaction.inside, booking.service_id, booking.slot)}:
            raise SlotTaken("somebody has this slot: choose another one")
        await self.save(booking)

    async def locked(self, booking_id: BookingId) -> Booking:
        if booking_id not in self._transaction.inside.bookings:
            raise BookingNotFound("no such booking")
        return deepcopy(self._transaction.inside.bookings[booking_id])

    async def save(self, booking: Booking) -> None:
        self._transaction.inside.bookings[booking.id] = deepcopy(booking)

    async def taken_seats(self, service_id: ListingId, slot: Slot, now: datetime) -> set[int]:
        live = _live(self._transaction.inside, service_id, slot)
        return {booking.seat for booking in live if not booking.expire(now)}

    async def holds_of(self, user: UserId, now: datetime) -> int:
        return sum(
            booking.booked_by == user and booking.status is BookingStatus.HELD and not _has_run_out(booking, now)
            for booking in self._transaction.inside.bookings.values()
        )


class MemoryBookingQueries(BookingQueries):
    def __init__(self, transaction: MemoryTransaction) -> None:
        self._transaction = transaction

    async def diary(
        self, viewer: Viewer, service_id: ListingId, begins: datetime, ends: datetime, now: datetime
    ) -> Diary:
        rows = self._transaction.rows
        service = _seen(rows, service_id, viewer.user)
        live = _live(rows, service_id, Slot(begins, ends))
        taken = [Taken(one.seat, one.slot.starts_at, one.slot.ends_at) for one in live if not _has_run_out(one, now)]
        taken.sort(key=lambda one: one.starts_at)
        return Diary(_schedule(rows, service), service.status is ListingStatus.ACTIVE, taken)

    async def of_service(
        self, actor: Actor, service_id: ListingId, *, after: BookingId | None, skip: int, limit: int
    ) -> Slice[BookingView]:
        mine = [
            BookingView.of(one)
            for _, one in sorted(self._transaction.rows.bookings.items(), reverse=True)
            if one.service_id == service_id and actor.user in {one.booked_by, one.seller}
        ]
        rest = [one for one in mine if after is None or one.id < after][skip:]
        return Slice(rest[:limit], len(mine), len(rest) > limit)


def _seen(rows: Rows, service_id: ListingId, viewer: UserId | None) -> Listing:
    service, _ = rows.listings.get(service_id, (None, None))
    if service is None or not isinstance(service.terms, ServiceTerms):
        raise ListingNotFound("no such service")
    is_public = service.status in SHOWN and service.audience is Audience.EVERYONE
    is_own = service.seller == viewer and service.status is not ListingStatus.REMOVED
    if not is_public and not is_own:
        raise ListingNotFound("no such service")
    return service


def _schedule(rows: Rows, service: Listing) -> Schedule:
    assert isinstance(service.terms, ServiceTerms)
    hours = rows.hours.get(service.id, Hours())
    return Schedule.of(hours, service.terms.time_zone, service.terms.duration_minutes)


def _live(rows: Rows, service_id: ListingId, slot: Slot) -> list[Booking]:
    return [
        one
        for one in rows.bookings.values()
        if one.service_id == service_id and one.status is not BookingStatus.CANCELLED
        and one.slot.starts_at < slot.ends_at and slot.starts_at < one.slot.ends_at
    ]  # fmt: skip


def _has_run_out(booking: Booking, now: datetime) -> bool:
    return booking.expires_at is not None and booking.expires_at <= now
