from dishka import Provider, Scope, provide, provide_all

from marketplace.adapters.sql.catalog.bookings import SqlBookingQueries, SqlBookings, SqlSchedules
from marketplace.adapters.sql.catalog.services import SqlServiceQueries
from marketplace.application.catalog.bookings import (
    BookingSteps,
    ExpireHold,
    FindSlots,
    HoldSlot,
    ReleaseSlot,
    SetHours,
)
from marketplace.application.catalog.service_ports import BookingQueries, Bookings, Schedules, ServiceQueries


class ServicesProvider(Provider):
    scope = Scope.REQUEST

    schedules = provide(SqlSchedules, provides=Schedules)
    bookings = provide(SqlBookings, provides=Bookings)
    service_queries = provide(SqlServiceQueries, provides=ServiceQueries, scope=Scope.APP)
    booking_queries = provide(SqlBookingQueries, provides=BookingQueries, scope=Scope.APP)
    use_cases = provide_all(
        SetHours, FindSlots, BookingSteps, HoldSlot, ReleaseSlot, ExpireHold
    )  # fmt: skip
