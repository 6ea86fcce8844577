"""Services, their hours and their bookings, valid unless a test says otherwise."""

from datetime import timedelta
from typing import Any

from marketplace.domain.catalog.availability import Hours, Slot, Span
from marketplace.domain.catalog.booking import HOLD_TIME, Booking, BookingId
from marketplace.domain.catalog.listing import Channel, Listing
from marketplace.domain.catalog.standing import ListingStatus
from marketplace.domain.catalog.terms import ServiceTerms
from tests.builders.commerce import HOUR, NOON, a_listing, a_user_id, new_id

NINE_TO_FIVE = Hours(week=((Span(9 * 60, 17 * 60),),) * 7)
AT_NINE = NOON.replace(hour=9) + timedelta(days=1)
"""The first slot of tomorrow, in UTC."""
SLOT = Slot(AT_NINE, AT_NINE + HOUR)


def a_service(**changes: Any) -> Listing:
    """For sale."""
    given: dict[str, Any] = {
        "title": "A dripping tap repaired", "category": "plumbing", "channel": Channel.SERVICES,
        "terms": ServiceTerms(), "status": ListingStatus.ACTIVE,
    }  # fmt: skip
    return a_listing(**{**given, **changes})


def a_booking(of: Listing, **changes: Any) -> Booking:
    given: dict[str, Any] = {
        "id": BookingId(new_id()), "service_id": of.id, "seller": of.seller, "booked_by": a_user_id(), "slot": SLOT,
        "seat": 1, "expires_at": NOON + HOLD_TIME, "created_at": NOON,
    }  # fmt: skip
    return Booking(**{**given, **changes})
