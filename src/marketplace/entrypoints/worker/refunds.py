"""What follows from refunds and chargebacks: who is told, what is escalated, and the alarm for money that is stuck."""

from typing import Any
from uuid import UUID

import structlog
from dishka import AsyncContainer

from marketplace.application.notifications.deliver import DeliverNotices
from marketplace.application.payments.refund_requests import ESCALATE_REFUND, EscalateRefundRequest
from marketplace.application.payments.refunds import ReturnLateMoney
from marketplace.application.shared.user_events import Notice
from marketplace.domain.payments.payment import ChargebackMoved, PaymentCameLate
from marketplace.domain.payments.refund import (
    LateMoneyReturned,
    RefundEscalated,
    RefundEvent,
    RefundFailed,
    RefundRejected,
    RefundRequested,
    RefundSucceeded,
    RefundWithdrawn,
)
from marketplace.domain.shared.ids import RefundId
from marketplace.entrypoints.worker import metrics
from marketplace.entrypoints.worker.registry import Handlers

log = structlog.get_logger()

TOLD: dict[type[RefundEvent], str] = {
    RefundRequested: "refund_requested", RefundRejected: "refund_rejected", RefundWithdrawn: "refund_withdrawn",
    RefundEscalated: "refund_escalated", RefundSucceeded: "payment_refunded", LateMoneyReturned: "payment_refunded",
}  # fmt: skip
"""Payer and payee hear of each, but of money that came late the payer only."""


def subscribe(handlers: Handlers) -> None:
    for kind, notice in TOLD.items():
        _tell(handlers, kind, notice)

    @handlers.timer(ESCALATE_REFUND)
    async def escalate(scope: AsyncContainer, refund_id: UUID) -> None:
        await (await scope.get(EscalateRefundRequest))(RefundId(refund_id))

    @handlers.on(PaymentCameLate, "payments.payment_came_late")
    async def return_late_money(scope: AsyncContainer, event: PaymentCameLate) -> None:
        await (await scope.get(ReturnLateMoney))(event.payment_id)

    @handlers.on(RefundFailed, "payments.refund_failed")
    async def raise_alarm(scope: AsyncContainer, event: RefundFailed) -> None:
        """It stays set aside: POST /api/v1/refunds/{id}/retry after the cause was mended."""
        metrics.REFUNDS_FAILED.inc()
        log.error("refund_failed", refund_id=event.refund_id, payment_id=event.payment_id)

    @handlers.on(ChargebackMoved, "notifications.chargeback_moved")
    async def tell_of_chargeback(scope: AsyncContainer, event: ChargebackMoved) -> None:
        payload = {
            "payment_id": event.payment_id, f"{event.cause.kind}_id": event.cause.id, "status": event.stage,
            "amount": event.amount.decimal, "currency": event.amount.currency,
        }  # fmt: skip
        await (await scope.get(DeliverNotices))([Notice(event.payee, "payment_chargeback", payload)])


def _tell(handlers: Handlers, kind: type[RefundEvent], notice: str) -> None:
    @handlers.on(kind, f"notifications.{kind.name.split('.')[1]}")
    async def tell(scope: AsyncContainer, event: RefundEvent) -> None:
        told = [event.payer] if isinstance(event, LateMoneyReturned) else dict.fromkeys((event.payer, event.payee))
        await (await scope.get(DeliverNotices))([Notice(one, notice, _payload(event)) for one in told])


def _payload(event: RefundEvent) -> dict[str, Any]:
    return {
        "id": event.refund_id, "payment_id": event.payment_id, f"{event.cause.kind}_id": event.cause.id,
        "amount": event.amount.decimal, "currency": event.amount.currency,
    }  # fmt: skip
