from datetime import timedelta
from typing import Any

from marketplace.application.ordering.fee_schedules import FeeScheduleDraft
from marketplace.domain.ordering.fees import FeeSchedule, FeeScheduleId, Sale
from tests.builders.commerce import NOON, a_user_id, aed, new_id


def a_fee_schedule(**changes: Any) -> FeeSchedule:
    """15 % of everything, from NOON on."""
    return FeeSchedule(**{"id": FeeScheduleId(new_id()), "basis_points": 1_500, "starts_at": NOON, **changes})


def a_fee_draft(**changes: Any) -> FeeScheduleDraft:
    """15 % of everything, for the week after tomorrow's noon."""
    given = {"basis_points": 1_500, "starts_at": NOON + timedelta(days=1), "ends_at": NOON + timedelta(days=8)}
    return FeeScheduleDraft(**{**given, **changes})


def a_sale(**changes: Any) -> Sale:
    given = {"channel": "community", "category": "electronics", "seller": a_user_id(), "amount": aed(750)}
    return Sale(**{**given, **changes})
