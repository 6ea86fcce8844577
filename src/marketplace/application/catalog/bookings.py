"""When a service can be had, and who has it."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from marketplace.application.catalog.ports import Listings
from marketplace.application.catalog.service_ports import BookingQueries, Bookings, Schedules
from marketplace.application.catalog.service_views import AvailabilityView, BookingView, OpeningView, slot_view
from marketplace.application.shared.actor import Actor, Permission, Viewer
from marketplace.application.shared.ports import Clock, Ids, Timers, Transaction
from marketplace.domain.catalog.availability import HORIZON, LONGEST_LOOK, Hours, InvalidPeriod, Schedule
from marketplace.domain.catalog.booking import (
    HOLD_TIME,
    MOST_HOLDS,
    Booking,
    BookingId,
    OwnService,
    SlotTaken,
    TooManyHolds,
)
from marketplace.domain.catalog.terms import Kind, ServiceTerms
from marketplace.domain.shared.ids import ListingId, UserId

EXPIRE_HOLD = "catalog.expire_hold"
USUAL_LOOK = timedelta(days=6)
A_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class SetHours:
    listings: Listings
    schedules: Schedules
    transaction: Transaction

    async def __call__(self, actor: Actor, service_id: ListingId, hours: Hours) -> OpeningView:
        """What is booked stays booked."""
        actor.require(Permission.LIST_ITEMS)
        async with self.transaction:
            listing = await self.listings.locked(service_id)
            listing.require_kind(Kind.SERVICE)
            listing.require_owner(actor.user)
            terms = listing.terms
            assert isinstance(terms, ServiceTerms)  # noqa: S101 - its kind says so
            await self.schedules.save(service_id, hours)
            schedule = Schedule.of(hours, terms.time_zone, terms.duration_minutes)
            return self.transaction.answers(OpeningView.of(schedule))


@dataclass(frozen=True, slots=True)
class FindSlots:
    bookings: BookingQueries
    clock: Clock

    async def __call__(
        self, viewer: Viewer, service_id: ListingId, first: date | None, last: date | None
    ) -> AvailabilityView:
        """From one local day to another, both included; without them, of the seven days from today (in UTC)."""
        now = self.clock.now()
        today = now.date()
        first = first or today
        if last and not timedelta(0) <= last - first < LONGEST_LOOK:
            raise InvalidPeriod(f"is on or after `from`, and within {LONGEST_LOOK.days} days", field="to")
        last = last or min(first, date.max - USUAL_LOOK) + USUAL_LOOK
        first, last = (min(max(day, today - A_DAY), today + HORIZON + A_DAY) for day in (first, last))
        begins, ends = (datetime.combine(day, time(), UTC) for day in (first - A_DAY, last + 2 * A_DAY))
        diary = await self.bookings.diary(viewer, service_id, begins, ends, now)
        free = diary.schedule.free(first, last, now, diary.taken) if diary.is_for_sale else []
        return AvailabilityView(OpeningView.of(diary.schedule), [slot_view(slot, left) for slot, left in free])


@dataclass(frozen=True, slots=True)
class BookingSteps:
    """What is done to a booking inside a transaction that runs already: that of a use case below, or of an order."""

    schedules: Schedules
    bookings: Bookings
    timers: Timers
    clock: Clock
    ids: Ids

    async def hold(self, service_id: ListingId, starts_at: datetime, by: UserId) -> Booking:
        """Raises SlotTaken, NoSuchSlot, OwnService, TooManyHolds, ListingNotFound, ListingNotAvailable."""
        now = self.clock.now()
        service = await self.schedules.locked(service_id, by)
        if service.seller == by:
            raise OwnService("this is your own service")
        slot = service.schedule.slot_at(starts_at, now)
        if await self.bookings.holds_of(by, now) >= MOST_HOLDS:
            raise TooManyHolds(f"you hold {MOST_HOLDS} slots already: confirm or release one")
        seats = range(1, service.schedule.hours.capacity + 1)
        taken = await self.bookings.taken_seats(service_id, slot, now)
        seat = next((seat for seat in seats if seat not in taken), None)
        if seat is None:
            raise SlotTaken("somebody has this slot: choose another one", starts_at=starts_at)
        booking = Booking(
            id=BookingId(self.ids.new()), service_id=service_id, seller=service.seller, booked_by=by, slot=slot,
            seat=seat, expires_at=now + HOLD_TIME, created_at=now,
        )  # fmt: skip
        await self.bookings.add(booking)
        self.timers.set(EXPIRE_HOLD, booking.id, now + HOLD_TIME)
        return booking

    async def confirm(self, service_id: ListingId, booking_id: BookingId, by: UserId) -> Booking:
        """For who holds it; raises BookingNotFound or BookingNotHeld."""
        booking = await self.bookings.locked(booking_id)
        booking.require(service_id, by, {booking.booked_by})
        booking.confirm(self.clock.now())
        await self.bookings.save(booking)
        self.timers.clear(EXPIRE_HOLD, booking_id)
        return booking

    async def release(self, service_id: ListingId, booking_id: BookingId, by: UserId) -> Booking:
        """For who booked it, and for the seller; releasing twice changes nothing. Raises BookingNotFound."""
        booking = await self.bookings.locked(booking_id)
        booking.require(service_id, by, {booking.booked_by, booking.seller})
        if booking.cancel():
            await self.bookings.save(booking)
            self.timers.clear(EXPIRE_HOLD, booking_id)
        return booking


@dataclass(frozen=True, slots=True)
class HoldSlot:
    steps: BookingSteps
    transaction: Transaction

    async def __call__(self, actor: Actor, service_id: ListingId, starts_at: datetime) -> BookingView:
        actor.require(Permission.BOOK_SERVICES)
        async with self.transaction:
            return self.transaction.answers(BookingView.of(await self.steps.hold(service_id, starts_at, actor.user)))


@dataclass(frozen=True, slots=True)
class ReleaseSlot:
    steps: BookingSteps
    transaction: Transaction

    async def __call__(self, actor: Actor, service_id: ListingId, booking_id: BookingId) -> None:
        actor.require(Permission.BOOK_SERVICES)
        async with self.transaction:
            await self.steps.release(service_id, booking_id, actor.user)


@dataclass(frozen=True, slots=True)
class ExpireHold:
    """Rung by the hold's timer; does nothing when it was confirmed or released meanwhile."""

    bookings: Bookings
    transaction: Transaction
    clock: Clock

    async def __call__(self, booking_id: BookingId) -> None:
        async with self.transaction:
            booking = await self.bookings.locked(booking_id)
            if booking.expire(self.clock.now()):
                await self.bookings.save(booking)
