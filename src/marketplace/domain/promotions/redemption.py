"""One use of a promo code: reserved with the orders of a checkout, redeemed when one of them is paid, released when all
have come to nothing."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import NewType
from uuid import UUID

from marketplace.domain.promotions.discount import PromoCodeId
from marketplace.domain.shared.ids import OrderId, UserId
from marketplace.domain.shared.money import Money

RedemptionId = NewType("RedemptionId", UUID)


class RedemptionStatus(StrEnum):
    RESERVED = "reserved"
    REDEEMED = "redeemed"
    RELEASED = "released"


REDEMPTION_MOVES: Mapping[RedemptionStatus, frozenset[RedemptionStatus]] = {
    RedemptionStatus.RESERVED: frozenset({RedemptionStatus.REDEEMED, RedemptionStatus.RELEASED}),
    RedemptionStatus.REDEEMED: frozenset({RedemptionStatus.RELEASED}),
    RedemptionStatus.RELEASED: frozenset(),
}
"""A paid order that is cancelled gives its use back too."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Redemption:
    """`orders`: those of one checkout whose price it lowers, in order of their ids."""

    id: RedemptionId
    code_id: PromoCodeId
    customer: UserId
    orders: tuple[OrderId, ...]
    discount: Money
    status: RedemptionStatus = RedemptionStatus.RESERVED
    created_at: datetime
