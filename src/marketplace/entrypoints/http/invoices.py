"""Invoices and credit notes, as data or as PDF."""

from enum import StrEnum
from typing import Annotated, Any

from dishka.integrations.litestar import FromDishka, inject
from litestar import Controller, Response, get
from litestar.params import FromPath, QueryParameter

from marketplace.application.invoicing.ports import Documents, InvoiceQueries
from marketplace.application.invoicing.views import CreditNoteView, InvoiceView
from marketplace.application.shared.actor import Actor
from marketplace.application.shared.caller import Caller
from marketplace.domain.invoicing.invoice import CreditNoteId
from marketplace.domain.shared.ids import OrderId
from marketplace.entrypoints.http.identity import BEARER
from marketplace.entrypoints.http.messages import ApiRequest, ApiResponse, Success
from marketplace.entrypoints.http.provenance import PRIVATE

PDF = "application/pdf"
JSON_OR_PDF = ["application/json", PDF]


class PaperFormat(StrEnum):
    JSON = "json"
    PDF = "pdf"


Wanted = Annotated[
    PaperFormat | None,
    QueryParameter(description="What `Accept` says, or JSON, unless it is given here."),
]


class InvoicesController(Controller):
    path = "/api/v1/orders/{order_id:uuid}"
    tags = ("Orders",)
    security = BEARER
    cache_control = PRIVATE

    @get(
        "/invoice",
        summary="Read the invoice of an order",
        opt={"media_types": JSON_OR_PDF, "answers": (Success[InvoiceView],)},
    )
    @inject
    async def invoice(
        self, order_id: FromPath[OrderId], request: ApiRequest, caller: FromDishka[Caller], actor: FromDishka[Actor],
        invoices: FromDishka[InvoiceQueries], documents: FromDishka[Documents], format: Wanted = None,
    ) -> Any:  # fmt: skip
        """For buyer and seller, from some moments after the payment on, and never changed: refunds are credit notes.
        As PDF it is in the language of `Accept-Language`: en, ru, uz, ar or hi."""
        invoice = await invoices.invoice(actor, order_id)
        if is_pdf(request, format):
            return attached(invoice.number, await documents.invoice(invoice, caller.language))
        return Success(invoice)

    @get(
        "/credit-notes/{credit_note_id:uuid}",
        summary="Read a credit note of an order",
        opt={"media_types": JSON_OR_PDF, "answers": (Success[CreditNoteView],)},
    )
    @inject
    async def credit_note(
        self, order_id: FromPath[OrderId], credit_note_id: FromPath[CreditNoteId], request: ApiRequest,
        caller: FromDishka[Caller], actor: FromDishka[Actor], invoices: FromDishka[InvoiceQueries],
        documents: FromDishka[Documents], format: Wanted = None,
    ) -> Any:  # fmt: skip
        """For buyer and seller, from some moments after the refund on. The invoice names those that there are."""
        note = await invoices.credit_note(actor, order_id, credit_note_id)
        if is_pdf(request, format):
            return attached(note.number, await documents.credit_note(note, caller.language))
        return Success(note)


def is_pdf(request: ApiRequest, wanted: PaperFormat | None) -> bool:
    if wanted is not None:
        return wanted is PaperFormat.PDF
    best: str | None = request.accept.best_match(JSON_OR_PDF)
    return best == PDF


def attached(number: str, pdf: bytes) -> Response[bytes]:
    return ApiResponse(pdf, media_type=PDF, headers={"content-disposition": f'attachment; filename="{number}.pdf"'})
