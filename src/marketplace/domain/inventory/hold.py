"""A hold: a quantity of something set aside for one buyer until a deadline, whatever the channel that sold it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import NewType
from uuid import UUID

from marketplace.domain.shared.errors import Conflict
from marketplace.domain.shared.subject import SubjectKind

HoldId = NewType("HoldId", UUID)


class NothingLeft(Conflict):
    """Somebody else was first; `left` is what is still to be had."""

    code = "nothing_left"


class HoldReason(StrEnum):
    OFFER = "offer"
    AWARD = "award"
    BUY_NOW = "buy_now"
    RESERVATION = "reservation"
    AUCTION = "auction"
    LIVE_SALE = "live_sale"


class HoldStatus(StrEnum):
    HELD = "held"
    RELEASED = "released"
    SOLD = "sold"


HOLD_MOVES: Mapping[HoldStatus, frozenset[HoldStatus]] = {
    HoldStatus.HELD: frozenset({HoldStatus.RELEASED, HoldStatus.SOLD}),
    HoldStatus.RELEASED: frozenset(),
    HoldStatus.SOLD: frozenset({HoldStatus.RELEASED}),
}
"""What was sold comes back when its order is cancelled."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stock:
    """How much there ever was of something, and what of it is held and sold."""

    total: Decimal
    held: Decimal = Decimal(0)
    sold: Decimal = Decimal(0)

    @property
    def left(self) -> Decimal:
        return self.total - self.held - self.sold

    @property
    def nothing_left(self) -> NothingLeft:
        left = Decimal(f"{self.left.normalize():f}")
        return NothingLeft(f"only {left} is left" if left else "nothing is left", left=left)

    @property
    def is_sold_out(self) -> bool:
        return self.sold == self.total


@dataclass(frozen=True, slots=True, kw_only=True)
class Hold:
    """`subject` is a listing, a trade or a lot; `quantity` counts in that subject's own unit. `reference` is what it is
    held for: an order, or the person who reserved it."""

    id: HoldId
    kind: SubjectKind
    subject: UUID
    quantity: Decimal
    reason: HoldReason
    reference: UUID
    until: datetime
