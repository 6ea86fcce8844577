from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import pytest

from marketplace.application.catalog.bookings import (
    EXPIRE_HOLD,
    BookingSteps,
    ExpireHold,
    FindSlots,
    HoldSlot,
    ReleaseSlot,
    SetHours,
)
from marketplace.application.shared.actor import Actor, MissingPermission, Permission, Viewer
from marketplace.domain.catalog.availability import HORIZON, Hours, InvalidPeriod, NoSuchSlot
from marketplace.domain.catalog.booking import (
    BOOKING_MOVES,
    HOLD_TIME,
    MOST_HOLDS,
    BookingId,
    BookingNotFound,
    BookingNotHeld,
    BookingStatus,
    OwnService,
    SlotTaken,
    TooManyHolds,
)
from marketplace.domain.catalog.listing import Listing, ListingNotFound, NotYourListing
from marketplace.domain.catalog.standing import ListingStatus
from marketplace.domain.catalog.terms import Kind
from marketplace.domain.shared.ids import ListingId
from tests.builders.commerce import HOUR, NOON, an_actor, an_actor_who_may_not, new_id
from tests.builders.services import AT_NINE, NINE_TO_FIVE, SLOT, a_booking, a_service
from tests.fakes.bookings import MemoryBookingQueries, MemoryBookings, MemorySchedules
from tests.fakes.market import Market
from tests.fakes.world import MemoryListings, MemoryTimers, SequentialIds

TOMORROW = AT_NINE.date()


@dataclass
class Salon:
    """A service of `market.seller`, from nine to five in UTC."""

    market: Market
    service: ListingId

    def __post_init__(self) -> None:
        block, clock = self.market.transaction, self.market.clock
        bookings, listings, schedules = MemoryBookings(block), MemoryListings(block), MemorySchedules(block)
        self.steps = BookingSteps(schedules, bookings, MemoryTimers(block), clock, SequentialIds())
        self.set_hours = SetHours(listings, schedules, block)
        self.find_slots = FindSlots(MemoryBookingQueries(block), clock)
        self.hold_slot = HoldSlot(self.steps, block)
        self.release_slot = ReleaseSlot(self.steps, block)
        self.expire_hold = ExpireHold(bookings, block, clock)

    async def held(self, by: Actor | None = None, hours_later: int = 0) -> BookingId:
        at = AT_NINE + hours_later * HOUR
        return (await self.hold_slot(by or self.market.buyer, self.service, at)).id

    async def withdraw(self, by: Actor) -> None:
        await self.market.move_own(by, self.service, Listing.remove, Kind.SERVICE)

    def status(self, booking_id: BookingId) -> BookingStatus:
        return self.market.rows.bookings[booking_id].status

    async def free(self, **days: date | None) -> list[int]:
        """The hours at which slots of tomorrow begin."""
        found = await self.find_slots(Viewer(), self.service, days.get("first", TOMORROW), days.get("last", TOMORROW))
        return [slot.starts_at.hour for slot in found.slots]


@pytest.fixture
async def salon() -> Salon:
    market = Market()
    service = a_service(seller=market.seller.user)
    market.rows.listings[service.id] = (service, service.price)
    salon = Salon(market, service.id)
    await salon.set_hours(market.seller, service.id, NINE_TO_FIVE)
    return salon


async def test_a_slot_is_held_for_a_quarter_of_an_hour(salon: Salon) -> None:
    view = await salon.hold_slot(salon.market.buyer, salon.service, AT_NINE)
    assert (view.starts_at, view.ends_at, view.status, view.expires_at, view.booked_by) == (
        AT_NINE, AT_NINE + HOUR, BookingStatus.HELD, NOON + HOLD_TIME, salon.market.buyer.user,
    )  # fmt: skip
    assert salon.market.transaction.answer is view
    assert salon.market.timers(EXPIRE_HOLD) == [view.id]
    assert await salon.free() == [10, 11, 12, 13, 14, 15, 16]
    with pytest.raises(SlotTaken):
        await salon.held(salon.market.stranger)


async def test_a_hold_ends_when_its_timer_rings_and_not_before(salon: Salon) -> None:
    booking = await salon.held()
    await salon.expire_hold(booking)
    assert salon.status(booking) is BookingStatus.HELD
    salon.market.clock.advance(HOLD_TIME)
    assert 9 in await salon.free(), "run out, though its timer has not rung"
    await salon.expire_hold(booking)
    assert salon.status(booking) is BookingStatus.CANCELLED
    await salon.expire_hold(booking)
    assert await salon.held(salon.market.stranger)


async def test_who_holds_a_slot_confirms_it_in_time(salon: Salon) -> None:
    booking, block = await salon.held(), salon.market.transaction
    with pytest.raises(BookingNotFound):
        async with block:
            await salon.steps.confirm(salon.service, booking, salon.market.seller.user)
    async with block:
        await salon.steps.confirm(salon.service, booking, salon.market.buyer.user)
    assert salon.market.timers(EXPIRE_HOLD) == []
    salon.market.clock.advance(HOLD_TIME)
    await salon.expire_hold(booking)
    assert salon.status(booking) is BookingStatus.CONFIRMED
    late = await salon.held(hours_later=1)
    salon.market.clock.advance(HOLD_TIME)
    for gone in (booking, late):
        with pytest.raises(BookingNotHeld):
            async with block:
                await salon.steps.confirm(salon.service, gone, salon.market.buyer.user)


