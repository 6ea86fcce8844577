"""A payment in Click's SHOP-API: Click calls Prepare, then Complete with the outcome (docs/adr/0031)."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from marketplace.domain.shared.ids import PaymentId, RefundId


class ClickState(StrEnum):
    PREPARED = "prepared"
    COMPLETED = "completed"
    """Click said once that the payer was debited; nothing it says of the outcome is signed."""
    CANCELLED = "cancelled"
    """Final: whatever comes later is answered -9."""


CLICK_MOVES: Mapping[ClickState, frozenset[ClickState]] = {
    ClickState.PREPARED: frozenset({ClickState.COMPLETED, ClickState.CANCELLED}),
    ClickState.COMPLETED: frozenset({ClickState.CANCELLED}),
    ClickState.CANCELLED: frozenset(),
}


@dataclass(slots=True, kw_only=True, eq=False)
class ClickTransaction:
    """`number` is our merchant_prepare_id and merchant_confirm_id, given when it is stored. `paydoc_id` is the number
    people see in their messages from Click."""

    id: int
    number: int = 0
    payment_id: PaymentId
    paydoc_id: int
    state: ClickState = ClickState.PREPARED
    error: int = 0
    """Click's own, of a cancellation."""
    refund_id: RefundId | None = None
    prepared_at: datetime
    completed_at: datetime | None = None
    cancelled_at: datetime | None = None
    reversed_at: datetime | None = None
    """When the money went back, with the refund."""

    def complete(self, now: datetime) -> None:
        self._move(ClickState.COMPLETED)
        self.completed_at = now

    def cancel(self, error: int, now: datetime) -> None:
        self._move(ClickState.CANCELLED)
        self.error, self.cancelled_at = error, now

    def reverse(self, refund_id: RefundId, now: datetime) -> None:
        self.refund_id, self.reversed_at = refund_id, now

    def _move(self, to: ClickState) -> None:
        if to not in CLICK_MOVES[self.state]:
            raise ValueError(f"a Click transaction that is {self.state} cannot become {to}")
        self.state = to


def signature(fields: Mapping[str, str], secret: str) -> str:
    """Of the texts as they were received: nothing is formatted again. The number of our Prepare is part of it in a
    Complete only."""
    prepare = fields.get("merchant_prepare_id", "") if fields["action"] == "1" else ""
    signed = (
        fields["click_trans_id"] + fields["service_id"] + secret + fields["merchant_trans_id"] + prepare
        + fields["amount"] + fields["action"] + fields["sign_time"]
    )  # fmt: skip
    return hashlib.md5(signed.encode(), usedforsecurity=False).hexdigest()
