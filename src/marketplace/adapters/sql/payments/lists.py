from collections.abc import Callable, Mapping
from typing import Any, TypeVar
from uuid import UUID

import asyncpg

from marketplace.adapters.sql.payments.payments import payment_of
from marketplace.adapters.sql.payments.refunds import refund_of
from marketplace.adapters.sql.pool import Pool
from marketplace.application.payments.refund_ports import MoneyLists, RequestState, Whose
from marketplace.application.payments.views import ChargebackView, PaymentView, RefundDetails
from marketplace.application.shared.actor import Actor, Permission
from marketplace.application.shared.paging import EXACT_TOTAL_LIMIT, LARGEST_PER_PAGE, Slice
from marketplace.domain.payments.payment import PaymentNotFound
from marketplace.domain.shared.ids import PaymentId

View = TypeVar("View")

_MAY_READ = "SELECT FROM payments.payments WHERE id = $1 AND ($2 IN (payer_id, payee_id) OR $3)"
_OWNER: Mapping[Whose, str] = {"paid": "payer_id = $3", "received": "payee_id = $3", "all": "$3::uuid IS NOT NULL"}
_STATE: Mapping[RequestState, str] = {
    "any": "requested_by = payer_id",
    "open": "status = 'requested'",
    "escalated": "status = 'requested' AND escalated_at IS NOT NULL",
}


def page(table: str, where: str, *, by_cursor: bool) -> str:
    """$1 is what to skip or the cursor, $2 the limit, $3 whose or of which payment; the total stands in each row."""
    picked = f"{where} AND id < $1" if by_cursor else where
    return f"""
SELECT *, (SELECT count(*) FROM (SELECT FROM payments.{table} WHERE {where} LIMIT {EXACT_TOTAL_LIMIT + 1}) one) AS total
FROM (
    SELECT * FROM payments.{table} WHERE {picked} ORDER BY id DESC
    LIMIT {LARGEST_PER_PAGE + 1} {"" if by_cursor else "OFFSET $1::int"}
) page
ORDER BY id DESC LIMIT $2::int"""  # noqa: S608 - our own words


BOTH = (False, True)
PAYMENTS = {(whose, by): page("payments", _OWNER[whose], by_cursor=by) for whose in _OWNER for by in BOTH}
OF_PAYMENT = {by: page("refunds", "payment_id = $3", by_cursor=by) for by in BOTH}
REQUESTS = {
    (whose, state, by): page("refunds", f"{_OWNER[whose]} AND {_STATE[state]}", by_cursor=by)
    for whose in _OWNER
    for state in _STATE
    for by in BOTH
}
FAILED = {by: page("refunds", "$3::uuid IS NOT NULL AND status = 'failed'", by_cursor=by) for by in BOTH}
_STAGES = {False: "chargeback <> 'none'", True: "chargeback IN ('early_warning', 'needs_response', 'under_review')"}
CHARGEBACKS = {
    (is_open, by): page("payments", f"$3::uuid IS NOT NULL AND {_STAGES[is_open]}", by_cursor=by)
    for is_open in BOTH
    for by in BOTH
}


class SqlMoneyLists(MoneyLists):
    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    async def payments(
        self, actor: Actor, whose: Whose, *, after: UUID | None, skip: int, limit: int
    ) -> Slice[PaymentView]:
        _require(actor, whose)
        sql = PAYMENTS[whose, after is not None]
        return await self._slice(sql, _payment, after or skip, limit, actor.user)

    async def refunds(
        self, actor: Actor, payment_id: PaymentId, *, after: UUID | None, skip: int, limit: int
    ) -> Slice[RefundDetails]:
        may_read_all = Permission.READ_LEDGER in actor.permissions
        async with self._pool.connection() as connection:
            if await connection.fetchrow(_MAY_READ, payment_id, actor.user, may_read_all) is None:
                raise PaymentNotFound("no such payment", payment_id=payment_id)
        return await self._slice(OF_PAYMENT[after is not None], _refund, after or skip, limit, payment_id)

    async def refund_requests(
        self, actor: Actor, whose: Whose, state: RequestState, *, after: UUID | None, skip: int, limit: int
    ) -> Slice[RefundDetails]:
        _require(actor, whose)
        sql = REQUESTS[whose, state, after is not None]
        return await self._slice(sql, _refund, after or skip, limit, actor.user)

    async def failed_refunds(self, actor: Actor, *, after: UUID | None, skip: int, limit: int) -> Slice[RefundDetails]:
        _require(actor, "all")
        return await self._slice(FAILED[after is not None], _refund, after or skip, limit, actor.user)

    async def chargebacks(
        self, actor: Actor, *, is_open: bool, after: UUID | None, skip: int, limit: int
    ) -> Slice[ChargebackView]:
        _require(actor, "all")
        sql = CHARGEBACKS[is_open, after is not None]
        return await self._slice(sql, _chargeback, after or skip, limit, actor.user)

    async def _slice(
        self, sql: str, view: Callable[[asyncpg.Record], View], begin: Any, limit: int, of: UUID
    ) -> Slice[View]:
        async with self._pool.connection() as connection:
            rows = await connection.fetch(sql, begin, limit + 1, of)
        return Slice([view(row) for row in rows[:limit]], rows[0]["total"] if rows else 0, len(rows) > limit)


def _require(actor: Actor, whose: Whose) -> None:
    if whose == "all":
        actor.require(Permission.READ_LEDGER)


def _payment(row: asyncpg.Record) -> PaymentView:
    return PaymentView.of(payment_of(row))


def _refund(row: asyncpg.Record) -> RefundDetails:
    return RefundDetails.of(refund_of(row))


def _chargeback(row: asyncpg.Record) -> ChargebackView:
    return ChargebackView.of(payment_of(row))
