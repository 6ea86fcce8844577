"""Comparing our books with those of payment providers."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

import msgspec
from dishka.integrations.litestar import FromDishka, inject
from litestar import Controller, get, post
from litestar.params import FromPath, JSONBody, QueryParameter
from msgspec import Meta

from marketplace.application.payments.reconciliation import RunReconciliation
from marketplace.application.payments.reconciliation_ports import (
    ReconciliationQueries,
    ReconciliationSummary,
    ReconciliationView,
)
from marketplace.application.shared.actor import Actor
from marketplace.application.shared.paging import DEFAULT_PER_PAGE, Page
from marketplace.domain.payments.reconciliation import ReconciliationId
from marketplace.entrypoints.http.identity import BEARER
from marketplace.entrypoints.http.messages import Success
from marketplace.entrypoints.http.paging import (
    Cursors,
    CursorText,
    PageNumber,
    PerPage,
    page_before,
    rows_to_skip,
)
from marketplace.entrypoints.http.provenance import PRIVATE

ProviderName = Annotated[
    str | None, QueryParameter(min_length=1, max_length=40, description="Of one provider only, such as `stripe`.")
]
Start = Annotated[datetime, Meta(tz=True, examples=["2026-11-19T00:00:00Z"])]
End = Annotated[datetime, Meta(tz=True, description="Not in it itself.", examples=["2026-11-21T00:00:00Z"])]


class NewReconciliation(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Two days that end now, if no times are given."""

    provider: Annotated[str, Meta(min_length=1, max_length=40, examples=["simulator"])]
    since: Start | None = None
    until: End | None = None


class _Position(msgspec.Struct, array_like=True):
    ran_at: datetime
    id: UUID


class ReconciliationsController(Controller):
    path = "/api/v1/ledger/reconciliations"
    tags = ("Ledger",)
    security = BEARER

    @get(summary="List reconciliations", cache_control=PRIVATE)
    @inject
    async def reconciliations(
        self, actor: FromDishka[Actor], queries: FromDishka[ReconciliationQueries], cursors: FromDishka[Cursors],
        provider: ProviderName = None,
        differing: Annotated[bool, QueryParameter(description="Only those that found differences.")] = False,
        page: PageNumber = 1, per_page: PerPage = DEFAULT_PER_PAGE, cursor: CursorText = None,
    ) -> Success[Page[ReconciliationSummary]]:  # fmt: skip
        """For who may read the ledger; the latest run first."""
        filters = (provider or "", differing)
        seen = cursors.read(cursor, _Position, "reconciliations", *filters) if cursor else None
        found = await queries.reconciliations(
            actor, provider, differing=differing, after=(seen.ran_at, seen.id) if seen else None,
            skip=0 if seen else rows_to_skip(page, per_page), limit=per_page,
        )  # fmt: skip
        last = found.items[-1] if found.has_more else None
        following = cursors.write(_Position(last.ran_at, last.id), "reconciliations", *filters) if last else None
        return Success(page_before(found, following, page, per_page))

    @post(summary="Compare our books with a provider's")
    @inject
    async def run(
        self, data: JSONBody[NewReconciliation], actor: FromDishka[Actor], reconcile: FromDishka[RunReconciliation]
    ) -> Success[ReconciliationView]:
        """Every night this is done for the last two days of each provider. The same window again replaces its last run.

        Movements are compared by our id: amount and the provider's reference, and whether each side has them. What was
        captured there, while we wait for it or have given it up, is asked about at once; nothing else is corrected.
        """
        return Success(await reconcile(actor, data.provider, data.since, data.until))

    @get("/{reconciliation_id:uuid}", summary="Read a reconciliation", cache_control=PRIVATE)
    @inject
    async def reconciliation(
        self, reconciliation_id: FromPath[ReconciliationId], actor: FromDishka[Actor],
        queries: FromDishka[ReconciliationQueries],
    ) -> Success[ReconciliationView]:  # fmt: skip
        """With its differences."""
        return Success(await queries.reconciliation(actor, reconciliation_id))
