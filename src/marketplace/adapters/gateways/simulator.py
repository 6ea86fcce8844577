"""A payment provider of our own for development and tests: it keeps its own books and honours idempotency keys."""

import random
from collections.abc import Sequence
from datetime import datetime
from uuid import uuid4

import asyncpg

from marketplace.adapters.gateways.simulated_methods import (
    ALWAYS_COMPLETES,
    ALWAYS_DECLINED,
    TIMES_OUT_ONCE,
    number_of,
)
from marketplace.adapters.sql.pool import Pool
from marketplace.application.payments.ports import Charge, Gateway, GatewaySilent, RefundOrder, StatementLine
from marketplace.domain.payments.payment import Outcome, Verdict
from marketplace.domain.payments.refund import RefundOutcome
from marketplace.domain.shared.ids import PaymentId
from marketplace.domain.shared.money import Money

_CLAIM = """
INSERT INTO gateway_simulator.charges (payment_id, amount_minor, currency, message) VALUES ($1, $2, $3, 'processing')
ON CONFLICT (payment_id) DO NOTHING RETURNING number
"""
_DECIDE = """
UPDATE gateway_simulator.charges SET captured = $2, reference = $3, message = $4
WHERE payment_id = $1 AND captured IS NULL
"""
_CANCEL = """
INSERT INTO gateway_simulator.charges (payment_id, captured, message)
VALUES ($1, false, 'Cancelled before it was charged')
ON CONFLICT (payment_id) DO UPDATE SET captured = false, message = 'Interrupted before it was charged'
WHERE charges.captured IS NULL
"""
_READ = "SELECT captured, reference, message FROM gateway_simulator.charges WHERE payment_id = $1"
_REFUND = """
WITH charge AS (
    SELECT amount_minor, currency FROM gateway_simulator.charges WHERE payment_id = $2 AND captured FOR UPDATE
), sent AS (
    SELECT coalesce(sum(amount_minor), 0)::bigint AS minor FROM gateway_simulator.refunds
    WHERE payment_id = $2 AND refund_id <> $1
)
INSERT INTO gateway_simulator.refunds (refund_id, payment_id, amount_minor, currency, reference)
SELECT $1, $2, $3::bigint, $4::varchar, $5 FROM charge, sent
WHERE charge.currency = $4::varchar AND sent.minor + $3::bigint <= charge.amount_minor
ON CONFLICT (refund_id) DO NOTHING
"""
_SENT = "SELECT reference FROM gateway_simulator.refunds WHERE refund_id = $1"
_STATEMENT = """
SELECT 'charge' AS kind, payment_id AS id, reference, amount_minor, currency, created_at
FROM gateway_simulator.charges WHERE captured AND created_at >= $1 AND created_at < $2
UNION ALL
SELECT 'refund', refund_id, reference, amount_minor, currency, created_at
FROM gateway_simulator.refunds WHERE created_at >= $1 AND created_at < $2
UNION ALL
SELECT 'payout', payout_id, reference, amount_minor, currency, created_at
FROM gateway_simulator.payouts WHERE created_at >= $1 AND created_at < $2
ORDER BY created_at, id
"""


class SimulatedGateway(Gateway):
    """`success_rate` holds for cards that are no test cards; with a `seed` the n-th charge always ends the same way."""

    def __init__(self, pool: Pool, *, success_rate: float, seed: str | None) -> None:
        self._pool = pool
        self._success_rate = success_rate
        self._seed = seed

    async def charge(self, charge: Charge) -> Outcome:
        payment_id, amount, card_number = charge.payment_id, charge.amount, _number_of(charge)
        async with self._pool.connection() as connection:
            number = await connection.fetchval(_CLAIM, payment_id, amount.minor, amount.currency)
            if number is not None:
                captured, message = self._decide(number, card_number)
                reference = str(uuid4()) if captured else None
                await connection.execute(_DECIDE, payment_id, captured, reference, message)
            outcome = _outcome(await connection.fetchrow(_READ, payment_id))
        if number is not None and card_number == TIMES_OUT_ONCE:
            raise GatewaySilent("the payment provider did not answer in time")
        return outcome

    async def resolve(self, payment_id: PaymentId, reference: str | None, *, give_up: bool) -> Outcome:
        async with self._pool.connection() as connection:
            await connection.execute(_CANCEL, payment_id)
            return _outcome(await connection.fetchrow(_READ, payment_id))

    async def refund(self, order: RefundOrder) -> RefundOutcome:
        amount = order.amount
        async with self._pool.connection() as connection:
            await connection.execute(
                _REFUND, order.refund_id, order.payment_id, amount.minor, amount.currency, str(uuid4())
            )
            reference = await connection.fetchval(_SENT, order.refund_id)
        if reference is None:
            return RefundOutcome(succeeded=False, reference=None, message="More than was charged")
        return RefundOutcome(succeeded=True, reference=reference, message="Refunded")

    async def statement(self, since: datetime, until: datetime) -> Sequence[StatementLine]:
        async with self._pool.connection() as connection:
            rows = await connection.fetch(_STATEMENT, since, until)
        return [
            StatementLine(
                kind=row["kind"], id=row["id"], reference=row["reference"],
                amount=Money(row["amount_minor"], row["currency"]), at=row["created_at"],
            )
            for row in rows
        ]  # fmt: skip

    def _decide(self, number: int, card_number: str | None) -> tuple[bool, str]:
        if card_number in {ALWAYS_COMPLETES, TIMES_OUT_ONCE}:
            return True, "Approved"
        if card_number == ALWAYS_DECLINED:
            return False, "Card declined"
        chance = random.Random(f"{self._seed}:{number}") if self._seed is not None else random.SystemRandom()  # noqa: S311
        return (True, "Approved") if chance.random() < self._success_rate else (False, "Insufficient funds")


def _number_of(charge: Charge) -> str | None:
    """Of the card, or of the test card that a saved one stands for."""
    if charge.card is not None:
        return charge.card.number
    return number_of(charge.token) if charge.token is not None else None


def _outcome(row: asyncpg.Record) -> Outcome:
    if row["captured"] is None:
        raise GatewaySilent("the payment provider is still processing this charge")
    verdict = Verdict.CAPTURED if row["captured"] else Verdict.FAILED
    return Outcome(verdict=verdict, reference=row["reference"], message=row["message"])
