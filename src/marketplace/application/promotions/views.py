from datetime import datetime
from decimal import Decimal
from typing import Annotated, Self
from uuid import UUID

import msgspec
from msgspec import Meta

from marketplace.domain.promotions.discount import PromoBearer, PromoCodeId
from marketplace.domain.promotions.promo_code import PromoChannel, PromoCode, PromoKind
from marketplace.domain.shared.ids import UserId
from marketplace.domain.shared.money import Money


class PromoCodeView(msgspec.Struct, frozen=True):
    """`owner_id`: whose listings it is for; null: a code of the platform. `remaining`: null without a cap."""

    id: PromoCodeId
    code: Annotated[str, Meta(examples=["SUMMER-15"])]
    owner_id: UserId | None
    bearer: PromoBearer
    kind: PromoKind
    basis_points: Annotated[int | None, Meta(examples=[1500])]
    amount: Annotated[Decimal | None, Meta(examples=[50.00])]
    maximum_discount: Annotated[Decimal | None, Meta(examples=[200.00])]
    minimum_amount: Annotated[Decimal | None, Meta(examples=[100.00])]
    currency: Annotated[str | None, Meta(examples=["AED"])]
    first_order_only: bool
    channels: list[PromoChannel]
    categories: Annotated[list[str], Meta(examples=[["electronics"]])]
    product_ids: list[UUID]
    cap: Annotated[int | None, Meta(examples=[100])]
    per_customer: Annotated[int, Meta(examples=[1])]
    used: Annotated[int, Meta(description="Reserved by orders that wait for payment, or redeemed.", examples=[12])]
    remaining: Annotated[int | None, Meta(examples=[88])]
    starts_at: datetime
    ends_at: datetime | None
    is_active: bool
    created_at: datetime

    @classmethod
    def of(cls, code: PromoCode) -> Self:
        return cls(
            id=code.id, code=code.code, owner_id=code.owner, bearer=code.bearer, kind=code.kind,
            basis_points=code.basis_points, amount=_decimal(code.amount),
            maximum_discount=_decimal(code.maximum),
            minimum_amount=_decimal(code.minimum), currency=code.currency,
            first_order_only=code.first_order_only, channels=sorted(code.channels), categories=sorted(code.categories),
            product_ids=sorted(code.listings), cap=code.cap, per_customer=code.per_customer, used=code.used,
            remaining=code.remaining, starts_at=code.starts_at, ends_at=code.ends_at, is_active=code.is_active,
            created_at=code.created_at,
        )  # fmt: skip


def _decimal(amount: Money | None) -> Decimal | None:
    return None if amount is None else amount.decimal


class LineDiscountView(msgspec.Struct, frozen=True):
    product_id: UUID
    discount: Annotated[Decimal, Meta(examples=[127.50])]


class ValidPromoCodeView(msgspec.Struct, frozen=True):
    """`total` is `amount` less `discount`; `lines` as the products were named."""

    valid: bool
    code: Annotated[str, Meta(examples=["SUMMER-15"])]
    amount: Annotated[Decimal, Meta(examples=[850.00])]
    discount: Annotated[Decimal, Meta(examples=[127.50])]
    total: Annotated[Decimal, Meta(examples=[722.50])]
    currency: Annotated[str, Meta(examples=["AED"])]
    lines: list[LineDiscountView]
