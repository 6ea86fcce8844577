"""The fake of the unit tests and the SQL adapter keep one contract."""

from dataclasses import asdict, dataclass, replace

import pytest

from marketplace.adapters.sql.payments.payments import SqlPayments
from marketplace.adapters.sql.payments.refunds import SqlRefunds
from marketplace.adapters.sql.pool import Pool
from marketplace.adapters.sql.transaction import SqlTransaction
from marketplace.application.payments.ports import Payments, Refunds
from marketplace.application.shared.ports import Transaction
from marketplace.domain.payments.payment import Payment
from marketplace.domain.payments.refund import Refund, RefundNotFound, RefundRequestOpen
from marketplace.domain.shared.errors import StaleAggregate
from marketplace.domain.shared.ids import RefundId
from tests.builders.commerce import APPROVED, HOUR, NOON, a_payment, aed, new_id
from tests.fakes.world import MemoryPayments, MemoryRefunds, MemoryTransaction


@dataclass
class Desk:
    transaction: Transaction
    payments: Payments
    refunds: Refunds

    async def paid(self) -> Payment:
        payment = a_payment()
        payment.settle(APPROVED, NOON)
        async with self.transaction:
            await self.payments.add(payment)
        return payment

    async def asked(self, payment: Payment) -> Refund:
        """300.00, by the payer."""
        refund = Refund(
            id=RefundId(new_id()), payment_id=payment.id, cause=payment.cause, payer=payment.payer, payee=payment.payee,
            amount=aed(300), reason="Arrived broken", requested_by=payment.payer, created_at=NOON,
        )  # fmt: skip
        async with self.transaction:
            await self.refunds.add(refund)
        return refund

    async def lock(self, refund_id: RefundId) -> Refund:
        async with self.transaction:
            return await self.refunds.lock(refund_id)

    async def save(self, refund: Refund) -> None:
        async with self.transaction:
            await self.refunds.save(refund)


class RefundsContract:
    async def test_a_refund_comes_back_as_saved(self, desk: Desk) -> None:
        payment = await desk.paid()
        refund = await desk.asked(payment)
        assert asdict(await desk.lock(refund.id)) == asdict(refund)
        assert refund.escalate(NOON + HOUR)
        refund.lower(aed(100))
        refund.answer = "Only the lens was"
        refund.approve(payment.promise_back(refund.amount), payment.payee)
        refund.process()
        refund.ask_again(NOON)
        await desk.save(refund)
        assert asdict(await desk.lock(refund.id)) == asdict(refund)
        async with desk.transaction:
            assert asdict(await desk.refunds.find(refund.id)) == asdict(refund)

    async def test_an_unknown_refund_is_not_found(self, desk: Desk) -> None:
        with pytest.raises(RefundNotFound):
            await desk.lock(RefundId(new_id()))

    async def test_one_request_is_open_at_a_time(self, desk: Desk) -> None:
        payment = await desk.paid()
        refund = await desk.asked(payment)
        with pytest.raises(RefundRequestOpen):
            await desk.asked(payment)
        assert await desk.asked(await desk.paid())
        refund.cancel(NOON)
        await desk.save(refund)
        assert await desk.asked(payment)

    async def test_of_two_decisions_at_once_the_second_is_stale(self, desk: Desk) -> None:
        refund = await desk.asked(await desk.paid())
        other = replace(refund)
        refund.reject("It was in order", refund.payee, NOON)
        other.cancel(NOON)
        await desk.save(refund)
        with pytest.raises(StaleAggregate):
            await desk.save(other)


class TestMemoryRefunds(RefundsContract):
    @pytest.fixture
    def desk(self) -> Desk:
        transaction = MemoryTransaction()
        return Desk(transaction, MemoryPayments(transaction), MemoryRefunds(transaction))


class TestSqlRefunds(RefundsContract):
    @pytest.fixture
    def desk(self, pool: Pool) -> Desk:
        transaction = SqlTransaction(pool, {})
        return Desk(transaction, SqlPayments(transaction), SqlRefunds(transaction))
