"""Where a seller is paid out to, and the statements of it."""

from datetime import date
from typing import Annotated, Any, Literal
from uuid import UUID

import msgspec
from dishka.integrations.litestar import FromDishka, inject
from litestar import Controller, delete, get, post
from litestar.params import FromPath, JSONBody, QueryParameter
from msgspec import Meta

from marketplace.application.payments.payout_accounts import AddPayoutAccount, RemovePayoutAccount
from marketplace.application.payments.payout_ports import PayoutQueries
from marketplace.application.payments.payout_views import PayoutAccountView
from marketplace.application.payments.statements import (
    StatementDetails,
    StatementLineView,
    StatementQueries,
    StatementView,
    WriteStatement,
)
from marketplace.application.shared.actor import Actor
from marketplace.application.shared.caller import Caller
from marketplace.application.shared.paging import DEFAULT_PER_PAGE, Page
from marketplace.domain.payments.payout_account import PayoutAccountKind
from marketplace.domain.shared.ids import PayoutAccountId
from marketplace.entrypoints.http.identity import BEARER, NOT_REPEATABLE
from marketplace.entrypoints.http.messages import ApiResponse, ApiStream, Success
from marketplace.entrypoints.http.paging import Cursors, CursorText, PageNumber, PerPage, page_before, rows_to_skip
from marketplace.entrypoints.http.provenance import PRIVATE

CSV, PDF = "text/csv", "application/pdf"
FORMATS = {"media_types": ["application/json", CSV, PDF]}


class NewPayoutAccount(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Its details are sealed at once and shown by their last four signs only."""

    kind: Annotated[PayoutAccountKind, Meta(examples=["bank"])]
    holder: Annotated[str, Meta(min_length=1, max_length=120, examples=["Amina Haddad"])]
    details: Annotated[
        str,
        Meta(
            min_length=8, max_length=200, description="An IBAN, a card token or a Stripe account, by `kind`.",
            examples=["AE07 0331 2345 6789 0123 456"],
        ),
    ]  # fmt: skip
    is_default: Annotated[bool, Meta(description="Your first one is anyway.", examples=[True])] = False

    def __repr__(self) -> str:
        return "NewPayoutAccount(...)"


class StatementPage(msgspec.Struct, frozen=True):
    statement: StatementDetails
    lines: list[StatementLineView]
    next_cursor: str | None


class Place(msgspec.Struct, frozen=True, array_like=True):
    month: date
    currency: str


class PayoutAccountsController(Controller):
    path = "/api/v1/payout-accounts"
    tags = ("Payouts",)
    security = BEARER

    @get(summary="Your payout accounts", cache_control=PRIVATE)
    @inject
    async def accounts(
        self, actor: FromDishka[Actor], queries: FromDishka[PayoutQueries]
    ) -> Success[list[PayoutAccountView]]:
        """The oldest first."""
        return Success(await queries.accounts(actor))

    @post(summary="Add a payout account")
    @inject
    async def add(
        self, data: JSONBody[NewPayoutAccount], actor: FromDishka[Actor], add_account: FromDishka[AddPayoutAccount]
    ) -> Success[PayoutAccountView]:
        """Needs a recent proof of identity. You are told by letter, and nothing is paid to it for 72 hours.

        An IBAN with a mistyped sign is refused. At most five are kept.
        """
        view = await add_account(actor, data.kind, data.holder, data.details, is_default=data.is_default)
        return Success(view)

    @delete("/{account_id:uuid}", summary="Remove a payout account", opt=NOT_REPEATABLE)
    @inject
    async def remove(
        self, account_id: FromPath[PayoutAccountId], actor: FromDishka[Actor], remove: FromDishka[RemovePayoutAccount]
    ) -> None:
        """Needs a recent proof of identity; refused while a payout to it is under way. Its details are forgotten."""
        await remove(actor, account_id)


class StatementsController(Controller):
    path = "/api/v1/statements"
    tags = ("Payouts",)
    security = BEARER

    @get(summary="Your statements", cache_control=PRIVATE)
    @inject
    async def statements(
        self, actor: FromDishka[Actor], queries: FromDishka[StatementQueries], cursors: FromDishka[Cursors],
        page: PageNumber = 1, per_page: PerPage = DEFAULT_PER_PAGE, cursor: CursorText = None,
    ) -> Success[Page[StatementView]]:  # fmt: skip
        """One for each month and currency with movements, the latest month first; the running one is not final."""
        place = cursors.read(cursor, Place, "statements", actor.user) if cursor else None
        skip = 0 if place else rows_to_skip(page, per_page)
        after = (place.month, place.currency) if place else None
        found = await queries.statements(actor, after=after, skip=skip, limit=per_page)
        last = found.items[-1] if found.has_more else None
        onward = cursors.write(Place(last.month, last.currency), "statements", actor.user) if last else None
        return Success(page_before(found, onward, page, per_page))

    @get(
        "/{statement_id:uuid}", summary="Read a statement", cache_control=PRIVATE,
        opt={**FORMATS, "answers": (Success[StatementPage],)},
    )  # fmt: skip
    @inject
    async def statement(  # noqa: PLR0913 - three formats
        self, statement_id: FromPath[UUID], actor: FromDishka[Actor], caller: FromDishka[Caller],
        queries: FromDishka[StatementQueries], write: FromDishka[WriteStatement], cursors: FromDishka[Cursors],
        form: Annotated[
            Literal["json", "csv", "pdf"], QueryParameter(name="format", description="CSV and PDF have all lines.")
        ] = "json",
        per_page: PerPage = DEFAULT_PER_PAGE, cursor: CursorText = None,
    ) -> Any:  # fmt: skip
        """Every movement of your balance in a month, oldest first, from the opening to the closing balance.

        In CSV a cell that a spreadsheet would take for a formula begins with an apostrophe. A PDF is in the language
        of `Accept-Language`: en, ru, uz, ar or hi.
        """
        if form == "csv":
            headers = {"content-disposition": f'attachment; filename="statement-{statement_id}.csv"'}
            return ApiStream(await write.csv(actor, statement_id), media_type=CSV, headers=headers)
        if form == "pdf":
            headers = {"content-disposition": f'attachment; filename="statement-{statement_id}.pdf"'}
            pdf = await write.pdf(actor, statement_id, caller.language)
            return ApiResponse(pdf, media_type=PDF, headers=headers)
        after = cursors.decode(cursor) if cursor else None
        details = await queries.statement(actor, statement_id)
        lines = list(await queries.lines(actor, details, after=after, limit=per_page + 1))
        onward = cursors.encode(lines[per_page - 1].id) if len(lines) > per_page else None
        return Success(StatementPage(details, lines[:per_page], onward))
