"""What a person puts into the own wallet."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from marketplace.domain.shared.errors import NotFound
from marketplace.domain.shared.ids import TopUpId, UserId
from marketplace.domain.shared.money import Money

PAYMENT_TIME = timedelta(minutes=30)
"""To act at the provider."""


class TopUpNotFound(NotFound):
    code = "top_up_not_found"


@dataclass(frozen=True, slots=True, kw_only=True)
class TopUp:
    id: TopUpId
    owner: UserId
    amount: Money
    created_at: datetime
