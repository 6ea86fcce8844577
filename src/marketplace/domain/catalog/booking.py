"""A booking: one seat of a service for some time, held for a moment until it is confirmed or let go."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import NewType
from uuid import UUID

from marketplace.domain.catalog.availability import Slot
from marketplace.domain.shared.aggregate import Aggregate
from marketplace.domain.shared.errors import Conflict, Forbidden, NotFound
from marketplace.domain.shared.ids import ListingId, UserId

BookingId = NewType("BookingId", UUID)

HOLD_TIME = timedelta(minutes=15)
MOST_HOLDS = 5
"""That one person may have at a time."""


class BookingNotFound(NotFound):
    code = "booking_not_found"


class SlotTaken(Conflict):
    code = "slot_taken"


class BookingNotHeld(Conflict):
    code = "booking_not_held"


class TooManyHolds(Conflict):
    code = "too_many_holds"


class OwnService(Forbidden):
    code = "own_service"


class BookingStatus(StrEnum):
    HELD = "held"
    CONFIRMED = "confirmed"
    CANCELLED = "cancelled"


BOOKING_MOVES: Mapping[BookingStatus, frozenset[BookingStatus]] = {
    BookingStatus.HELD: frozenset({BookingStatus.CONFIRMED, BookingStatus.CANCELLED}),
    BookingStatus.CONFIRMED: frozenset({BookingStatus.CANCELLED}),
    BookingStatus.CANCELLED: frozenset(),
}


@dataclass(slots=True, kw_only=True, eq=False)
class Booking(Aggregate):
    """`expires_at` is None once it is confirmed."""

    id: BookingId
    service_id: ListingId
    seller: UserId
    booked_by: UserId
    slot: Slot
    seat: int
    status: BookingStatus = BookingStatus.HELD
    expires_at: datetime | None
    created_at: datetime

    def require(self, service_id: ListingId, user: UserId, parties: Collection[UserId]) -> None:
        """Raises BookingNotFound unless it is of this service, and the user one of these parties."""
        if service_id != self.service_id or user not in parties:
            raise BookingNotFound("no such booking")

    def confirm(self, now: datetime) -> None:
        """Raises BookingNotHeld when its time has run out."""
        if self.status is not BookingStatus.HELD or self._has_run_out(now):
            raise BookingNotHeld("this booking is not held any more: hold the slot again", booking_id=self.id)
        self.status, self.expires_at = BookingStatus.CONFIRMED, None

    def cancel(self) -> bool:
        """False where it was cancelled already."""
        was_live = BookingStatus.CANCELLED in BOOKING_MOVES[self.status]
        self.status = BookingStatus.CANCELLED
        return was_live

    def expire(self, now: datetime) -> bool:
        """Let go of what was held and not confirmed in time; False where there is nothing to do."""
        return self.status is BookingStatus.HELD and self._has_run_out(now) and self.cancel()

    def _has_run_out(self, now: datetime) -> bool:
        return self.expires_at is not None and self.expires_at <= now
