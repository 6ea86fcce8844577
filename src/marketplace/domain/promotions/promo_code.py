"""A promo code: what it takes off, of which purchases, and how often."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, ClassVar
from uuid import UUID

from marketplace.domain.promotions.discount import (
    Discount,
    Line,
    PromoBearer,
    PromoCodeExpired,
    PromoCodeId,
    PromoCodeMinimum,
    PromoCodeNotForThis,
    PromoCodeUnknown,
    PromoCodeUsedUp,
    spread,
)
from marketplace.domain.shared.aggregate import Aggregate, DomainEvent
from marketplace.domain.shared.errors import Conflict, Invalid, NotFound
from marketplace.domain.shared.ids import UserId
from marketplace.domain.shared.money import Money, sum_of

MOST_CATEGORIES = 20
MOST_LISTINGS = 100
LARGEST_CAP = 1_000_000_000

_CODE = re.compile(r"[A-Z0-9-]{3,32}")
_TERMS = {
    "basis_points",
    "amount",
    "maximum",
    "minimum",
    "first_order_only",
    "channels",
    "categories",
    "listings",
}
"""What stands once somebody has used the code."""


class PromoCodeNotFound(NotFound):
    code = "promo_code_not_found"

    def __init__(self) -> None:
        super().__init__("no such promo code")


class PromoCodeTaken(Conflict):
    code = "promo_code_taken"


class PromoCodeInUse(Conflict):
    code = "promo_code_in_use"


class InvalidPromoCode(Invalid):
    code = "invalid_promo_code"


class PromoKind(StrEnum):
    PERCENTAGE = "percentage"
    AMOUNT = "amount"


class PromoChannel(StrEnum):
    COMMUNITY = "community"
    DISCOVER = "discover"
    SERVICES = "services"
    DESK = "desk"


@dataclass(frozen=True, slots=True, kw_only=True)
class PromoCodeEvent(DomainEvent):
    code_id: PromoCodeId
    owner: UserId | None
    bearer: PromoBearer
    is_active: bool
    by: UserId


@dataclass(frozen=True, slots=True, kw_only=True)
class PromoCodeCreated(PromoCodeEvent):
    name: ClassVar[str] = "promotions.promo_code_created.v1"


@dataclass(frozen=True, slots=True, kw_only=True)
class PromoCodeChanged(PromoCodeEvent):
    name: ClassVar[str] = "promotions.promo_code_changed.v1"


def plain_code(text: str) -> str:
    """As it is stored and compared: capital letters, no white space around it."""
    return text.strip().upper()


@dataclass(slots=True, kw_only=True, eq=False)
class PromoCode(Aggregate):
    """Takes off either `basis_points` of the price, at most `maximum`, or `amount`.

    `owner`: the seller of what it is for; None: the platform, for what anybody sells. Of empty `channels`, `categories`
    and `listings` any will do. `cap` counts the uses of all, `per_customer` those of each.
    """

    id: PromoCodeId
    code: str
    owner: UserId | None
    bearer: PromoBearer
    basis_points: int | None = None
    amount: Money | None = None
    maximum: Money | None = None
    minimum: Money | None = None
    first_order_only: bool = False
    channels: frozenset[PromoChannel] = field(default_factory=frozenset)
    categories: frozenset[str] = field(default_factory=frozenset)
    listings: frozenset[UUID] = field(default_factory=frozenset)
    cap: int | None = None
    per_customer: int = 1
    starts_at: datetime
    ends_at: datetime | None = None
    is_active: bool = True
    used: int = 0
    created_at: datetime

    def __post_init__(self) -> None:
        if not _CODE.fullmatch(self.code):
            raise InvalidPromoCode("has 3 to 32 letters A to Z, digits and hyphens", field="code")
        if self.owner is not None and self.bearer is not PromoBearer.SELLER:
            raise InvalidPromoCode("a seller's own code is paid by that seller", field="bearer")
        self._check_value()
        self._check_bounds()

    def _check_value(self) -> None:
        if (self.basis_points is None) == (self.amount is None):
            raise InvalidPromoCode("say basis_points or an amount, one of them", field="amount")
        if self.basis_points is not None and not 1 <= self.basis_points <= 10_000:
            raise InvalidPromoCode("is between 1 and 10000", field="basis_points")
        if self.amount is not None and self.maximum is not None:
            raise InvalidPromoCode("is for a percentage only", field="maximum_discount")
        if len({one.currency for one in self._amounts}) > 1:
            raise InvalidPromoCode("all amounts of a code are in one currency", field="currency")

    def _check_bounds(self) -> None:
        if self.cap is not None and not max(1, self.used) <= self.cap <= LARGEST_CAP:
            raise InvalidPromoCode(
                f"is at least {max(1, self.used)}, what is used, and at most {LARGEST_CAP}", field="cap"
            )
        if not 1 <= self.per_customer <= LARGEST_CAP:
            raise InvalidPromoCode(f"is between 1 and {LARGEST_CAP}", field="per_customer")
        if self.ends_at is not None and self.ends_at <= self.starts_at:
            raise InvalidPromoCode("is after starts_at", field="ends_at")
        if len(self.categories) > MOST_CATEGORIES:
            raise InvalidPromoCode(f"at most {MOST_CATEGORIES}", field="categories")
        if len(self.listings) > MOST_LISTINGS:
            raise InvalidPromoCode(f"at most {MOST_LISTINGS}", field="product_ids")

    @property
    def _amounts(self) -> list[Money]:
        return [one for one in (self.amount, self.maximum, self.minimum) if one is not None]

    @property
    def kind(self) -> PromoKind:
        return PromoKind.PERCENTAGE if self.amount is None else PromoKind.AMOUNT

    @property
    def currency(self) -> str | None:
        """Of its amounts; None: it is for any."""
        return next((one.currency for one in self._amounts), None)

    @property
    def remaining(self) -> int | None:
        """None: no end."""
        return None if self.cap is None else self.cap - self.used

    def record_creation(self, by: UserId) -> None:
        self._record(PromoCodeCreated(**self._facts(by, self.created_at)))

    def revise(self, by: UserId, now: datetime, **changes: Any) -> None:
        """`changes` by the names of the fields; of one that is used only caps, dates and whether it is active."""
        if self.used and (fixed := sorted(_TERMS & changes.keys())):
            raise PromoCodeInUse(f"it is used: make another code to change its {' and '.join(fixed)}", code_id=self.id)
        for name, value in changes.items():
            setattr(self, name, value)
        self.__post_init__()
        self._record(PromoCodeChanged(**self._facts(by, now)))

    def discount_on(self, lines: Sequence[Line], now: datetime, *, is_first_order: bool) -> Discount:
        """Raises why there is none. Whether this customer has used it too often is not known here."""
        offered = [line for line in lines if self.owner in {None, line.seller}]
        if not (offered and self.is_active and self.starts_at <= now):
            raise PromoCodeUnknown
        if self.ends_at is not None and self.ends_at <= now:
            raise PromoCodeExpired("this promo code has expired")
        covered = self._covered(lines)
        base = sum_of(covered)
        if not base.minor or self.currency not in {None, base.currency}:
            raise PromoCodeNotForThis("this promo code is not for this purchase")
        if self.first_order_only and not is_first_order:
            raise PromoCodeNotForThis("this promo code is for a first order only")
        if self.minimum is not None and self.minimum > sum_of([line.amount for line in offered]):
            raise PromoCodeMinimum(f"this promo code is for {self.minimum.decimal} {self.currency} and more")
        if self.remaining == 0:
            raise PromoCodeUsedUp("this promo code is used up")
        amount = self._off(base)
        if not amount.minor:
            raise PromoCodeMinimum("this is too little to take anything off")
        return self.discount_of(amount, lines)

    def discount_of(self, amount: Money, lines: Sequence[Line]) -> Discount:
        """What was granted on these lines before."""
        return Discount(
            code_id=self.id, bearer=self.bearer, amount=amount, by_line=spread(amount, self._covered(lines))
        )  # fmt: skip

    def _covered(self, lines: Sequence[Line]) -> list[Money]:
        """What of each line it is for: all or nothing."""
        return [line.amount.times(self._covers(line)) for line in lines]

    def _covers(self, line: Line) -> bool:
        return (
            self.owner in {None, line.seller}
            and (not self.channels or line.channel in self.channels)
            and (not self.categories or not self.categories.isdisjoint(line.categories))
            and (not self.listings or line.listing in self.listings)
        )

    def _off(self, base: Money) -> Money:
        most = [one for one in (self.amount, self.maximum, base) if one is not None]
        if self.basis_points is not None:
            most.append(base.share(self.basis_points))
        return min(most, key=lambda one: one.minor)

    def _facts(self, by: UserId, now: datetime) -> dict[str, Any]:
        return {
            "occurred_at": now, "code_id": self.id, "owner": self.owner, "bearer": self.bearer,
            "is_active": self.is_active, "by": by,
        }  # fmt: skip
