"""The fakes of the unit tests and the SQL adapters keep one contract."""

from abc import ABC, abstractmethod
from dataclasses import asdict, dataclass
from uuid import UUID

import pytest

from marketplace.adapters.bridges.ordering_asks_payments import MoneyInFlightOfPayments
from marketplace.adapters.sql.payments.ledger import SqlLedger
from marketplace.adapters.sql.payments.payments import SqlPayments
from marketplace.adapters.sql.pool import Pool
from marketplace.adapters.sql.transaction import SqlTransaction
from marketplace.application.ordering.ports import MoneyInFlight
from marketplace.application.payments.ports import Ledger, Payments
from marketplace.application.shared.ports import Transaction
from marketplace.domain.payments.ledger import Account, AccountKind, Entry, LedgerTransaction
from marketplace.domain.payments.payment import (
    IN_FLIGHT,
    Payment,
    PaymentInProgress,
    PaymentMethod,
    PaymentNotFound,
    PaymentState,
)
from marketplace.domain.payments.postings import capture
from marketplace.domain.shared.errors import StaleAggregate
from marketplace.domain.shared.ids import OrderId, PaymentId
from tests.builders.commerce import APPROVED, DECLINED, HOUR, NOON, a_payment, aed, new_id
from tests.fakes.world import (
    DEAD_PAYMENTS,
    MemoryLedger,
    MemoryMoneyInFlight,
    MemoryPayments,
    MemoryTransaction,
    entries_of,
)


@dataclass
class Till:
    transaction: Transaction
    payments: Payments
    money: MoneyInFlight

    async def add(self, payment: Payment) -> None:
        async with self.transaction:
            await self.payments.add(payment)

    async def lock(self, payment_id: PaymentId) -> Payment:
        async with self.transaction:
            return await self.payments.lock(payment_id)

    async def save(self, payment: Payment) -> None:
        async with self.transaction:
            await self.payments.save(payment)


class PaymentsContract:
    async def test_a_payment_comes_back_as_saved(self, till: Till) -> None:
        payment = a_payment(amount=aed("750.01"), method=PaymentMethod.WALLET)
        await till.add(payment)
        loaded = await till.lock(payment.id)
        assert asdict(loaded) == asdict(payment)
        loaded.ask_again(NOON)
        loaded.settle(APPROVED, NOON + HOUR)
        await till.save(loaded)
        assert asdict(await till.lock(payment.id)) == asdict(loaded)
        async with till.transaction:
            assert (await till.payments.find(payment.id)).cause == payment.cause

    async def test_an_unknown_payment_is_not_found(self, till: Till) -> None:
        with pytest.raises(PaymentNotFound):
            await till.lock(PaymentId(new_id()))
        with pytest.raises(PaymentNotFound):
            async with till.transaction:
                await till.payments.find(PaymentId(new_id()))

    @pytest.mark.parametrize("status", PaymentState)
    async def test_an_order_has_one_payment_that_is_not_dead(self, till: Till, status: PaymentState) -> None:
        first = a_payment(status=status)
        second = a_payment(cause=first.cause)
        await till.add(first)
        if status in DEAD_PAYMENTS:
            await till.add(second)
            assert asdict(await till.lock(second.id)) == asdict(second)
        else:
            with pytest.raises(PaymentInProgress):
                await till.add(second)
            with pytest.raises(PaymentNotFound):
                await till.lock(second.id)

    async def test_a_stale_copy_is_not_saved(self, till: Till) -> None:
        payment = a_payment()
        await till.add(payment)
        one, stale = await till.lock(payment.id), await till.lock(payment.id)
        one.settle(APPROVED, NOON)
        await till.save(one)
        stale.settle(DECLINED, NOON)
        with pytest.raises(StaleAggregate):
            await till.save(stale)
        assert asdict(await till.lock(payment.id)) == asdict(one)

    async def test_a_failed_block_leaves_nothing(self, till: Till) -> None:
        kept, lost = a_payment(), a_payment()
        await till.add(kept)
        before = asdict(kept)
        with pytest.raises(ZeroDivisionError):
            async with till.transaction:
                await till.payments.add(lost)
                kept.settle(APPROVED, NOON)
                await till.payments.save(kept)
                raise ZeroDivisionError
        assert asdict(await till.lock(kept.id)) == before
        with pytest.raises(PaymentNotFound):
            await till.lock(lost.id)

    @pytest.mark.parametrize("status", PaymentState)
    async def test_money_is_in_flight_until_a_payment_ends(self, till: Till, status: PaymentState) -> None:
        payment = a_payment(status=status)
        await till.add(payment)
        async with till.transaction:
            assert await till.money.towards(OrderId(payment.cause.id)) is (status in IN_FLIGHT)
            assert not await till.money.towards(OrderId(new_id()))


class TestMemoryPayments(PaymentsContract):
    @pytest.fixture
    def till(self) -> Till:
        transaction = MemoryTransaction()
        return Till(transaction, MemoryPayments(transaction), MemoryMoneyInFlight(transaction))


