from datetime import datetime
from decimal import Decimal
from typing import Annotated, Literal, Self

import msgspec
from msgspec import Meta

from marketplace.domain.payments.chargeback import ChargebackStage
from marketplace.domain.payments.payment import Cause, CauseKind, Payment, PaymentMethod, PaymentState
from marketplace.domain.payments.refund import Refund, RefundStatus
from marketplace.domain.shared.ids import OrderId, PaymentId, RefundId, UserId

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
    """`pending`: the gateway has not told the outcome yet; it is asked until it does, and an event follows. With a
    `checkout_url` it waits for the payer to act there. `order_id` is null where `purpose` is no order."""

    id: PaymentId
    purpose: CauseKind
    order_id: OrderId | None
    status: PublicStatus
    transaction_id: Annotated[str | None, Meta(description="The gateway's id of a successful charge.")]
    amount: Annotated[Decimal, Meta(examples=[750.00])]
    currency: Annotated[str, Meta(examples=["AED"])]
    payment_method: PaymentMethod
    gateway_response: GatewayResponse
    checkout_url: str | None
    refunded: Annotated[Decimal, Meta(examples=[0.00])]
    created_at: datetime

    @classmethod
    def of(cls, payment: Payment) -> Self:
        return cls(
            id=payment.id, purpose=payment.cause.kind,
            order_id=_order_of(payment.cause),
            status=PUBLIC_STATUS[payment.status],
            transaction_id=payment.reference, amount=payment.amount.decimal, currency=payment.amount.currency,
            payment_method=payment.method, gateway_response=GatewayResponse(payment.message),
            checkout_url=payment.checkout_url if payment.in_flight else None, refunded=payment.refunded.decimal,
            created_at=payment.created_at,
        )  # fmt: skip


class ChargebackView(msgspec.Struct, frozen=True):
    """`withdrawn`: what the payer's bank holds of the payment now."""

    id: PaymentId
    order_id: OrderId | None
    payer_id: UserId
    payee_id: UserId
    stage: ChargebackStage
    amount: Annotated[Decimal, Meta(examples=[750.00])]
    currency: Annotated[str, Meta(examples=["AED"])]
    withdrawn: Annotated[Decimal, Meta(examples=[750.00])]
    refunded: Annotated[Decimal, Meta(examples=[0.00])]

    @classmethod
    def of(cls, payment: Payment) -> Self:
        return cls(
            id=payment.id, order_id=_order_of(payment.cause), payer_id=payment.payer, payee_id=payment.payee,
            stage=payment.chargeback, amount=payment.amount.decimal, currency=payment.amount.currency,
            withdrawn=payment.withdrawn.decimal, refunded=payment.refunded.decimal,
        )  # fmt: skip


class RefundDetails(msgspec.Struct, frozen=True):
    """`fee_returned`: what the platform gives back of its fee with it, null until it is approved. `escalated_at`: when
    the seller's time to answer a request was over. `requested_by` is null for what the service does by itself."""

    id: RefundId
    payment_id: PaymentId
    order_id: OrderId | None
    payer_id: UserId
    payee_id: UserId
    amount: Annotated[Decimal, Meta(examples=[300.00])]
    currency: Annotated[str, Meta(examples=["AED"])]
    fee_returned: Annotated[Decimal | None, Meta(examples=[15.00])]
    reason: Annotated[str, Meta(examples=["Arrived broken"])]
    status: RefundStatus
    requested_by: UserId | None
    answer: str | None
    escalated_at: datetime | None
    created_at: datetime

    @classmethod
    def of(cls, refund: Refund) -> Self:
        return cls(
            id=refund.id, payment_id=refund.payment_id, order_id=_order_of(refund.cause), payer_id=refund.payer,
            payee_id=refund.payee, amount=refund.amount.decimal, currency=refund.amount.currency,
            fee_returned=refund.reversal.fee.decimal if refund.reversal else None, reason=refund.reason,
            status=refund.status, requested_by=refund.requested_by, answer=refund.answer,
            escalated_at=refund.escalated_at, created_at=refund.created_at,
        )  # fmt: skip


class RefundView(msgspec.Struct, frozen=True):
    """`status` is that of the payment after it."""

    status: PublicStatus
    payment: PaymentView
    refund: RefundDetails

    @classmethod
    def of(cls, refund: Refund, payment: Payment) -> Self:
        return cls(PUBLIC_STATUS[payment.status], PaymentView.of(payment), RefundDetails.of(refund))


def _order_of(cause: Cause) -> OrderId | None:
    return OrderId(cause.id) if cause.kind is CauseKind.ORDER else None
