"""Invoices and credit notes."""

from dishka import Provider, Scope, provide, provide_all

from marketplace.adapters.bridges.invoicing_asks_ordering import SalesOfOrdering
from marketplace.adapters.documents.invoices import PdfDocuments
from marketplace.adapters.sql.invoicing.invoices import SqlInvoices
from marketplace.adapters.sql.invoicing.queries import SqlInvoiceQueries
from marketplace.application.invoicing.invoices import IssueCreditNote, IssueInvoice
from marketplace.application.invoicing.ports import Documents, InvoiceQueries, Invoices, Sales


class InvoicingProvider(Provider):
    scope = Scope.REQUEST

    sales = provide(SalesOfOrdering, provides=Sales)
    invoices = provide(SqlInvoices, provides=Invoices)
    queries = provide(SqlInvoiceQueries, provides=InvoiceQueries, scope=Scope.APP)
    documents = provide(PdfDocuments, provides=Documents, scope=Scope.APP)
    use_cases = provide_all(IssueInvoice, IssueCreditNote)
