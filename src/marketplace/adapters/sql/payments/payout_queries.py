from collections import defaultdict
from datetime import UTC, date, datetime
from decimal import ROUND_HALF_UP, Decimal
from uuid import UUID

import asyncpg

from marketplace.adapters.sql.ids import first_id
from marketplace.adapters.sql.paging import newest, slice_of
from marketplace.adapters.sql.payments.movements import EARNINGS, accounts_of
from marketplace.adapters.sql.payments.payout_accounts import schedule_of
from marketplace.adapters.sql.payments.payouts import payout_of
from marketplace.adapters.sql.pool import Pool
from marketplace.application.payments.payout_ports import PayoutQueries
from marketplace.application.payments.payout_views import (
    BalanceView,
    Earnings,
    EarningsOfPeriod,
    EarningsView,
    PayoutAccountView,
    PayoutScheduleView,
    PayoutView,
    Step,
)
from marketplace.application.shared.actor import Actor, Permission
from marketplace.application.shared.paging import Slice
from marketplace.domain.payments.ledger import AccountKind
from marketplace.domain.payments.payout import PayoutNotFound, PayoutStatus
from marketplace.domain.payments.payout_account import PayoutAccountKind
from marketplace.domain.shared.ids import PayoutId
from marketplace.domain.shared.money import EXPONENTS, decimal_of

SHOWN = (
    AccountKind.SELLER_PENDING, AccountKind.SELLER_PAYABLE, AccountKind.SELLER_RECEIVABLE,
    AccountKind.PAYOUTS_IN_TRANSIT,
)  # fmt: skip
_ONE = "SELECT * FROM payments.payouts WHERE id = $1 AND (seller_id = $2 OR $3)"
_ACCOUNTS = """
SELECT id, kind, holder, masked, is_default, usable_from, created_at FROM payments.payout_accounts
WHERE owner_id = $1 AND removed_at IS NULL ORDER BY id
"""
_SCHEDULES = "SELECT * FROM payments.payout_schedules WHERE seller_id = $1 ORDER BY currency"
_BALANCES = """
SELECT kind, currency, balance_minor FROM payments.ledger_accounts
WHERE owner_id = $1 AND kind IN ('seller_pending', 'seller_payable', 'seller_receivable', 'payouts_in_transit')
ORDER BY currency
"""


def page(*, of_everybody: bool, status: PayoutStatus | None, by_cursor: bool) -> str:
    """$3 is the seller."""
    whose = "$3::uuid IS NOT NULL" if of_everybody else "seller_id = $3"
    return newest("payments.payouts", whose + (f" AND status = '{status}'" if status else ""), by_cursor=by_cursor)


class SqlPayoutQueries(PayoutQueries):
    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    async def payout(self, actor: Actor, payout_id: PayoutId) -> PayoutView:
        may_see_all = _require_own_or_all(actor)
        async with self._pool.connection() as connection:
            row = await connection.fetchrow(_ONE, payout_id, actor.user, may_see_all)
        if row is None:
            raise PayoutNotFound("no such payout", payout_id=payout_id)
        return PayoutView.of(payout_of(row))

    async def payouts(
        self, actor: Actor, status: PayoutStatus | None, *, everybody: bool, after: UUID | None, skip: int, limit: int
    ) -> Slice[PayoutView]:
        actor.require(Permission.PAY_OUT if everybody else Permission.RECEIVE_PAYOUTS)
        sql = page(of_everybody=everybody, status=status, by_cursor=after is not None)
        async with self._pool.connection() as connection:
            rows = await connection.fetch(sql, after or skip, limit + 1, actor.user)
        return slice_of(rows, limit, lambda row: PayoutView.of(payout_of(row)))

    async def accounts(self, actor: Actor) -> list[PayoutAccountView]:
        actor.require(Permission.RECEIVE_PAYOUTS)
        async with self._pool.connection() as connection:
            rows = await connection.fetch(_ACCOUNTS, actor.user)
        return [PayoutAccountView(**{**row, "kind": PayoutAccountKind(row["kind"])}) for row in rows]

    async def schedules(self, actor: Actor) -> list[PayoutScheduleView]:
        actor.require(Permission.RECEIVE_PAYOUTS)
        async with self._pool.connection() as connection:
            rows = await connection.fetch(_SCHEDULES, actor.user)
        return [PayoutScheduleView.of(schedule_of(row)) for row in rows]

    async def balances(self, actor: Actor) -> list[BalanceView]:
        actor.require(Permission.RECEIVE_PAYOUTS)
        async with self._pool.connection() as connection:
            rows = await connection.fetch(_BALANCES, actor.user)
        by_currency: dict[str, dict[AccountKind, int]] = defaultdict(lambda: dict.fromkeys(SHOWN, 0))
        for row in rows:
            by_currency[row["currency"]][AccountKind(row["kind"])] = row["balance_minor"]
        return [_balance(currency, minor) for currency, minor in by_currency.items()]

    async def earnings(self, actor: Actor, since: date, until: date, step: Step) -> list[EarningsView]:
        actor.require(Permission.RECEIVE_PAYOUTS)
        start, end = (datetime(day.year, day.month, day.day, tzinfo=UTC) for day in (since, until))
        found = []
        async with self._pool.connection() as connection:
            currencies = dict.fromkeys(row["currency"] for row in await connection.fetch(_BALANCES, actor.user))
            for currency in currencies:
                rows = await connection.fetch(
                    EARNINGS, *accounts_of(actor.user, currency), first_id(start), first_id(end), step, start
                )
                if rows:
                    found.append(_earnings(currency, rows))
        return found


def _require_own_or_all(actor: Actor) -> bool:
    """Whether it is all."""
    if Permission.PAY_OUT in actor.permissions:
        return True
    actor.require(Permission.RECEIVE_PAYOUTS)
    return False


def _balance(currency: str, minor: dict[AccountKind, int]) -> BalanceView:
    """An overdrawn balance is owed too: later earnings fill it first."""
    debt, settled = minor[AccountKind.SELLER_RECEIVABLE], -minor[AccountKind.SELLER_PAYABLE]
    free = settled - debt
    return BalanceView(
        currency=currency, pending=decimal_of(-minor[AccountKind.SELLER_PENDING], currency),
        available=decimal_of(max(free, 0), currency),
        in_transit=decimal_of(-minor[AccountKind.PAYOUTS_IN_TRANSIT], currency),
        owed=decimal_of(max(-free, 0), currency),
    )  # fmt: skip


def _earnings(currency: str, rows: list[asyncpg.Record]) -> EarningsView:
    names = ("gross_minor", "fee_minor", "refunds_minor", "orders")
    totals = [sum(row[name] for row in rows) for name in names]
    return EarningsView(
        currency=currency, totals=Earnings(*_figures(currency, *totals)),
        periods=[
            EarningsOfPeriod(*_figures(currency, *(row[name] for name in names)), since=row["since"]) for row in rows
        ],
    )  # fmt: skip


def _figures(
    currency: str, gross: int, fee: int, refunds: int, orders: int
) -> tuple[Decimal, Decimal, Decimal, Decimal, int, Decimal]:
    cent = Decimal(1).scaleb(-EXPONENTS[currency])
    average = (decimal_of(gross, currency) / max(orders, 1)).quantize(cent, ROUND_HALF_UP)
    sums = (decimal_of(minor, currency) for minor in (gross, fee, refunds, gross - fee - refunds))
    return (*sums, orders, average)  # type: ignore[return-value]
