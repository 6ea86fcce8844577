from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from marketplace.application.catalog.service_views import BookingView, ServiceView
from marketplace.application.shared.actor import Actor, Viewer
from marketplace.application.shared.paging import Slice
from marketplace.domain.catalog.availability import Hours, Schedule, Slot, Taken
from marketplace.domain.catalog.booking import Booking, BookingId
from marketplace.domain.shared.ids import ListingId, UserId


@dataclass(frozen=True, slots=True)
class Prices:
    """Both ends are included, in minor units."""

    currency: str
    least: int
    most: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceFilter:
    """`category`: and those below it."""

    category: str | None = None
    seller: UserId | None = None
    prices: Prices | None = None


class ServiceQueries(Protocol):
    """What was withdrawn is not there, nor, in lists, what is for followers only. Lists: newest first."""

    async def service(self, viewer: Viewer, service_id: ListingId) -> ServiceView:
        """To its seller in any state but removed; raises ListingNotFound, for products too."""
        ...

    async def newest(
        self, wanted: ServiceFilter, *, after: ListingId | None, skip: int, limit: int
    ) -> Slice[ServiceView]: ...

    async def gigs(self, *, after: ListingId | None, skip: int, limit: int) -> Slice[ServiceView]:
        """Those that have packages."""
        ...


@dataclass(frozen=True, slots=True)
class Bookable:
    """A service that somebody may book."""

    seller: UserId
    schedule: Schedule


class Schedules(Protocol):
    async def save(self, service_id: ListingId, hours: Hours) -> None: ...

    async def locked(self, service_id: ListingId, buyer: UserId) -> Bookable:
        """It stays for sale, and nobody else books it or changes its hours, until the transaction ends.

        A service whose hours were never set is closed. Raises ListingNotFound for what is no service or the buyer may
        not see, ListingNotAvailable for what is not for sale.
        """
        ...


class Bookings(Protocol):
    async def add(self, booking: Booking) -> None:
        """Raises SlotTaken where somebody has this seat in some of this time."""
        ...

    async def locked(self, booking_id: BookingId) -> Booking:
        """Raises BookingNotFound."""
        ...

    async def save(self, booking: Booking) -> None:
        """Write status and expiry of what `locked` gave."""
        ...

    async def taken_seats(self, service_id: ListingId, slot: Slot, now: datetime) -> set[int]:
        """Those that somebody has in some of this time; holds that have run out are cancelled first."""
        ...

    async def holds_of(self, user: UserId, now: datetime) -> int:
        """How many slots a person holds and has not confirmed."""
        ...


@dataclass(frozen=True, slots=True)
class Diary:
    schedule: Schedule
    is_for_sale: bool
    taken: Sequence[Taken]


class BookingQueries(Protocol):
    async def diary(
        self, viewer: Viewer, service_id: ListingId, begins: datetime, ends: datetime, now: datetime
    ) -> Diary:
        """With what is taken between two instants, by start. Raises ListingNotFound, as `ServiceQueries.service`."""
        ...

    async def of_service(
        self, actor: Actor, service_id: ListingId, *, after: BookingId | None, skip: int, limit: int
    ) -> Slice[BookingView]:
        """To its seller all of them, to others their own; newest first."""
        ...
