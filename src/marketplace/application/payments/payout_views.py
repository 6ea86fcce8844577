from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Literal, Self

import msgspec
from msgspec import Meta

from marketplace.domain.payments.payout import HoldReason, Payout, PayoutStatus
from marketplace.domain.payments.payout_account import PayoutAccount, PayoutAccountKind
from marketplace.domain.payments.payout_schedule import Interval, PayoutSchedule
from marketplace.domain.shared.ids import PayoutAccountId, PayoutId, UserId

Step = Literal["day", "week", "month"]
Sum = Annotated[Decimal, Meta(examples=[712.50])]
Currency = Annotated[str, Meta(examples=["AED"])]


class PayoutView(msgspec.Struct, frozen=True):
    """`held_for` says why somebody looks at it first. `message` is the provider's, or why it came back."""

    id: PayoutId
    seller_id: UserId
    account_id: PayoutAccountId
    amount: Sum
    currency: Currency
    status: PayoutStatus
    held_for: HoldReason | None
    is_scheduled: bool
    reference: Annotated[str | None, Meta(description="The provider's id of it.")]
    message: str | None
    created_at: datetime

    @classmethod
    def of(cls, payout: Payout) -> Self:
        return cls(
            id=payout.id, seller_id=payout.seller, account_id=payout.account_id, amount=payout.amount.decimal,
            currency=payout.amount.currency, status=payout.status, held_for=payout.held_for,
            is_scheduled=payout.requested_by is None, reference=payout.reference, message=payout.message,
            created_at=payout.created_at,
        )  # fmt: skip


class PayoutAccountView(msgspec.Struct, frozen=True):
    id: PayoutAccountId
    kind: PayoutAccountKind
    holder: Annotated[str, Meta(examples=["Amina Haddad"])]
    masked: Annotated[str, Meta(description="The last four signs.", examples=["…3456"])]
    is_default: bool
    usable_from: Annotated[datetime, Meta(description="Nothing is paid to it before.")]
    created_at: datetime

    @classmethod
    def of(cls, account: PayoutAccount) -> Self:
        return cls(
            id=account.id, kind=account.kind, holder=account.holder, masked=account.masked,
            is_default=account.is_default, usable_from=account.usable_from, created_at=account.created_at,
        )  # fmt: skip


class PayoutScheduleView(msgspec.Struct, frozen=True):
    currency: Currency
    interval: Interval
    day: Annotated[int, Meta(examples=[1])]
    minimum: Sum
    next_at: datetime | None

    @classmethod
    def of(cls, schedule: PayoutSchedule) -> Self:
        return cls(
            currency=schedule.minimum.currency, interval=schedule.interval, day=schedule.day,
            minimum=schedule.minimum.decimal, next_at=schedule.next_at,
        )  # fmt: skip


class BalanceView(msgspec.Struct, frozen=True):
    """`pending` is held until its orders are settled, `available` may be paid out, `in_transit` is on its way, `owed`
    is what the seller owes: refunds after a payout. `available` is what is left of the settled earnings after it."""

    currency: Currency
    pending: Sum
    available: Sum
    in_transit: Sum
    owed: Sum


class Earnings(msgspec.Struct, frozen=True):
    """`gross` less `refunds` less `platform_fee` is `net_revenue`; refunds bring their part of the fee back."""

    gross: Sum
    platform_fee: Sum
    refunds: Sum
    net_revenue: Sum
    orders: int
    average_order: Sum


class EarningsOfPeriod(Earnings, frozen=True):
    since: Annotated[date, Meta(description="Its first day.", examples=["2026-11-21"])]


class EarningsView(msgspec.Struct, frozen=True):
    """Of one currency. Periods without any movement are left out."""

    currency: Currency
    totals: Earnings
    periods: list[EarningsOfPeriod]
