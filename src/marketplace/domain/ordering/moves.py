"""Which moves of an order there are, and who may make each (product glossary)."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from marketplace.domain.shared.ids import UserId


class OrderStatus(StrEnum):
    DRAFT = "draft"
    PLACED = "placed"
    AWAITING_PAYMENT = "awaiting_payment"
    PAID = "paid"
    ASSIGNED = "assigned"
    IN_PROGRESS = "in_progress"
    DELIVERED = "delivered"
    CHANGES_REQUESTED = "changes_requested"
    COMPLETED = "completed"
    CANCELLED = "cancelled"
    EXPIRED = "expired"
    DISPUTED = "disputed"

    @property
    def public(self) -> str:
        """The word of the contract; whether it is paid is told by `payment_status`."""
        return _PUBLIC.get(self.value, self.value)


_PUBLIC = {
    "draft": "pending", "placed": "pending", "awaiting_payment": "pending", "paid": "pending",
    "changes_requested": "in_progress",
}  # fmt: skip


class OrderRole(StrEnum):
    """What somebody is to an order. Who it was assigned to acts for the seller; administrators act as moderators."""

    BUYER = "buyer"
    SELLER = "seller"
    MODERATOR = "moderator"
    SYSTEM = "system"


@dataclass(frozen=True, slots=True)
class Party:
    """Who moves an order; only the system has no user."""

    role: OrderRole
    user: UserId | None = None


SYSTEM = Party(OrderRole.SYSTEM)

_S, _R = OrderStatus, OrderRole
_EITHER = frozenset({_R.BUYER, _R.SELLER, _R.MODERATOR, _R.SYSTEM})
_SELLER = frozenset({_R.SELLER, _R.MODERATOR})
_PARTIES = frozenset({_R.BUYER, _R.SELLER})
_ONLY_SYSTEM = frozenset({_R.SYSTEM})

ORDER_ACTORS: Mapping[tuple[OrderStatus, OrderStatus], frozenset[OrderRole]] = {
    (_S.DRAFT, _S.PLACED): frozenset({_R.BUYER, _R.SYSTEM}),
    (_S.PLACED, _S.AWAITING_PAYMENT): _ONLY_SYSTEM,
    (_S.PLACED, _S.ASSIGNED): _SELLER,
    (_S.PLACED, _S.CANCELLED): _EITHER,
    (_S.PLACED, _S.EXPIRED): _ONLY_SYSTEM,
    (_S.AWAITING_PAYMENT, _S.PAID): _ONLY_SYSTEM,
    (_S.AWAITING_PAYMENT, _S.ASSIGNED): _SELLER,
    (_S.AWAITING_PAYMENT, _S.CANCELLED): _EITHER,
    (_S.AWAITING_PAYMENT, _S.EXPIRED): _ONLY_SYSTEM,
    (_S.PAID, _S.ASSIGNED): _SELLER,
    (_S.PAID, _S.CANCELLED): _EITHER,
    (_S.ASSIGNED, _S.IN_PROGRESS): _SELLER,
    (_S.ASSIGNED, _S.CANCELLED): _EITHER,
    (_S.IN_PROGRESS, _S.DELIVERED): _SELLER | _ONLY_SYSTEM,
    (_S.DELIVERED, _S.COMPLETED): frozenset({_R.BUYER, _R.MODERATOR, _R.SYSTEM}),
    (_S.DELIVERED, _S.CHANGES_REQUESTED): frozenset({_R.BUYER}),
    (_S.CHANGES_REQUESTED, _S.IN_PROGRESS): _SELLER,
    **{
        (status, _S.DISPUTED): _PARTIES
        for status in (_S.PAID, _S.ASSIGNED, _S.IN_PROGRESS, _S.DELIVERED, _S.CHANGES_REQUESTED, _S.COMPLETED)
    },
    **{
        (_S.DISPUTED, status): _EITHER
        for status in (
            _S.PAID, _S.ASSIGNED, _S.IN_PROGRESS, _S.DELIVERED, _S.CHANGES_REQUESTED, _S.COMPLETED, _S.CANCELLED
        )
    },
}  # fmt: skip
"""Every legal move and the roles that may make it; the database holds the same (`ordering.move_actors`)."""

ORDER_MOVES: Mapping[OrderStatus, frozenset[OrderStatus]] = {
    status: frozenset(to for source, to in ORDER_ACTORS if source is status) for status in OrderStatus
}
