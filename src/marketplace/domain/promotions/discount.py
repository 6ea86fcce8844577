"""What a promo code takes off a purchase, spread over its lines, and why it may take off nothing."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import NewType
from uuid import UUID

from marketplace.domain.shared.errors import Conflict, Invalid
from marketplace.domain.shared.ids import UserId
from marketplace.domain.shared.money import Money, sum_of

PromoCodeId = NewType("PromoCodeId", UUID)


class PromoCodeUnknown(Invalid):
    """One answer for what is unknown, not active, not begun or of another seller: nobody learns which codes exist."""

    code = "promo_code_unknown"

    def __init__(self) -> None:
        super().__init__("no such promo code")


class PromoCodeExpired(Invalid):
    code = "promo_code_expired"


class PromoCodeUsedUp(Invalid):
    code = "promo_code_used_up"


class PromoCodeMinimum(Invalid):
    code = "promo_code_minimum"


class PromoCodeNotForThis(Invalid):
    code = "promo_code_not_for_this"


class PromoCodeApplied(Conflict):
    """Another code takes something off this purchase already."""

    code = "promo_code_applied"


class PromoBearer(StrEnum):
    """Who pays for the discount."""

    PLATFORM = "platform"
    SELLER = "seller"


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One thing to be bought. `categories`: its own and those above it; both empty for what is not a listing."""

    seller: UserId
    amount: Money
    channel: str | None = None
    categories: frozenset[str] = field(default_factory=frozenset)
    listing: UUID | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Discount:
    """`by_line` adds up to `amount`, in the order of the lines; none is above what its line costs."""

    code_id: PromoCodeId
    bearer: PromoBearer
    amount: Money
    by_line: tuple[Money, ...]


def spread(discount: Money, over: Sequence[Money]) -> tuple[Money, ...]:
    """In proportion, the minor units that are left to those with the largest remainders.

    The discount is at most the sum of what it is spread over, so no share is above its amount.
    """
    whole = sum_of(over).minor
    exact = [divmod(discount.minor * one.minor, whole) for one in over]
    shares = [share for share, _ in exact]
    by_remainder = sorted(range(len(exact)), key=lambda place: -exact[place][1])
    for place in by_remainder[: discount.minor - sum(shares)]:
        shares[place] += 1
    return tuple(Money(share, discount.currency) for share in shares)
