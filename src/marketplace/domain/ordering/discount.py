"""What a promo code takes off an order."""

from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID

from marketplace.domain.shared.errors import Conflict, Invalid
from marketplace.domain.shared.money import Money


class OrderDiscounted(Conflict):
    """Another promo code takes something off it."""

    code = "order_discounted"


class NothingToPay(Invalid):
    code = "nothing_to_pay"


class Bearer(StrEnum):
    """Who bears the cost of a promo code."""

    PLATFORM = "platform"
    SELLER = "seller"


@dataclass(frozen=True, slots=True, kw_only=True)
class Discount:
    """What a promo code takes off the whole order."""

    code_id: UUID
    amount: Money
    bearer: Bearer
