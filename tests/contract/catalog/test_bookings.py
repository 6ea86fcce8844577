"""Opening hours and bookings: the fakes of the unit tests and the SQL adapters keep one contract."""

from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any

import pytest

from marketplace.adapters.sql.catalog.bookings import SqlBookingQueries, SqlBookings, SqlSchedules
from marketplace.adapters.sql.catalog.listings import SqlListings
from marketplace.adapters.sql.pool import Pool
from marketplace.adapters.sql.transaction import SqlTransaction
from marketplace.application.catalog.ports import Listings
from marketplace.application.catalog.service_ports import Bookable, BookingQueries, Bookings, Schedules
from marketplace.application.catalog.service_views import BookingView
from marketplace.application.shared.actor import Viewer
from marketplace.application.shared.ports import Transaction
from marketplace.domain.catalog.availability import CLOSED, Hours, Schedule, Slot, Span, Taken
from marketplace.domain.catalog.booking import Booking, BookingId, BookingNotFound, BookingStatus, SlotTaken
from marketplace.domain.catalog.listing import Audience, Listing, ListingNotAvailable, ListingNotFound
from marketplace.domain.catalog.standing import ListingStatus
from marketplace.domain.catalog.terms import ServiceTerms
from tests.builders.commerce import HOUR, NOON, a_listing, a_user_id, aed, an_actor, new_id
from tests.builders.services import a_booking, a_service
from tests.fakes.bookings import MemoryBookingQueries, MemoryBookings, MemorySchedules
from tests.fakes.world import MemoryListings, MemoryTransaction

HOURS = Hours(
    week=((Span(540, 1020),), (), (Span(0, 60), Span(60, 1440)), *CLOSED[3:]),
    exceptions={date(2030, 1, 7): (), date(2030, 1, 8): (Span(1, 2),)}, lead=timedelta(minutes=90), capacity=3,
)  # fmt: skip


@dataclass
class Book:
    transaction: Transaction
    listings: Listings
    schedules: Schedules
    bookings: Bookings
    queries: BookingQueries

    async def add(self, *things: Listing | Booking) -> None:
        for thing in things:
            async with self.transaction:
                if isinstance(thing, Listing):
                    await self.listings.add(thing, aed(1))
                else:
                    await self.bookings.add(thing)

    async def booking(self, booking_id: BookingId) -> Booking:
        async with self.transaction:
            return await self.bookings.locked(booking_id)

    async def taken(self, booking: Booking, now: datetime = NOON) -> set[int]:
        async with self.transaction:
            return await self.bookings.taken_seats(booking.service_id, booking.slot, now)

    async def bookable(self, service: Listing) -> Bookable:
        async with self.transaction:
            return await self.schedules.locked(service.id, a_user_id())


