"""Click: its SHOP-API calls us, its Merchant API confirms what it said (docs/adr/0031)."""

from collections.abc import Sequence
from datetime import datetime, timedelta, timezone
from urllib.parse import urlencode

import asyncpg

from marketplace.adapters.gateways.click_api import ClickApi
from marketplace.adapters.sql.pool import Pool
from marketplace.application.payments.ports import Charge, Gateway, GatewaySilent, RefundOrder, StatementLine
from marketplace.application.shared.ports import Clock
from marketplace.domain.payments.payment import Outcome, Verdict
from marketplace.domain.payments.refund import RefundOutcome
from marketplace.domain.shared.ids import PaymentId
from marketplace.domain.shared.money import Money

TASHKENT = timezone(timedelta(hours=5))
PAID = 2
_TRANSACTION = """
SELECT paydoc_id, status, prepared_at, refund_id, reversed_at FROM payments.click_transactions WHERE payment_id = $1
"""
_REVERSED = """
UPDATE payments.click_transactions SET refund_id = $2, reversed_at = $3 WHERE payment_id = $1 AND reversed_at IS NULL
"""
_STATEMENT = """
SELECT 'charge' AS kind, t.payment_id AS id, p.reference, p.amount_minor, p.currency, t.completed_at AS at
FROM payments.click_transactions t JOIN payments.payments p ON p.id = t.payment_id
WHERE t.completed_at >= $1 AND t.completed_at < $2 AND p.status IN ('captured', 'partially_refunded', 'refunded')
UNION ALL
SELECT 'refund', t.refund_id, p.reference, p.amount_minor, p.currency, t.reversed_at
FROM payments.click_transactions t JOIN payments.payments p ON p.id = t.payment_id
WHERE t.reversed_at >= $1 AND t.reversed_at < $2
ORDER BY at, id
"""


class ClickGateway(Gateway):
    """Without `api`, as in development, what the SHOP-API says is believed and reversals are only noted."""

    def __init__(
        self, pool: Pool, clock: Clock, api: ClickApi | None, *, service_id: str, merchant_id: str, pay_url: str
    ) -> None:
        self._pool = pool
        self._clock = clock
        self._api = api
        self._service_id = service_id
        self._merchant_id = merchant_id
        self._pay_url = pay_url.rstrip("/")

    async def charge(self, charge: Charge) -> Outcome:
        fields = {
            "service_id": self._service_id, "merchant_id": self._merchant_id, "amount": charge.amount.decimal,
            "transaction_param": charge.payment_id, "return_url": charge.return_url,
        }  # fmt: skip
        return Outcome(
            verdict=Verdict.ACTION_REQUIRED, reference=None, message="Pay at Click",
            checkout_url=f"{self._pay_url}/?{urlencode(fields)}",
        )  # fmt: skip

    async def resolve(self, payment_id: PaymentId, reference: str | None, *, give_up: bool) -> Outcome:
        row = await self._transaction(payment_id)
        said = await self._said(payment_id, reference, row)
        if said is not None:
            return said
        if give_up:
            return _failed("Not paid in time")
        raise GatewaySilent("Click has not told yet")

    async def refund(self, order: RefundOrder) -> RefundOutcome:
        row = await self._transaction(order.payment_id)
        message = "Reversed at Click"
        if self._api is not None and order.reference and (row is None or row["reversed_at"] is None):
            answer = await self._api.reverse(order.reference)
            if answer.error_code != 0 and not _is_undone((await self._api.status(order.reference)).payment_status):
                return RefundOutcome(succeeded=False, reference=None, message=f"Click: {answer.error_note}"[:200])
        async with self._pool.connection() as connection:
            await connection.execute(_REVERSED, order.payment_id, order.refund_id, self._clock.now())
        return RefundOutcome(succeeded=True, reference=order.reference, message=message)

    async def statement(self, since: datetime, until: datetime) -> Sequence[StatementLine]:
        """Of our own record: Click sends none."""
        async with self._pool.connection() as connection:
            rows = await connection.fetch(_STATEMENT, since, until)
        return [
            StatementLine(
                kind=row["kind"], id=row["id"], reference=row["reference"] or "",
                amount=Money(row["amount_minor"], row["currency"]), at=row["at"],
            )
            for row in rows
        ]  # fmt: skip

    async def _transaction(self, payment_id: PaymentId) -> asyncpg.Record | None:
        async with self._pool.connection() as connection:
            return await connection.fetchrow(_TRANSACTION, payment_id)

    async def _said(self, payment_id: PaymentId, reference: str | None, row: asyncpg.Record | None) -> Outcome | None:
        """None while nothing is sure; before a Prepare there is nothing to ask about."""
        if row is None:
            return None
        if self._api is None:
            if row["status"] == "prepared":
                return None
            return _paid(str(row["paydoc_id"])) if row["status"] == "completed" else _failed("Cancelled at Click")
        if reference is None:
            found = await self._api.payment_of(payment_id, row["prepared_at"].astimezone(TASHKENT).date())
            if found.error_code != 0 or found.payment_id is None:
                return None
            reference = str(found.payment_id)
        status = (await self._api.status(reference)).payment_status
        if status == PAID:
            return _paid(reference)
        return _failed("Click did not take the money") if _is_undone(status) else None


def _is_undone(status: int | None) -> bool:
    return status is not None and status < 0


def _paid(reference: str) -> Outcome:
    return Outcome(verdict=Verdict.CAPTURED, reference=reference, message="Paid with Click")


def _failed(message: str) -> Outcome:
    return Outcome(verdict=Verdict.FAILED, reference=None, message=message)
