"""What is known here of a provider's movements, and the runs that are stored: fakes and SQL adapters alike."""

from dataclasses import dataclass, replace
from datetime import timedelta

import pytest

from marketplace.adapters.clock import SystemClock
from marketplace.adapters.ids import TimeOrderedIds
from marketplace.adapters.sql.payments.ledger import SqlLedger
from marketplace.adapters.sql.payments.own_books import SqlOwnBooks
from marketplace.adapters.sql.payments.payments import SqlPayments
from marketplace.adapters.sql.payments.reconciliations import SqlReconciliations
from marketplace.adapters.sql.pool import Pool
from marketplace.adapters.sql.transaction import SqlTransaction
from marketplace.application.payments.ports import Ledger, Payments
from marketplace.application.payments.reconciliation_ports import OwnBooks, Reconciliations
from marketplace.application.shared.ports import Transaction
from marketplace.domain.payments.payment import Payment
from marketplace.domain.payments.postings import capture
from marketplace.domain.payments.reconciliation import (
    Difference,
    DifferenceKind,
    MovementKey,
    MovementKind,
    Reconciliation,
    Standing,
)
from tests.builders.commerce import APPROVED, NOON, a_payment, aed, new_id
from tests.fakes.books import MemoryOwnBooks, MemoryReconciliations
from tests.fakes.world import MemoryLedger, MemoryPayments, MemoryTransaction

MINUTE = timedelta(minutes=1)


@dataclass
class Shelf:
    transaction: Transaction
    payments: Payments
    ledger: Ledger
    books: OwnBooks
    runs: Reconciliations

    async def paid(self, payment: Payment, *, posted: bool = True) -> MovementKey:
        async with self.transaction:
            await self.payments.add(payment)
            payment.settle(APPROVED, NOON)
            await self.payments.save(payment)
            if posted:
                await self.ledger.post(capture(TimeOrderedIds().new(), payment))
        return MovementKey(MovementKind.CHARGE, payment.id)


class BooksContract:
    async def test_a_movement_is_what_payment_and_ledger_say(self, shelf: Shelf) -> None:
        paid, unposted, waiting = a_payment(amount=aed("750.01")), a_payment(), a_payment()
        keys = [await shelf.paid(paid), await shelf.paid(unposted, posted=False)]
        async with shelf.transaction:
            await shelf.payments.add(waiting)
        keys += [MovementKey(MovementKind.CHARGE, waiting.id), MovementKey(MovementKind.REFUND, new_id())]
        found = await shelf.books.movements("simulator", keys)
        assert [(found[key].standing, found[key].amount, found[key].posted) for key in keys] == [
            (Standing.DONE, aed("750.01"), aed("750.01")), (Standing.DONE, unposted.amount, None),
            (Standing.UNDER_WAY, waiting.amount, None), (Standing.NOT_DONE, None, None),
        ]  # fmt: skip
        assert (found[keys[0]].reference, found[keys[0]].begun_at) == (APPROVED.reference, NOON)
        elsewhere = (await shelf.books.movements("stripe", keys))[keys[0]]
        assert (elsewhere.standing, elsewhere.amount, elsewhere.posted) == (Standing.NOT_DONE, None, None)

    async def test_what_was_posted_in_a_window(self, shelf: Shelf) -> None:
        key, now = await shelf.paid(a_payment()), SystemClock().now()
        assert key in await shelf.books.posted("simulator", now - MINUTE, now + MINUTE)
        assert key not in await shelf.books.posted("stripe", now - MINUTE, now + MINUTE)
        assert key not in await shelf.books.posted("simulator", now - 3 * MINUTE, now - 2 * MINUTE)

    async def test_a_run_comes_back_as_saved_and_is_replaced(self, shelf: Shelf) -> None:
        until = NOON + timedelta(microseconds=new_id().int % 10**12)
        difference = Difference(
            kind=DifferenceKind.AMOUNT_DIFFERS, key=MovementKey(MovementKind.PAYOUT, new_id()), ours=aed(1),
            theirs=aed("1.01"), reference=None, standing=Standing.DONE,
        )  # fmt: skip
        run = Reconciliation(
            id=Reconciliation.id_of("simulator", NOON - MINUTE, until), provider="simulator", since=NOON - MINUTE,
            until=until, matched=3, under_way=1, found=1, differences=(difference,), ran_at=NOON,
        )  # fmt: skip
        async with shelf.transaction:
            assert await shelf.runs.lock(run.id) is None
            await shelf.runs.save(run)
        for expected in (run, replace(run, matched=4, found=0, differences=())):
            async with shelf.transaction:
                await shelf.runs.save(expected)
                loaded = await shelf.runs.lock(run.id)
            assert loaded is not None
            assert (loaded.matched, loaded.differences) == (expected.matched, expected.differences)
            assert (loaded.provider, loaded.since, loaded.until) == (run.provider, run.since, run.until)


class TestMemory(BooksContract):
    @pytest.fixture
    def shelf(self) -> Shelf:
        block = MemoryTransaction()
        return Shelf(
            block, MemoryPayments(block), MemoryLedger(block), MemoryOwnBooks(block), MemoryReconciliations(block)
        )


class TestSql(BooksContract):
    @pytest.fixture
    def shelf(self, pool: Pool) -> Shelf:
        block = SqlTransaction(pool, {})
        return Shelf(block, SqlPayments(block), SqlLedger(block), SqlOwnBooks(pool), SqlReconciliations(block))
