from collections.abc import Sequence
from typing import Protocol

from marketplace.application.invoicing.views import CreditNoteView, InvoiceView
from marketplace.application.shared.actor import Actor
from marketplace.domain.invoicing.invoice import CreditNote, CreditNoteId, Invoice, Sale, Series
from marketplace.domain.shared.ids import OrderId, UserId


class Sales(Protocol):
    """Asked of ordering, and of those who know what was sold and who people are."""

    async def of(self, order_id: OrderId) -> Sale:
        """With names and titles as they are now; raises SaleNotFound."""
        ...


class Invoices(Protocol):
    """Invoices and credit notes of every seller, inside the running transaction."""

    async def series(self, seller: UserId) -> Series:
        """Locked until the transaction ends: one at a time writes papers of a seller."""
        ...

    async def save(self, series: Series) -> None: ...

    async def of_order(self, order_id: OrderId) -> Invoice | None: ...

    async def add(self, invoice: Invoice) -> None: ...

    async def credited(self, invoice: Invoice) -> Sequence[CreditNote]:
        """Its credit notes, the first one first."""
        ...

    async def add_credit_note(self, invoice: Invoice, note: CreditNote) -> None: ...


class InvoiceQueries(Protocol):
    """Reads for buyer and seller; to others there is no such order."""

    async def invoice(self, actor: Actor, order_id: OrderId) -> InvoiceView:
        """Raises InvoiceNotFound, or InvoiceNotIssued before the order is paid."""
        ...

    async def credit_note(self, actor: Actor, order_id: OrderId, note_id: CreditNoteId) -> CreditNoteView:
        """Raises CreditNoteNotFound."""
        ...


class Documents(Protocol):
    """Papers as PDF, in the language closest to a tag. The same paper in the same language gives the same bytes."""

    async def invoice(self, invoice: InvoiceView, language: str) -> bytes: ...

    async def credit_note(self, note: CreditNoteView, language: str) -> bytes: ...
