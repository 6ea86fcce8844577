"""Opening hours and bookings of services."""

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any

import asyncpg

from marketplace.adapters.sql.catalog.services import LAST
from marketplace.adapters.sql.pool import Pool
from marketplace.adapters.sql.transaction import SqlTransaction
from marketplace.application.catalog.service_ports import Bookable, BookingQueries, Bookings, Diary, Schedules
from marketplace.application.catalog.service_views import BookingView
from marketplace.application.shared.actor import Actor, Viewer
from marketplace.application.shared.paging import EXACT_TOTAL_LIMIT, LARGEST_PER_PAGE, Slice
from marketplace.domain.catalog.availability import Day, Hours, Schedule, Slot, Span, Taken
from marketplace.domain.catalog.booking import Booking, BookingId, BookingNotFound, BookingStatus, SlotTaken
from marketplace.domain.catalog.listing import ListingNotAvailable, ListingNotFound
from marketplace.domain.shared.ids import ListingId, UserId

_SAVE_HOURS = """
INSERT INTO catalog.schedules (service_id, hours) VALUES ($1, $2)
ON CONFLICT (service_id) DO UPDATE SET hours = excluded.hours
"""
_SERVICE = "l.terms ->> 'time_zone' AS time_zone, (l.terms ->> 'duration_minutes')::int AS duration_minutes"
_SEEN = """l.kind = 'service' AND (
    l.seller_id = $2 AND s.status <> 'removed'
    OR s.status IN ('active', 'reserved', 'sold') AND catalog.may_see($2, l.seller_id, l.audience)
)"""
_BOOKABLE = f"""
SELECT l.seller_id, s.status, {_SERVICE}
FROM catalog.listings l JOIN catalog.listing_states s ON s.listing_id = l.id
WHERE l.id = $1 AND {_SEEN}
FOR SHARE OF s
"""  # noqa: S608 - our own words
_LOCK_HOURS = "SELECT hours FROM catalog.schedules WHERE service_id = $1 FOR UPDATE"
_ADD = """
INSERT INTO catalog.bookings (id, service_id, seller_id, booked_by, period, seat, status, expires_at, created_at)
VALUES ($1, $2, $3, $4, tstzrange($5, $6), $7, $8, $9, $10)
ON CONFLICT ON CONSTRAINT ex_bookings_one_per_seat DO NOTHING RETURNING id
"""
_COLUMNS = """id, service_id, seller_id, booked_by, lower(period) AS starts_at, upper(period) AS ends_at, seat, status,
    expires_at, created_at"""
_LOCKED = f"SELECT {_COLUMNS} FROM catalog.bookings WHERE id = $1 FOR UPDATE"  # noqa: S608
_SAVE = "UPDATE catalog.bookings SET status = $2, expires_at = $3 WHERE id = $1"
_LET_GO = """
UPDATE catalog.bookings SET status = 'cancelled'
WHERE service_id = $1 AND period && tstzrange($2, $3) AND status <> 'cancelled' AND status = 'held' AND expires_at <= $4
"""
SEATS = """
SELECT seat FROM catalog.bookings
WHERE service_id = $1 AND period && tstzrange($2, $3) AND status <> 'cancelled'
"""
HOLDS = "SELECT count(*) FROM catalog.bookings WHERE booked_by = $1 AND status = 'held' AND expires_at > $2"
DIARY = f"""
SELECT s.status, {_SERVICE}, h.hours, ARRAY(
    SELECT (seat, lower(period), upper(period)) FROM catalog.bookings b
    WHERE b.service_id = $1 AND b.period && tstzrange($3, $4) AND b.status <> 'cancelled'
      AND (b.expires_at > $5) IS NOT FALSE
    ORDER BY lower(period)
) AS taken
FROM catalog.listings l JOIN catalog.listing_states s ON s.listing_id = l.id
LEFT JOIN catalog.schedules h ON h.service_id = l.id
WHERE l.id = $1 AND {_SEEN}
"""  # noqa: S608 - our own words


def _of_service() -> str:
    """$1 is the service, $2 who asks, $3 the cursor, $4 how many to skip, $5 the limit.

    Nobody books the own service, so nothing comes twice; each part is brought to an end by its own index.
    """
    parts = [
        f"SELECT * FROM catalog.bookings WHERE {mine} = $2 AND service_id = $1"  # noqa: S608 - our own words
        for mine in ("seller_id", "booked_by")
    ]
    rows = " UNION ALL ".join(
        f"({part} AND id < $3::uuid ORDER BY id DESC LIMIT $4::int + {LARGEST_PER_PAGE + 1})" for part in parts
    )
    total = " + ".join(f"(SELECT count(*) FROM ({part} LIMIT {EXACT_TOTAL_LIMIT + 1}) counted)" for part in parts)  # noqa: S608
    return f"SELECT {_COLUMNS}, {total} AS total FROM ({rows}) found ORDER BY id DESC OFFSET $4::int LIMIT $5::int"  # noqa: S608


OF_SERVICE = _of_service()


