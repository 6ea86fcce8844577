"""What proves the books: trial balance, accounts, their entries, and the invariants of the database."""

from datetime import timedelta
from typing import Annotated
from uuid import UUID

from dishka.integrations.litestar import FromDishka, inject
from litestar import Controller, get
from litestar.params import FromPath, QueryParameter

from marketplace.application.payments.ledger_reads import (
    AccountView,
    EntriesAfter,
    EntryView,
    LedgerQueries,
    TrialBalanceView,
)
from marketplace.application.shared.actor import Actor
from marketplace.application.shared.invariants import InvariantQueries, InvariantView
from marketplace.application.shared.paging import DEFAULT_PER_PAGE, Page
from marketplace.application.shared.ports import Clock
from marketplace.domain.payments.ledger import AccountKind
from marketplace.domain.shared.ids import UserId
from marketplace.entrypoints.http.identity import BEARER
from marketplace.entrypoints.http.messages import Success
from marketplace.entrypoints.http.paging import (
    Cursors,
    CursorText,
    PageNumber,
    PerPage,
    page_before,
    page_of,
    rows_to_skip,
)
from marketplace.entrypoints.http.provenance import PRIVATE
from marketplace.entrypoints.http.query import moment, moment_parameter

LATELY = timedelta(days=1)


class LedgerController(Controller):
    path = "/api/v1/ledger"
    tags = ("Ledger",)
    security = BEARER

    @get("/trial-balance", summary="Trial balance", cache_control=PRIVATE)
    @inject
    async def trial_balance(
        self, actor: FromDishka[Actor], ledger: FromDishka[LedgerQueries], clock: FromDishka[Clock],
        since: Annotated[str | None, moment_parameter("Transactions posted since then are looked at; a day.")] = None,
    ) -> Success[TrialBalanceView]:  # fmt: skip
        """For who may read the ledger. The balance of every account against its entries, and transactions against zero.

        Debits are positive; each currency sums to zero. What is wrong is named in `differences`. The whole history is
        verified by `GET /api/v1/audit-logs/verify`.
        """
        return Success(await ledger.trial_balance(actor, moment(since, "since") or clock.now() - LATELY))

    @get("/accounts", summary="List the ledger's accounts", cache_control=PRIVATE)
    @inject
    async def accounts(  # noqa: PLR0913 - what may be asked
        self, actor: FromDishka[Actor], ledger: FromDishka[LedgerQueries], cursors: FromDishka[Cursors],
        kind: Annotated[AccountKind | None, QueryParameter(description="Of one kind only.")] = None,
        owner_id: Annotated[UUID | None, QueryParameter(description="Of one person only.")] = None,
        currency: Annotated[str | None, QueryParameter(pattern="^[A-Z]{3}$", description="ISO 4217.")] = None,
        provider: Annotated[
            str | None, QueryParameter(min_length=1, max_length=40, description="At one provider only.")
        ] = None,
        page: PageNumber = 1, per_page: PerPage = DEFAULT_PER_PAGE, cursor: CursorText = None,
    ) -> Success[Page[AccountView]]:  # fmt: skip
        """For who may read the ledger; in no order that means anything."""
        after = cursors.decode(cursor) if cursor else None
        found = await ledger.accounts(
            actor, kind=kind, owner=UserId(owner_id) if owner_id else None, currency=currency, provider=provider,
            after=after, skip=0 if after else rows_to_skip(page, per_page), limit=per_page,
        )  # fmt: skip
        return Success(page_of(found, cursors, page, per_page))

    @get("/accounts/{account_id:uuid}/entries", summary="List the entries of an account", cache_control=PRIVATE)
    @inject
    async def entries(
        self, account_id: FromPath[UUID], actor: FromDishka[Actor], ledger: FromDishka[LedgerQueries],
        cursors: FromDishka[Cursors], page: PageNumber = 1, per_page: PerPage = DEFAULT_PER_PAGE,
        cursor: CursorText = None,
    ) -> Success[Page[EntryView]]:  # fmt: skip
        """For who may read the ledger; newest first, each with the balance after it."""
        after = cursors.read(cursor, EntriesAfter, "ledger entries", account_id) if cursor else None
        skip = 0 if after else rows_to_skip(page, per_page)
        found, last = await ledger.entries(actor, account_id, after=after, skip=skip, limit=per_page)
        following = cursors.write(last, "ledger entries", account_id) if last else None
        return Success(page_before(found, following, page, per_page))

    @get("/invariants", summary="What must hold in the database, and whether it does", cache_control=PRIVATE)
    @inject
    async def invariants(
        self, actor: FromDishka[Actor], queries: FromDishka[InvariantQueries]
    ) -> Success[list[InvariantView]]:
        """For who may read the ledger. A worker checks each every minute, on what came within the last day."""
        return Success(await queries.invariants(actor))
