from uuid import UUID

from marketplace.application.catalog.service_ports import Bookings
from marketplace.application.ordering.life_ports import Seats
from marketplace.domain.catalog.booking import BookingId


class SeatsOfCatalog(Seats):
    def __init__(self, bookings: Bookings) -> None:
        self._bookings = bookings

    async def release(self, booking_id: UUID) -> None:
        booking = await self._bookings.locked(BookingId(booking_id))
        if booking.cancel():
            await self._bookings.save(booking)