class SqlSchedules(Schedules):
    def __init__(self, transaction: SqlTransaction) -> None:
        self._transaction = transaction

    async def save(self, service_id: ListingId, hours: Hours) -> None:
        await self._transaction.connection.execute(_SAVE_HOURS, service_id, stored(hours))

    async def locked(self, service_id: ListingId, buyer: UserId) -> Bookable:
        connection = self._transaction.connection
        row = await connection.fetchrow(_BOOKABLE, service_id, buyer)
        if row is None:
            raise ListingNotFound("no such service", service_id=service_id)
        if row["status"] != "active":
            raise ListingNotAvailable("the service is not to be had now", service_id=service_id)
        hours = await connection.fetchval(_LOCK_HOURS, service_id)
        return Bookable(row["seller_id"], _schedule(row, hours))


class SqlBookings(Bookings):
    def __init__(self, transaction: SqlTransaction) -> None:
        self._transaction = transaction

    async def add(self, booking: Booking) -> None:
        added = await self._transaction.connection.fetchval(
            _ADD, booking.id, booking.service_id, booking.seller, booking.booked_by, booking.slot.starts_at,
            booking.slot.ends_at, booking.seat, booking.status.value, booking.expires_at, booking.created_at,
        )  # fmt: skip
        if added is None:
            raise SlotTaken("somebody has this slot: choose another one", starts_at=booking.slot.starts_at)

    async def locked(self, booking_id: BookingId) -> Booking:
        row = await self._transaction.connection.fetchrow(_LOCKED, booking_id)
        if row is None:
            raise BookingNotFound("no such booking")
        return Booking(
            id=row["id"], service_id=row["service_id"], seller=row["seller_id"], booked_by=row["booked_by"],
            slot=Slot(row["starts_at"], row["ends_at"]), seat=row["seat"], status=BookingStatus(row["status"]),
            expires_at=row["expires_at"], created_at=row["created_at"],
        )  # fmt: skip

    async def save(self, booking: Booking) -> None:
        await self._transaction.connection.execute(_SAVE, booking.id, booking.status.value, booking.expires_at)

    async def taken_seats(self, service_id: ListingId, slot: Slot, now: datetime) -> set[int]:
        connection = self._transaction.connection
        await connection.execute(_LET_GO, service_id, slot.starts_at, slot.ends_at, now)
        return {row["seat"] for row in await connection.fetch(SEATS, service_id, slot.starts_at, slot.ends_at)}

    async def holds_of(self, user: UserId, now: datetime) -> int:
        count: int = await self._transaction.connection.fetchval(HOLDS, user, now)
        return count


class SqlBookingQueries(BookingQueries):
    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    async def diary(
        self, viewer: Viewer, service_id: ListingId, begins: datetime, ends: datetime, now: datetime
    ) -> Diary:
        async with self._pool.connection() as connection:
            row = await connection.fetchrow(DIARY, service_id, viewer.user, begins, ends, now)
        if row is None:
            raise ListingNotFound("no such service", service_id=service_id)
        taken = [Taken(*one) for one in row["taken"]]
        return Diary(_schedule(row, row["hours"]), row["status"] == "active", taken)

    async def of_service(
        self, actor: Actor, service_id: ListingId, *, after: BookingId | None, skip: int, limit: int
    ) -> Slice[BookingView]:
        async with self._pool.connection() as connection:
            rows = await connection.fetch(OF_SERVICE, service_id, actor.user, after or LAST, skip, limit + 1)
        items = [
            BookingView(
                id=row["id"], service_id=row["service_id"], booked_by=row["booked_by"], starts_at=row["starts_at"],
                ends_at=row["ends_at"], status=BookingStatus(row["status"]), expires_at=row["expires_at"],
                created_at=row["created_at"],
            )
            for row in rows[:limit]
        ]  # fmt: skip
        return Slice(items, rows[0]["total"] if rows else 0, len(rows) > limit)


def stored(hours: Hours) -> Mapping[str, Any]:
    return {
        "week": [_spans(day) for day in hours.week],
        "exceptions": {day.isoformat(): _spans(spans) for day, spans in hours.exceptions.items()},
        "lead_minutes": hours.lead // timedelta(minutes=1),
        "capacity": hours.capacity,
    }


def restored(row: Mapping[str, Any]) -> Hours:
    monday, tuesday, wednesday, thursday, friday, saturday, sunday = map(_day, row["week"])
    return Hours(
        week=(monday, tuesday, wednesday, thursday, friday, saturday, sunday),
        exceptions={date.fromisoformat(day): _day(spans) for day, spans in row["exceptions"].items()},
        lead=timedelta(minutes=row["lead_minutes"]), capacity=row["capacity"],
    )  # fmt: skip


def _spans(day: Day) -> list[tuple[int, int]]:
    return [(span.opens, span.closes) for span in day]


def _day(spans: list[tuple[int, int]]) -> Day:
    return tuple(Span(*span) for span in spans)


def _schedule(row: asyncpg.Record, hours: Mapping[str, Any] | None) -> Schedule:
    return Schedule.of(Hours() if hours is None else restored(hours), row["time_zone"], row["duration_minutes"])
