from datetime import datetime
from decimal import Decimal
from typing import Annotated, Literal, Self

import msgspec
from msgspec import Meta

from marketplace.application.ordering.fee_words import explanation
from marketplace.domain.ordering.fees import DEFAULTS, FeeLine, FeeSchedule, FeeScheduleId
from marketplace.domain.shared.ids import UserId
from marketplace.domain.shared.money import decimal_of

Rule = Annotated[str, Meta(examples=["community_500bp"])]
BasisPoints = Annotated[int, Meta(description="Ten-thousandths of `base`.", examples=[500])]
Fixed = Annotated[Decimal, Meta(description="Added to the share.", examples=[0])]
Base = Annotated[Decimal, Meta(description="What the line costs.", examples=[750.00])]
Explanation = Annotated[
    str,
    Meta(
        description="In the language of `Accept-Language`.",
        examples=["5 % of 750.00 AED, rounded half up = 37.50 AED"],
    ),
]


class FeeScheduleView(msgspec.Struct, frozen=True, kw_only=True):
    """A channel, category, seller or currency that is null: any. Amounts are of each line of a sale."""

    id: FeeScheduleId
    rule: Rule
    channel: Annotated[str | None, Meta(examples=["community"])]
    category: Annotated[str | None, Meta(examples=["cameras"])]
    seller_id: UserId | None
    basis_points: BasisPoints
    fixed: Annotated[Decimal | None, Meta(examples=[1.00])]
    minimum: Annotated[Decimal | None, Meta(examples=[2.00])]
    maximum: Annotated[Decimal | None, Meta(examples=[500.00])]
    currency: Annotated[str | None, Meta(examples=["AED"])]
    starts_at: datetime
    ends_at: datetime | None
    note: Annotated[str, Meta(examples=["Autumn campaign"])]
    is_default: Annotated[bool, Meta(description="It never ends; newer schedules of its channel go before it.")]

    @classmethod
    def of(cls, schedule: FeeSchedule) -> Self:
        def decimal(minor: int | None) -> Decimal | None:
            return None if minor is None or schedule.currency is None else decimal_of(minor, schedule.currency)

        return cls(
            id=schedule.id, rule=schedule.rule, channel=schedule.channel, category=schedule.category,
            seller_id=schedule.seller, basis_points=schedule.basis_points, fixed=decimal(schedule.fixed),
            minimum=decimal(schedule.minimum), maximum=decimal(schedule.maximum), currency=schedule.currency,
            starts_at=schedule.starts_at, ends_at=schedule.ends_at, note=schedule.note,
            is_default=schedule.id in DEFAULTS,
        )  # fmt: skip


class UsedSchedule(msgspec.Struct, frozen=True):
    id: FeeScheduleId
    note: Annotated[str, Meta(examples=["Autumn campaign"])]


class FeePreview(msgspec.Struct, frozen=True, kw_only=True):
    """The fee of a sale at this moment; `payout` is what the seller gets."""

    fee: Annotated[Decimal, Meta(examples=[37.50])]
    payout: Annotated[Decimal, Meta(examples=[712.50])]
    currency: Annotated[str, Meta(examples=["AED"])]
    rule: Rule
    basis_points: BasisPoints
    fixed: Fixed
    base: Base
    explanation: Explanation

    @classmethod
    def of(cls, fee: FeeLine, language: str) -> Self:
        return cls(
            fee=fee.amount.decimal, payout=(fee.base - fee.amount).decimal, currency=fee.base.currency, rule=fee.rule,
            basis_points=fee.basis_points, fixed=fee.fixed.decimal, base=fee.base.decimal,
            explanation=explanation(fee, language),
        )  # fmt: skip


class OrderFeeView(msgspec.Struct, frozen=True, kw_only=True):
    """Why this fee: `base` x `basis_points` / 10,000, rounded, + `fixed`, within the bounds of the schedule.

    Frozen at the sale: what becomes of the schedule changes nothing here.
    """

    line: Annotated[int, Meta(description="Of the order's lines, from 1.", examples=[1])]
    schedule: UsedSchedule
    rule: Rule
    basis_points: BasisPoints
    fixed: Fixed
    base: Base
    rounding: Literal["half_up"] = "half_up"
    amount: Annotated[Decimal, Meta(examples=[37.50])]
    currency: Annotated[str, Meta(examples=["AED"])]
    explanation: Explanation

    @classmethod
    def of(cls, line: int, fee: FeeLine, note: str, language: str) -> Self:
        return cls(
            line=line, schedule=UsedSchedule(fee.schedule, note), rule=fee.rule, basis_points=fee.basis_points,
            fixed=fee.fixed.decimal, base=fee.base.decimal, amount=fee.amount.decimal, currency=fee.base.currency,
            explanation=explanation(fee, language),
        )  # fmt: skip