class BookingsContract:
    async def test_hours_are_read_back_as_they_were_saved_last(self, book: Book) -> None:
        service = a_service(terms=ServiceTerms(duration_minutes=45, time_zone="Asia/Tashkent"))
        await book.add(service)
        closed = Schedule(Hours(), "Asia/Tashkent", timedelta(minutes=45))
        assert await book.bookable(service) == Bookable(service.seller, closed)
        for hours in (Hours(capacity=2), HOURS):
            async with book.transaction:
                await book.schedules.save(service.id, hours)
            assert await book.bookable(service) == Bookable(service.seller, replace(closed, hours=hours))
            diary = await book.queries.diary(Viewer(), service.id, NOON, NOON + HOUR, NOON)
            assert (diary.schedule.hours, diary.is_for_sale, diary.taken) == (hours, True, [])

    @pytest.mark.parametrize(("changes", "error"), [
        ({"status": ListingStatus.PAUSED}, ListingNotFound), ({"status": ListingStatus.REMOVED}, ListingNotFound),
        ({"status": ListingStatus.RESERVED}, ListingNotAvailable), ({"audience": Audience.FOLLOWERS}, ListingNotFound),
    ])  # fmt: skip
    async def test_only_what_one_may_see_and_have_is_booked(
        self, book: Book, changes: dict[str, Any], error: type[Exception]
    ) -> None:
        service = a_service(**changes)
        await book.add(service)
        with pytest.raises(error):
            await book.bookable(service)
        if error is ListingNotFound:
            with pytest.raises(ListingNotFound):
                await book.queries.diary(Viewer(a_user_id()), service.id, NOON, NOON + HOUR, NOON)
        if service.status is not ListingStatus.REMOVED:
            diary = await book.queries.diary(Viewer(service.seller), service.id, NOON, NOON + HOUR, NOON)
            assert diary.is_for_sale is (service.status is ListingStatus.ACTIVE)

    async def test_no_product_is_booked(self, book: Book) -> None:
        product = a_listing(status=ListingStatus.ACTIVE)
        await book.add(product)
        for listing in (product, a_service()):
            with pytest.raises(ListingNotFound):
                await book.bookable(listing)
            with pytest.raises(ListingNotFound):
                await book.queries.diary(Viewer(listing.seller), listing.id, NOON, NOON + HOUR, NOON)

    async def test_a_booking_is_read_back_as_it_was_added_and_saved(self, book: Book) -> None:
        service = a_service()
        booking = a_booking(service)
        await book.add(service, booking)
        read = await book.booking(booking.id)
        names = ("id", "service_id", "seller", "booked_by", "slot", "seat", "status", "expires_at", "created_at")
        assert [getattr(read, name) for name in names] == [getattr(booking, name) for name in names]
        async with book.transaction:
            read.confirm(NOON)
            await book.bookings.save(read)
        read = await book.booking(booking.id)
        assert (read.status, read.expires_at) == (BookingStatus.CONFIRMED, None)
        with pytest.raises(BookingNotFound):
            await book.booking(BookingId(new_id()))

    async def test_one_seat_is_had_by_one_at_a_time(self, book: Book) -> None:
        service, other = a_service(), a_service()
        first = a_booking(service)
        await book.add(service, other, first)
        middle = Slot(first.slot.starts_at + HOUR / 2, first.slot.ends_at + HOUR / 2)
        after = Slot(first.slot.ends_at, first.slot.ends_at + HOUR)
        for slot in (first.slot, middle):
            with pytest.raises(SlotTaken):
                await book.add(a_booking(service, slot=slot))
        await book.add(a_booking(service, slot=after), a_booking(service, seat=2), a_booking(other))
        assert await book.taken(first) == {1, 2}
        async with book.transaction:
            first.cancel()
            await book.bookings.save(first)
        assert await book.taken(first) == {2}
        await book.add(a_booking(service))

    async def test_what_has_run_out_makes_room_before_its_timer_rings(self, book: Book) -> None:
        service = a_service()
        held, confirmed = a_booking(service), a_booking(service, seat=2)
        confirmed.confirm(NOON)
        await book.add(service, held, confirmed)
        late = NOON + HOUR
        diary = await book.queries.diary(Viewer(), service.id, held.slot.starts_at, held.slot.ends_at, late)
        assert diary.taken == [Taken(2, held.slot.starts_at, held.slot.ends_at)]
        assert await book.taken(held, late) == {2}
        assert (await book.booking(held.id)).status is BookingStatus.CANCELLED
        await book.add(a_booking(service))

    async def test_a_diary_shows_what_is_taken_in_its_time_by_start(self, book: Book) -> None:
        service = a_service()
        slots = [Slot(NOON + n * HOUR, NOON + (n + 1) * HOUR) for n in (3, 1, 2, 9)]
        await book.add(service, *(a_booking(service, slot=slot) for slot in slots))
        diary = await book.queries.diary(Viewer(), service.id, NOON + 2 * HOUR, NOON + 4 * HOUR, NOON)
        assert [one.starts_at for one in diary.taken] == [NOON + 2 * HOUR, NOON + 3 * HOUR]

    async def test_holds_are_counted_by_person(self, book: Book) -> None:
        service, buyer = a_service(), a_user_id()
        bookings = [a_booking(service, booked_by=buyer, seat=seat) for seat in (1, 2, 3)]
        bookings[1].cancel()
        await book.add(service, *bookings, a_booking(service, seat=4))
        async with book.transaction:
            assert await book.bookings.holds_of(buyer, NOON) == 2
            assert await book.bookings.holds_of(buyer, NOON + HOUR) == 0

    async def test_a_seller_sees_all_bookings_and_others_their_own(self, book: Book) -> None:
        service, buyer = a_service(), a_user_id()
        mine = [a_booking(service, booked_by=buyer, seat=seat) for seat in (1, 2, 3)]
        other = a_booking(service, seat=4)
        await book.add(service, *mine, other, elsewhere := a_service(), a_booking(elsewhere, booked_by=buyer))
        all_of_them = [BookingView.of(one) for one in (other, *reversed(mine))]
        for person, wanted in ((service.seller, all_of_them), (buyer, all_of_them[1:]), (a_user_id(), [])):
            actor = an_actor(person)
            found = await book.queries.of_service(actor, service.id, after=None, skip=0, limit=10)
            assert (found.items, found.total, found.has_more) == (wanted, len(wanted), False)
            if wanted:
                first = await book.queries.of_service(actor, service.id, after=None, skip=0, limit=2)
                assert (first.items, first.total, first.has_more) == (wanted[:2], len(wanted), True)
                for where in ({"after": wanted[1].id, "skip": 0}, {"after": None, "skip": 2}):
                    rest = await book.queries.of_service(actor, service.id, limit=5, **where)
                    assert (rest.items, rest.has_more) == (wanted[2:], False)


class TestMemoryBookings(BookingsContract):
    @pytest.fixture
    def book(self) -> Book:
        transaction = MemoryTransaction()
        return Book(
            transaction, MemoryListings(transaction), MemorySchedules(transaction), MemoryBookings(transaction),
            MemoryBookingQueries(transaction),
        )  # fmt: skip


class TestSqlBookings(BookingsContract):
    @pytest.fixture
    def book(self, pool: Pool) -> Book:
        transaction = SqlTransaction(pool, {})
        return Book(
            transaction, SqlListings(transaction), SqlSchedules(transaction), SqlBookings(transaction),
            SqlBookingQueries(pool),
        )  # fmt: skip
