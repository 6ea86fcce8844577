"""What Payme and Click leave with us: the fakes and the SQL adapters keep one contract."""

from abc import ABC, abstractmethod
from dataclasses import asdict, dataclass
from datetime import timedelta

import pytest

from marketplace.adapters.sql.payments.click_transactions import SqlClickTransactions
from marketplace.adapters.sql.payments.payme_transactions import SqlPaymeTransactions
from marketplace.adapters.sql.payments.payments import SqlPayments
from marketplace.adapters.sql.payments.provider_calls import SqlProviderCalls
from marketplace.adapters.sql.payments.refunds import SqlRefunds
from marketplace.adapters.sql.pool import Pool
from marketplace.adapters.sql.transaction import SqlTransaction
from marketplace.application.payments.ports import Payments, Refunds
from marketplace.application.payments.provider_ports import (
    ClickTransactions,
    PaymeTransactions,
    ProviderCall,
    ProviderCalls,
)
from marketplace.application.shared.ports import Transaction
from marketplace.domain.payments.click import ClickTransaction
from marketplace.domain.payments.payme import LIFETIME_MS, PaymeTransaction, milliseconds
from marketplace.domain.payments.payment import PaymentState
from marketplace.domain.payments.refund import Refund, RefundOutcome
from marketplace.domain.shared.ids import PaymentId, RefundId
from tests.builders.commerce import HOUR, NOON, a_payment, new_id
from tests.fakes.provider_calls import MemoryClickTransactions, MemoryPaymeTransactions, MemoryProviderCalls
from tests.fakes.world import MemoryPayments, MemoryRefunds, MemoryTransaction


@dataclass
class Records:
    transaction: Transaction
    payments: Payments
    refunds: Refunds
    payme: PaymeTransactions
    click: ClickTransactions
    calls: ProviderCalls

    async def payment(self) -> PaymentId:
        """For Payme's and Click's rows to belong to, with a refund under way."""
        payment = a_payment(status=PaymentState.CAPTURED)
        async with self.transaction:
            await self.payments.add(payment)
        return payment.id

    async def refund(self, payment_id: PaymentId) -> RefundId:
        async with self.transaction:
            payment = await self.payments.lock(payment_id)
            refund = Refund(
                id=RefundId(new_id()), payment_id=payment_id, cause=payment.cause, payer=payment.payer,
                payee=payment.payee, amount=payment.amount, reason="Broken", requested_by=None, created_at=NOON,
            )  # fmt: skip
            refund.approve(payment.promise_back(payment.amount), None)
            refund.process()
            await self.refunds.add(refund)
            return refund.id


class RecordsContract(ABC):
    @pytest.fixture
    @abstractmethod
    def records(self) -> Records: ...

    async def test_a_payme_transaction_comes_back_as_saved(self, records: Records) -> None:
        payment = await records.payment()
        refund = await records.refund(payment)
        transaction = PaymeTransaction(
            id=new_id().hex[:24], payment_id=payment, amount_minor=75_000, time=milliseconds(NOON), created_at=1
        )
        async with records.transaction:
            assert await records.payme.find(transaction.id) is None
            assert await records.payme.of_payment(payment) is None
            await records.payme.add(transaction)
        transaction.perform(NOON)
        async with records.transaction:
            await records.payme.save(transaction)
        transaction.cancel(5, NOON + HOUR)
        transaction.refund_id, transaction.fiscal = refund, {"PERFORM": {"receipt_id": 121}}
        async with records.transaction:
            await records.payme.save(transaction)
        async with records.transaction:
            for found in (await records.payme.find(transaction.id), await records.payme.of_payment(payment)):
                assert found is not None
                assert asdict(found) == asdict(transaction)

    async def test_a_statement_is_ordered_and_bounded_on_both_sides(self, records: Records) -> None:
        start = milliseconds(NOON) + new_id().int % LIFETIME_MS * 1_000
        added = [
            PaymeTransaction(
                id=f"{late:024x}", payment_id=await records.payment(), amount_minor=1, time=start + late, created_at=1
            )
            for late in (30, 10, 20)
        ]
        async with records.transaction:
            for transaction in added:
                transaction.id = new_id().hex[-24:]
                await records.payme.add(transaction)
        async with records.transaction:
            found = await records.payme.between(start + 10, start + 20)
        assert [one.id for one in found] == [added[1].id, added[2].id]

    async def test_a_click_transaction_is_numbered_and_comes_back_as_saved(self, records: Records) -> None:
        payment, other = await records.payment(), await records.payment()
        transaction = ClickTransaction(
            id=new_id().int % 2**63, payment_id=payment, paydoc_id=2**63 - 1, prepared_at=NOON
        )
        async with records.transaction:
            assert await records.click.of_payment(payment) is None
            assert await records.click.add(transaction)
            again = ClickTransaction(id=transaction.id, payment_id=other, paydoc_id=1, prepared_at=NOON)
            assert not await records.click.add(again)
        assert transaction.number > 0
        transaction.complete(NOON + HOUR)
        async with records.transaction:
            await records.click.save(transaction)
        transaction.cancel(-5017, NOON + 2 * HOUR)
        transaction.reverse(await records.refund(payment), NOON + 3 * HOUR)
        async with records.transaction:
            await records.click.save(transaction)
        async with records.transaction:
            found = await records.click.of_payment(payment)
        assert found is not None
        assert asdict(found) == asdict(transaction)

    async def test_a_refund_is_under_way_until_the_provider_confirms_it(self, records: Records) -> None:
        payment_id = await records.payment()
        async with records.transaction:
            assert await records.refunds.under_way(payment_id) is None
        refund_id = await records.refund(payment_id)
        async with records.transaction:
            refund = await records.refunds.under_way(payment_id)
            assert refund is not None
            assert refund.id == refund_id
            payment = await records.payments.lock(payment_id)
            payment.refunding = payment.amount
            refund.settle(RefundOutcome(succeeded=True, reference=None, message=""), payment, NOON)
            await records.refunds.save(refund)
            assert await records.refunds.under_way(payment_id) is None

    async def test_the_oldest_calls_are_forgotten_first(self, records: Records) -> None:
        long_ago = NOON - timedelta(days=36_500)
        async with records.transaction:
            for hours in (3, 1, 2):
                await records.calls.add(
                    ProviderCall(
                        id=new_id(), provider="click", received_at=long_ago + hours * HOUR, address="10.0.0.1",
                        headers={"user-agent": "Click"}, body="a=1", answer="{}",
                    )
                )  # fmt: skip
        for forgotten in (2, 1, 0):
            async with records.transaction:
                assert await records.calls.forget(long_ago + 4 * HOUR, 2) == forgotten


class TestMemoryRecords(RecordsContract):
    @pytest.fixture
    def records(self) -> Records:
        block = MemoryTransaction()
        return Records(
            block, MemoryPayments(block), MemoryRefunds(block), MemoryPaymeTransactions(block),
            MemoryClickTransactions(block), MemoryProviderCalls(block),
        )  # fmt: skip


class TestSqlRecords(RecordsContract):
    @pytest.fixture
    def records(self, pool: Pool) -> Records:
        block = SqlTransaction(pool, {})
        return Records(
            block, SqlPayments(block), SqlRefunds(block), SqlPaymeTransactions(block), SqlClickTransactions(block),
            SqlProviderCalls(block),
        )  # fmt: skip
