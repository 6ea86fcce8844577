"""M8: a difference of one minor unit, or a lost row, in the provider's books or ours is found by the next run.

Each round plants one among payments that agree, and looks for exactly that one.
"""

import random
import time
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

import asyncpg

from marketplace.adapters.clock import SystemClock
from marketplace.adapters.gateways.registry import ConfiguredGateways
from marketplace.adapters.gateways.simulator import SimulatedGateway
from marketplace.adapters.ids import TimeOrderedIds
from marketplace.adapters.sql.payments.ledger import SqlLedger
from marketplace.adapters.sql.payments.own_books import SqlOwnBooks
from marketplace.adapters.sql.payments.reconciliations import SqlReconciliations
from marketplace.adapters.sql.pool import Pool, connect
from marketplace.adapters.sql.transaction import SqlTimers, SqlTransaction
from marketplace.application.payments.reconciliation import Reconcile
from marketplace.domain.payments.ledger import Account, AccountKind, Entry, LedgerTransaction
from marketplace.domain.payments.reconciliation import DifferenceKind as Kind

_CHARGE = """
INSERT INTO gateway_simulator.charges (payment_id, amount_minor, currency, captured, reference, message)
SELECT id, amount_minor, currency, true, reference, 'Approved' FROM payments.payments WHERE id = $1
"""
_PAYMENT = """
INSERT INTO payments.payments (id, cause_kind, cause_id, payer_id, payee_id, amount_minor, fee_minor, currency, shares,
    method, provider, status, reference, asked, expires_at, created_at)
VALUES ($1::uuid, 'order', $1, $1, $1, $2, 0, 'AED', '[]', 'credit_card', 'simulator', 'captured',
    $1::uuid::text, 0, now(), now())
"""
_OLDER = "UPDATE gateway_simulator.charges SET created_at = now() - interval '2 minutes' WHERE payment_id = $1"
_FORGET = (
    "DELETE FROM payments.ledger_entries WHERE transaction_id = $1",
    "DELETE FROM payments.ledger_transactions WHERE id = $1",
    "DELETE FROM payments.payments WHERE id = $1",
    "DELETE FROM gateway_simulator.charges WHERE payment_id = $1",
)
PLANTED = (
    ("one minor unit more there", Kind.AMOUNT_DIFFERS,
     "UPDATE gateway_simulator.charges SET amount_minor = amount_minor + 1 WHERE payment_id = $1"),
    ("one minor unit less there", Kind.AMOUNT_DIFFERS,
     "UPDATE gateway_simulator.charges SET amount_minor = amount_minor - 1 WHERE payment_id = $1"),
    ("one minor unit more in the payment", Kind.AMOUNT_DIFFERS,
     "UPDATE payments.payments SET amount_minor = amount_minor + 1 WHERE id = $1"),
    ("one minor unit more in the ledger", Kind.AMOUNT_DIFFERS,
     "UPDATE payments.ledger_entries SET minor = minor + 1 WHERE minor > 0 AND transaction_id ="
     " (SELECT id FROM payments.ledger_transactions WHERE source_id = $1)"),
    ("a charge lost there", Kind.MISSING_THERE, "DELETE FROM gateway_simulator.charges WHERE payment_id = $1"),
    ("a payment lost here", Kind.MISSING_HERE, "DELETE FROM payments.payments WHERE id = $1"),
    ("a ledger transaction lost here", Kind.MISSING_HERE,
     "DELETE FROM payments.ledger_transactions WHERE source_id = $1"),
    ("an entry lost here", Kind.MISSING_HERE, "DELETE FROM payments.ledger_entries WHERE minor > 0 AND"
     " transaction_id = (SELECT id FROM payments.ledger_transactions WHERE source_id = $1)"),
    ("a callback that never came", Kind.MISSING_HERE,
     "WITH lost AS (DELETE FROM payments.ledger_transactions WHERE source_id = $1)"
     " UPDATE payments.payments SET status = 'requires_action' WHERE id = $1"),
    ("another reference there", Kind.REFERENCE_DIFFERS,
     "UPDATE gateway_simulator.charges SET reference = 'another' WHERE payment_id = $1"),
)  # fmt: skip


@dataclass
class Books:
    pool: Pool
    admin: asyncpg.Connection

    async def pay(self, minor: int) -> tuple[UUID, UUID]:
        """A payment as the service leaves it, in the books of both; its id, and that of the ledger transaction."""
        payment, posting, transaction = TimeOrderedIds().new(), TimeOrderedIds().new(), SqlTransaction(self.pool, {})
        clearing = Account(AccountKind.PROVIDER_CLEARING, "AED", provider="simulator")
        entries = (Entry(clearing, minor), Entry(Account(AccountKind.PLATFORM_FEES, "AED"), -minor))
        async with transaction:
            await transaction.connection.execute(_PAYMENT, payment, minor)
            await SqlLedger(transaction).post(
                LedgerTransaction(posting, "payment_captured", payment, entries, about=payment)
            )
            await transaction.connection.execute(_CHARGE, payment)
        await self.admin.execute(_OLDER, payment)
        return payment, posting

    async def forget(self, payment: UUID, posting: UUID) -> None:
        for statement in _FORGET:
            await self.admin.execute(statement, posting if "ledger" in statement else payment)

    async def differences(self) -> list[tuple[Kind, UUID]]:
        transaction, clock = SqlTransaction(self.pool, {}), SystemClock()
        gateway = SimulatedGateway(self.pool, success_rate=1, seed=None)
        reconcile = Reconcile(
            ConfiguredGateways({}, {"simulator": gateway}), SqlOwnBooks(self.pool), SqlReconciliations(transaction),
            SqlTimers(transaction), transaction, clock,
        )  # fmt: skip
        now = clock.now()
        run = await reconcile("simulator", now - timedelta(hours=6), now + timedelta(seconds=1))
        return [(one.kind, one.key.id) for one in run.differences]


async def reconciliation(dsn: str, rounds: int, seed: int, payments: int = 200) -> list[str]:
    """The violations; prints a line of figures. The books must be empty, or agree, before."""
    chance, found, longest = random.Random(seed), [], 0.0
    pool, admin = Pool(dsn, size=2), await connect(dsn)
    books = Books(pool, admin)
    try:
        for _ in range(payments):
            await books.pay(chance.randrange(100, 10_000_00))
        if wrong := await books.differences():
            return [f"differences before any was planted: {wrong}"]
        await admin.execute("SET session_replication_role = replica")
        for number in range(rounds):
            what, kind, statement = PLANTED[number % len(PLANTED)]
            payment, posting = await books.pay(chance.randrange(100, 10_000_00))
            await admin.execute(statement, payment)
            began = time.perf_counter()
            seen = await books.differences()
            longest = max(longest, time.perf_counter() - began)
            await books.forget(payment, posting)
            if seen != [(kind, payment)]:
                found.append(f"round {number}: {what}, payment {payment}: reported {seen}")
    finally:
        await admin.close()
        await pool.close()
    print(
        f"reconciliation: {rounds} differences in {payments} payments, {len(PLANTED)} kinds, seed {seed}: "
        f"{rounds - len(found)} found, longest {longest:.2f} s"
    )
    return found
