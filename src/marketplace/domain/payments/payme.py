"""A transaction of Payme's Merchant API: the provider calls us, and our record of it is the only one we can ask."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from marketplace.domain.shared.ids import PaymentId, RefundId

LIFETIME_MS = 43_200_000
"""12 hours from Payme's own time; what was not performed by then is cancelled."""
TIMED_OUT = 4
"""Payme's reason for it."""


class PaymeState(StrEnum):
    CREATED = "created"
    PERFORMED = "performed"
    CANCELLED = "cancelled"
    """Before any money moved."""
    REVERSED = "reversed"
    """After it was performed: the money went back."""


PAYME_MOVES: Mapping[PaymeState, frozenset[PaymeState]] = {
    PaymeState.CREATED: frozenset({PaymeState.PERFORMED, PaymeState.CANCELLED}),
    PaymeState.PERFORMED: frozenset({PaymeState.REVERSED}),
    PaymeState.CANCELLED: frozenset(),
    PaymeState.REVERSED: frozenset(),
}
WIRE_STATE: Mapping[PaymeState, int] = {
    PaymeState.CREATED: 1, PaymeState.PERFORMED: 2, PaymeState.CANCELLED: -1, PaymeState.REVERSED: -2,
}  # fmt: skip


def milliseconds(at: datetime) -> int:
    """Since 1970, as Payme counts."""
    return int(at.timestamp() * 1_000)


@dataclass(slots=True, kw_only=True, eq=False)
class PaymeTransaction:
    """Times are milliseconds since 1970, 0 for what has not happened. Every reply is made of this record alone, so a
    call that is repeated is answered with the same bytes."""

    id: str
    payment_id: PaymentId
    amount_minor: int
    time: int
    """Payme's own."""
    created_at: int
    performed_at: int = 0
    cancelled_at: int = 0
    state: PaymeState = PaymeState.CREATED
    reason: int | None = None
    refund_id: RefundId | None = None
    fiscal: dict[str, Any] = field(default_factory=dict)
    """Receipts by type (PERFORM, CANCEL), as Payme told them."""

    def has_expired(self, now: datetime) -> bool:
        return self.state is PaymeState.CREATED and milliseconds(now) >= self.time + LIFETIME_MS

    def perform(self, now: datetime) -> None:
        self._move(PaymeState.PERFORMED)
        self.performed_at = milliseconds(now)

    def cancel(self, reason: int, now: datetime) -> None:
        """Or reverse it, where it was performed."""
        self._move(PaymeState.CANCELLED if self.state is PaymeState.CREATED else PaymeState.REVERSED)
        self.reason, self.cancelled_at = reason, milliseconds(now)

    def _move(self, to: PaymeState) -> None:
        if to not in PAYME_MOVES[self.state]:
            raise ValueError(f"a Payme transaction that is {self.state} cannot become {to}")
        self.state = to