class TestSqlPayments(PaymentsContract):
    @pytest.fixture
    def till(self, pool: Pool) -> Till:
        transaction = SqlTransaction(pool, {})
        return Till(transaction, SqlPayments(transaction), MoneyInFlightOfPayments(transaction))


class Books(ABC):
    transaction: Transaction
    ledger: Ledger

    @abstractmethod
    async def balance(self, account: Account) -> int:
        """In minor units, by the entries and, where it is kept, by the account."""

    async def post(self, *transactions: LedgerTransaction) -> None:
        async with self.transaction:
            for transaction in transactions:
                await self.ledger.post(transaction)


class MemoryBooks(Books):
    def __init__(self) -> None:
        self.transaction = self._memory = MemoryTransaction()
        self.ledger = MemoryLedger(self._memory)

    async def balance(self, account: Account) -> int:
        return sum(entry.minor for entry in entries_of(self._memory.rows) if entry.account == account)


class SqlBooks(Books):
    def __init__(self, pool: Pool) -> None:
        self._pool = pool
        transaction = SqlTransaction(pool, {})
        self.transaction, self.ledger = transaction, SqlLedger(transaction)

    async def balance(self, account: Account) -> int:
        async with self._pool.connection() as connection:
            by_entries: int = await connection.fetchval(
                "SELECT coalesce(sum(minor), 0)::bigint FROM payments.ledger_entries WHERE account_id = $1", account.id
            )
            kept = await connection.fetchrow(
                "SELECT kind, owner_id, currency, balance_minor FROM payments.ledger_accounts WHERE id = $1", account.id
            )
        if kept is None:
            assert by_entries == 0
        else:
            assert tuple(kept) == (account.kind.value, account.owner, account.currency, by_entries)
        return by_entries


def owed_to(payment: Payment) -> Account:
    return Account(AccountKind.SELLER_PENDING, payment.amount.currency, payment.payee)


class LedgerContract:
    async def test_a_posting_moves_every_account(self, books: Books) -> None:
        payment = a_payment(amount=aed(750))
        clearing, fees = (
            Account(AccountKind.PROVIDER_CLEARING, "AED", provider="simulator"),
            Account(AccountKind.PLATFORM_FEES, "AED"),
        )
        before = await books.balance(clearing), await books.balance(fees)
        await books.post(capture(new_id(), payment))
        assert await books.balance(owed_to(payment)) == -71_250
        assert (await books.balance(clearing), await books.balance(fees)) == (before[0] + 75_000, before[1] - 3_750)

    async def test_postings_add_up(self, books: Books) -> None:
        first = a_payment(amount=aed(100))
        second = a_payment(amount=aed(200), payee=first.payee)
        await books.post(capture(new_id(), first), capture(new_id(), second))
        assert await books.balance(owed_to(first)) == -28_500

    async def test_posting_twice_changes_nothing(self, books: Books) -> None:
        """Whatever the repetition says, in the same block or in a later one."""
        payment = a_payment(amount=aed(750))
        posted = capture(new_id(), payment)
        larger = tuple(Entry(entry.account, entry.minor * 2) for entry in posted.entries)
        again = LedgerTransaction(new_id(), posted.kind, posted.source, larger)
        await books.post(posted, again)
        await books.post(again)
        assert await books.balance(owed_to(payment)) == -71_250

    async def test_a_posting_may_take_back_what_another_brought(self, books: Books) -> None:
        """As a refund will: the asset account is credited."""
        payment = a_payment(amount=aed(750))
        posted = capture(new_id(), payment)
        clearing = Account(AccountKind.PROVIDER_CLEARING, "AED", provider="simulator")
        before = await books.balance(clearing)
        back = tuple(Entry(entry.account, -entry.minor) for entry in posted.entries)
        await books.post(posted)
        await books.post(LedgerTransaction(new_id(), "taken_back", posted.source, back))
        assert await books.balance(owed_to(payment)) == 0
        assert await books.balance(clearing) == before

    async def test_a_source_is_posted_once_for_each_kind(self, books: Books) -> None:
        payment = a_payment(amount=aed(750))
        posted = capture(new_id(), payment)
        other: UUID = new_id()
        await books.post(posted, LedgerTransaction(other, "another_kind", posted.source, posted.entries))
        assert await books.balance(owed_to(payment)) == -142_500

    async def test_a_failed_block_leaves_nothing(self, books: Books) -> None:
        payment = a_payment()
        with pytest.raises(ZeroDivisionError):
            async with books.transaction:
                await books.ledger.post(capture(new_id(), payment))
                raise ZeroDivisionError
        assert await books.balance(owed_to(payment)) == 0


class TestMemoryLedger(LedgerContract):
    @pytest.fixture
    def books(self) -> Books:
        return MemoryBooks()


class TestSqlLedger(LedgerContract):
    @pytest.fixture
    def books(self, pool: Pool) -> Books:
        return SqlBooks(pool)