@pytest.mark.parametrize("who", ["buyer", "seller"])
async def test_either_party_releases_a_slot_and_may_do_so_twice(salon: Salon, who: str) -> None:
    booking = await salon.held()
    for _ in range(2):
        await salon.release_slot(getattr(salon.market, who), salon.service, booking)
    assert salon.status(booking) is BookingStatus.CANCELLED
    assert salon.market.timers(EXPIRE_HOLD) == []
    assert 9 in await salon.free()


async def test_to_others_a_booking_is_not_there(salon: Salon) -> None:
    booking = await salon.held()
    for actor, service, wanted in (
        (salon.market.stranger, salon.service, booking), (salon.market.buyer, ListingId(new_id()), booking),
        (salon.market.buyer, salon.service, BookingId(new_id())),
    ):  # fmt: skip
        with pytest.raises(BookingNotFound):
            await salon.release_slot(actor, service, wanted)
    assert salon.status(booking) is BookingStatus.HELD


async def test_nobody_books_the_own_service(salon: Salon) -> None:
    with pytest.raises(OwnService):
        await salon.held(salon.market.seller)


async def test_only_slots_are_held(salon: Salon) -> None:
    for at in (AT_NINE + HOUR / 2, AT_NINE - HOUR, NOON - HOUR, AT_NINE + HORIZON):
        with pytest.raises(NoSuchSlot):
            await salon.hold_slot(salon.market.buyer, salon.service, at)
    assert not salon.market.rows.bookings


async def test_each_seat_is_had_once(salon: Salon) -> None:
    await salon.set_hours(salon.market.seller, salon.service, Hours(week=NINE_TO_FIVE.week, capacity=2))
    held = [await salon.held(an_actor()) for _ in range(2)]
    assert [salon.market.rows.bookings[one].seat for one in held] == [1, 2]
    with pytest.raises(SlotTaken):
        await salon.held(an_actor())
    await salon.release_slot(salon.market.seller, salon.service, held[0])
    assert salon.market.rows.bookings[await salon.held(an_actor())].seat == 1


async def test_one_person_holds_only_so_many(salon: Salon) -> None:
    for hours in range(MOST_HOLDS):
        await salon.held(hours_later=hours)
    with pytest.raises(TooManyHolds):
        await salon.held(hours_later=MOST_HOLDS)
    salon.market.clock.advance(HOLD_TIME)
    await salon.held(hours_later=MOST_HOLDS)


async def test_nothing_is_held_without_the_permission(salon: Salon) -> None:
    buyer = an_actor_who_may_not(Permission.BOOK_SERVICES, salon.market.buyer.user)
    booking = await salon.held()
    with pytest.raises(MissingPermission):
        await salon.held(buyer)
    with pytest.raises(MissingPermission):
        await salon.release_slot(buyer, salon.service, booking)
    seller = an_actor_who_may_not(Permission.LIST_ITEMS, salon.market.seller.user)
    with pytest.raises(MissingPermission):
        await salon.set_hours(seller, salon.service, Hours())
    with pytest.raises(MissingPermission):
        await salon.withdraw(seller)


async def test_only_its_seller_says_when_a_service_can_be_had(salon: Salon) -> None:
    with pytest.raises(NotYourListing):
        await salon.set_hours(salon.market.stranger, salon.service, Hours())
    with pytest.raises(NotYourListing):
        await salon.withdraw(salon.market.stranger)
    product = await salon.market.listed()
    for refused in (salon.set_hours(salon.market.seller, product, Hours()),):
        with pytest.raises(ListingNotFound):
            await refused
    assert len(await salon.free()) == 8


async def test_a_withdrawn_service_keeps_its_bookings_and_takes_no_more(salon: Salon) -> None:
    booking = await salon.held()
    await salon.withdraw(salon.market.seller)
    assert salon.market.rows.listings[salon.service][0].status is ListingStatus.REMOVED
    assert salon.status(booking) is BookingStatus.HELD
    with pytest.raises(ListingNotFound):
        await salon.held(hours_later=1)


@pytest.mark.parametrize(("days", "wanted"), [
    ({"first": None, "last": None}, 5 + 6 * 8), ({"first": TOMORROW, "last": None}, 7 * 8),
    ({"first": None, "last": TOMORROW}, 5 + 8), ({"first": date.min, "last": None}, 0),
    ({"first": date.max, "last": None}, 0), ({"first": date.min, "last": date.min}, 0),
    ({"first": date.max, "last": date.max}, 0), ({"last": TOMORROW + timedelta(days=30)}, 31 * 8),
    ({"first": TOMORROW + timedelta(days=85), "last": TOMORROW + timedelta(days=99)}, 4 * 8 + 4),
])  # fmt: skip
async def test_slots_are_found_within_the_horizon(salon: Salon, days: dict[str, Any], wanted: int) -> None:
    assert len(await salon.free(**days)) == wanted


@pytest.mark.parametrize("days", [-1, 31, 10_000])
async def test_one_looks_forward_and_a_month_at_a_time(salon: Salon, days: int) -> None:
    with pytest.raises(InvalidPeriod) as refused:
        await salon.free(last=TOMORROW + timedelta(days=days))
    assert refused.value.field == "to"


def test_a_booking_moves_only_as_it_may() -> None:
    for source, moves in BOOKING_MOVES.items():
        booking = a_booking(a_service(), status=source, slot=SLOT)
        assert booking.cancel() is (BookingStatus.CANCELLED in moves)
        if BookingStatus.CONFIRMED not in moves:
            with pytest.raises(BookingNotHeld):
                a_booking(a_service(), status=source).confirm(NOON)
