"""Payme, through its Merchant API: it calls us, so nothing here goes over the network (docs/adr/0031)."""

from base64 import b64encode
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from marketplace.adapters.sql.pool import Pool
from marketplace.application.payments.ports import Charge, Gateway, GatewaySilent, RefundOrder, StatementLine
from marketplace.application.shared.ports import Clock
from marketplace.domain.payments.payme import LIFETIME_MS, milliseconds
from marketplace.domain.payments.payment import Outcome, Verdict
from marketplace.domain.payments.refund import RefundOutcome
from marketplace.domain.shared.ids import PaymentId
from marketplace.domain.shared.money import Money

_END_OLD = """
UPDATE payments.payme_transactions SET status = 'cancelled', reason = 4, cancel_time = $2
WHERE payment_id = $1 AND status = 'created' AND time <= $3
"""
_STATUS = "SELECT id, status FROM payments.payme_transactions WHERE payment_id = $1"
_STATEMENT = """
SELECT 'charge' AS kind, payment_id AS id, id AS reference, amount_minor, perform_time AS at
FROM payments.payme_transactions WHERE perform_time > 0 AND perform_time >= $1 AND perform_time < $2
UNION ALL
SELECT 'refund', refund_id, id, amount_minor, cancel_time
FROM payments.payme_transactions WHERE status = 'reversed' AND cancel_time >= $1 AND cancel_time < $2
ORDER BY at, id
"""
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class PaymeGateway(Gateway):
    """Payme cannot be asked: what it told us is the record that there is."""

    def __init__(self, pool: Pool, clock: Clock, *, merchant_id: str, checkout_url: str) -> None:
        self._pool = pool
        self._clock = clock
        self._merchant_id = merchant_id
        self._checkout_url = checkout_url.rstrip("/")

    async def charge(self, charge: Charge) -> Outcome:
        fields = {
            "m": self._merchant_id, "ac.order_id": charge.payment_id, "a": charge.amount.minor,
            "c": charge.return_url,
        }  # fmt: skip
        link = b64encode(";".join(f"{name}={value}" for name, value in fields.items()).encode()).decode()
        return Outcome(
            verdict=Verdict.ACTION_REQUIRED, reference=None, message="Pay at Payme",
            checkout_url=f"{self._checkout_url}/{link}",
        )  # fmt: skip

    async def resolve(self, payment_id: PaymentId, reference: str | None, *, give_up: bool) -> Outcome:
        """A transaction that Payme began holds the payment open for its 12 hours, whatever else is over."""
        now = milliseconds(self._clock.now())
        async with self._pool.connection() as connection:
            await connection.execute(_END_OLD, payment_id, now, now - LIFETIME_MS)
            row = await connection.fetchrow(_STATUS, payment_id)
        status = row and row["status"]
        if status == "performed":
            return Outcome(verdict=Verdict.CAPTURED, reference=row["id"], message="Paid with Payme")
        if status == "created" or (status is None and not give_up):
            raise GatewaySilent("Payme has not told yet")
        return Outcome(verdict=Verdict.FAILED, reference=None, message="Not paid in time")

    async def refund(self, order: RefundOrder) -> RefundOutcome:
        raise GatewaySilent("cancel the payment in the cabinet of Payme Business: Payme then tells us")

    async def statement(self, since: datetime, until: datetime) -> Sequence[StatementLine]:
        """Of our own record: Payme asks for ours (GetStatement), it does not send one."""
        async with self._pool.connection() as connection:
            rows = await connection.fetch(_STATEMENT, milliseconds(since), milliseconds(until))
        return [
            StatementLine(
                kind=row["kind"], id=row["id"], reference=row["reference"], amount=Money(row["amount_minor"], "UZS"),
                at=_EPOCH + timedelta(milliseconds=row["at"]),
            )
            for row in rows
        ]  # fmt: skip
