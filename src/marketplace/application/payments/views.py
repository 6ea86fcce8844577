from datetime import datetime
from decimal import Decimal
from typing import Annotated, Literal, Self
from uuid import UUID

import msgspec
from msgspec import Meta

from marketplace.domain.payments.ledger import AccountKind
from marketplace.domain.payments.payment import Payment, PaymentMethod, PaymentState
from marketplace.domain.shared.ids import OrderId, PaymentId, UserId

PublicStatus = Literal["pending", "completed", "failed", "partially_refunded", "refunded"]
PUBLIC_STATUS: dict[PaymentState, PublicStatus] = {
    PaymentState.CREATED: "pending", PaymentState.REQUIRES_ACTION: "pending", PaymentState.AUTHORIZED: "pending",
    PaymentState.CAPTURED: "completed", PaymentState.FAILED: "failed", PaymentState.CANCELLED: "failed",
    PaymentState.EXPIRED: "failed", PaymentState.PARTIALLY_REFUNDED: "partially_refunded",
    PaymentState.REFUNDED: "refunded",
}  # fmt: skip


class GatewayResponse(msgspec.Struct, frozen=True):
    message: str | None


class PaymentView(msgspec.Struct, frozen=True):
    """`pending`: the gateway has not told the outcome yet; it is asked until it does, and an event follows."""

    id: PaymentId
    order_id: OrderId
    status: PublicStatus
    transaction_id: Annotated[str | None, Meta(description="The gateway's id of a successful charge.")]
    amount: Annotated[Decimal, Meta(examples=[750.00])]
    currency: Annotated[str, Meta(examples=["AED"])]
    payment_method: PaymentMethod
    gateway_response: GatewayResponse
    checkout_url: str | None
    created_at: datetime

    @classmethod
    def of(cls, payment: Payment) -> Self:
        return cls(
            id=payment.id, order_id=payment.order_id, status=PUBLIC_STATUS[payment.status],
            transaction_id=payment.reference, amount=payment.amount.decimal, currency=payment.amount.currency,
            payment_method=payment.method, gateway_response=GatewayResponse(payment.message), checkout_url=None,
            created_at=payment.created_at,
        )  # fmt: skip


class AccountBalanceView(msgspec.Struct, frozen=True):
    """A debit balance is positive, a credit balance negative."""

    account_id: UUID
    kind: AccountKind
    owner_id: UserId | None
    currency: Annotated[str, Meta(examples=["AED"])]
    balance: Annotated[Decimal, Meta(examples=[-712.50])]


class TrialBalanceView(msgspec.Struct, frozen=True):
    """`balanced`: the accounts of each currency sum to zero and agree with their entries."""

    accounts: list[AccountBalanceView]
    totals: dict[str, Decimal]
    balanced: bool
