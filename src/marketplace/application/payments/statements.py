"""A seller's month in the books: what was there, every movement, what is there."""

import csv
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from io import StringIO
from typing import Annotated, Protocol
from uuid import UUID

import msgspec
from msgspec import Meta

from marketplace.application.payments.payout_views import Currency, Sum
from marketplace.application.shared.actor import Actor, Permission
from marketplace.application.shared.paging import Slice
from marketplace.application.shared.ports import Clock
from marketplace.domain.shared.errors import Invalid, NotFound
from marketplace.domain.shared.ids import OrderId, PaymentId
from marketplace.domain.shared.text import cell

MOST_ON_PAPER = 2_000
"""Lines of a PDF; CSV takes any number."""


class StatementNotFound(NotFound):
    code = "statement_not_found"


class StatementTooLong(Invalid):
    code = "statement_too_long"


class StatementView(msgspec.Struct, frozen=True):
    """Of one month and currency, UTC. What is held and what may be paid out, together, less what the seller owes."""

    id: UUID
    month: Annotated[date, Meta(description="Its first day.", examples=["2026-11-01"])]
    currency: Currency
    closing: Sum
    is_final: Annotated[bool, Meta(description="Whether the month is over.")]


class StatementSums(msgspec.Struct, frozen=True):
    """`opening` plus `sales` less `fees`, `refunds` and `payouts`, plus `other`, is `closing`. Refunds bring their part
    of the fee back, payouts that failed or were cancelled come back."""

    opening: Sum
    sales: Sum
    fees: Sum
    refunds: Sum
    payouts: Sum
    other: Sum
    closing: Sum


class StatementLineView(msgspec.Struct, frozen=True):
    """One transaction of the ledger. `gross` less `fee` is `amount`; what only moves between the accounts of the
    seller (the end of a hold, a debt that is netted) has 0 there and shows in the others. Positive is in the seller's
    favour."""

    id: UUID
    at: datetime
    kind: Annotated[str, Meta(examples=["payment_captured"])]
    order_id: OrderId | None
    order_number: Annotated[str | None, Meta(examples=["M-00000042"])]
    payment_id: PaymentId | None
    gross: Sum
    fee: Sum
    amount: Sum
    held: Annotated[Decimal, Meta(description="What it did to the balance that is held.", examples=[712.50])]
    settled: Annotated[Decimal, Meta(description="To what may be paid out.", examples=[0])]
    owed: Annotated[Decimal, Meta(description="To what the seller owes.", examples=[0])]


class StatementDetails(StatementView, frozen=True):
    sums: StatementSums


class StatementQueries(Protocol):
    """One's own."""

    async def statements(
        self, actor: Actor, *, after: tuple[date, str] | None, skip: int, limit: int
    ) -> Slice[StatementView]:
        """The latest month first, then by currency; the running month is among them."""
        ...

    async def statement(self, actor: Actor, statement_id: UUID) -> StatementDetails:
        """Raises StatementNotFound."""
        ...

    async def lines(
        self, actor: Actor, statement: StatementView, *, after: UUID | None, limit: int
    ) -> Sequence[StatementLineView]:
        """Oldest first."""
        ...


class Statements(Protocol):
    async def close(self, month: date) -> int:
        """Note the closing balances of a month that is over, of every seller with a movement in it; doing it twice
        changes nothing. It is what later openings are reckoned from. How many were noted."""
        ...


class StatementPapers(Protocol):
    async def pdf(self, statement: StatementDetails, lines: Sequence[StatementLineView], language: str) -> bytes: ...


@dataclass(frozen=True, slots=True)
class CloseStatements:
    """Of the month before this one."""

    statements: Statements
    clock: Clock

    async def __call__(self) -> int:
        today = self.clock.now()
        last = today.month - 1 or 12
        return await self.statements.close(date(today.year - (last == 12), last, 1))


@dataclass(frozen=True, slots=True)
class WriteStatement:
    """The month as a file."""

    queries: StatementQueries
    papers: StatementPapers

    async def csv(self, actor: Actor, statement_id: UUID) -> AsyncIterator[bytes]:
        """With the balance after each line. In pieces: a month may be long."""
        actor.require(Permission.RECEIVE_PAYOUTS)
        statement = await self.queries.statement(actor, statement_id)
        return self._csv(actor, statement)

    async def pdf(self, actor: Actor, statement_id: UUID, language: str) -> bytes:
        """Raises StatementTooLong."""
        actor.require(Permission.RECEIVE_PAYOUTS)
        statement = await self.queries.statement(actor, statement_id)
        lines = await self.queries.lines(actor, statement, after=None, limit=MOST_ON_PAPER + 1)
        if len(lines) > MOST_ON_PAPER:
            raise StatementTooLong(f"a PDF takes {MOST_ON_PAPER} lines: ask for format=csv", field="format")
        return await self.papers.pdf(statement, lines, language)

    async def _csv(self, actor: Actor, statement: StatementDetails) -> AsyncIterator[bytes]:
        balance, after = statement.sums.opening, None
        yield _rows([COLUMNS, ["", "opening", "", "", "", "", "", str(balance), statement.currency]])
        while lines := await self.queries.lines(actor, statement, after=after, limit=1_000):
            rows = []
            for line in lines:
                balance += line.amount
                rows.append(_row(line, balance, statement.currency))
            yield _rows(rows)
            after = lines[-1].id


COLUMNS = ["at", "kind", "order", "payment", "gross", "fee", "amount", "balance", "currency"]


def _row(line: StatementLineView, balance: Decimal, currency: str) -> list[str]:
    """Sums are numbers; everything else is made safe for spreadsheets."""
    words = [line.at.isoformat(), line.kind, line.order_number or "", str(line.payment_id or "")]
    sums = [str(one) for one in (line.gross, line.fee, line.amount, balance)]
    return [*map(cell, words), *sums, cell(currency)]


def _rows(rows: Sequence[Sequence[str]]) -> bytes:
    text = StringIO()
    csv.writer(text).writerows(rows)
    return text.getvalue().encode()
