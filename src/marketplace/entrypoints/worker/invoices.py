"""Papers that follow from money."""

from dishka import AsyncContainer

from marketplace.application.invoicing.invoices import IssueCreditNote, IssueInvoice
from marketplace.domain.ordering.events import OrderPaid
from marketplace.domain.payments.payment import CauseKind
from marketplace.domain.payments.refund import RefundSucceeded
from marketplace.domain.shared.ids import OrderId
from marketplace.entrypoints.worker.registry import Handlers


def subscribe(handlers: Handlers) -> None:
    @handlers.on(OrderPaid, "invoicing.order_paid")
    async def issue_invoice(scope: AsyncContainer, event: OrderPaid) -> None:
        await (await scope.get(IssueInvoice))(event.order_id)

    @handlers.on(RefundSucceeded, "invoicing.refund_succeeded")
    async def issue_credit_note(scope: AsyncContainer, event: RefundSucceeded) -> None:
        if event.cause.kind is CauseKind.ORDER:
            issue = await scope.get(IssueCreditNote)
            await issue(OrderId(event.cause.id), event.refund_id, event.amount)
