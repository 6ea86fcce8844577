"""Papers that follow from money."""

from dishka import AsyncContainer

from marketplace.application.invoicing.invoices import IssueInvoice
from marketplace.domain.ordering.order import OrderPaid
from marketplace.entrypoints.worker.registry import Handlers


def subscribe(handlers: Handlers) -> None:
    @handlers.on(OrderPaid, "invoicing.order_paid")
    async def issue_invoice(scope: AsyncContainer, event: OrderPaid) -> None:
        await (await scope.get(IssueInvoice))(event.order_id)
