"""Paying at once, settling at once, posting at once: money moves once and the books stay right (M1, M7, V1, V2)."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from datetime import datetime

import pytest
from dishka import Provider, Scope, provide

from marketplace.adapters.gateways.simulator import SimulatedGateway
from marketplace.adapters.sql.payments.ledger import SqlLedger
from marketplace.adapters.sql.pool import Pool
from marketplace.adapters.sql.transaction import SqlTransaction
from marketplace.application.payments.payments import ASK_GATEWAY, AskGateway, SettlePayment
from marketplace.application.payments.ports import Charge, Gateway, Gateways, RefundOrder, StatementLine
from marketplace.domain.ordering.events import OrderPaid
from marketplace.domain.ordering.order import OrderNotPayable
from marketplace.domain.payments.ledger import Account, AccountKind, Entry, LedgerTransaction
from marketplace.domain.payments.payment import Outcome, PaymentCaptured, PaymentInProgress, Verdict
from marketplace.domain.payments.refund import RefundOutcome
from marketplace.domain.shared.errors import Conflict
from marketplace.domain.shared.ids import OrderId, PaymentId
from marketplace.entrypoints.worker.subscriptions import handlers
from tests.builders.commerce import BAD_CARD, GOOD_CARD, SLOW_CARD, a_user_id, new_id
from tests.engines import Database
from tests.fakes.gateways import the_only
from tests.integration.commerce.market import SqlMarket, a_market
from tests.integration.races import outcomes


class GateKeeper(Gateway):
    """The simulator behind a gate: charges wait until it opens."""

    def __init__(self, gateway: Gateway) -> None:
        self._gateway = gateway
        self.opened = asyncio.Event()
        self.arrived = asyncio.Event()

    async def charge(self, charge: Charge) -> Outcome:
        self.arrived.set()
        await self.opened.wait()
        return await self._gateway.charge(charge)

    async def resolve(self, payment_id: PaymentId, reference: str | None, *, give_up: bool) -> Outcome:
        return await self._gateway.resolve(payment_id, reference, give_up=give_up)

    async def refund(self, order: RefundOrder) -> RefundOutcome:
        return await self._gateway.refund(order)

    async def statement(self, since: datetime, until: datetime) -> Sequence[StatementLine]:
        return await self._gateway.statement(since, until)


class SlowGateway(Provider):
    @provide(scope=Scope.APP, override=True)
    def gateways(self, pool: Pool) -> Gateways:
        return the_only(GateKeeper(SimulatedGateway(pool, success_rate=1, seed=None)))


@pytest.fixture
async def gated(database: Database) -> AsyncIterator[tuple[SqlMarket, GateKeeper]]:
    async with a_market(database, SlowGateway()) as market:
        gate = (await market.container.get(Gateways)).gateway("simulator")
        assert isinstance(gate, GateKeeper)
        yield market, gate


async def captures(market: SqlMarket, order_id: OrderId) -> tuple[int, int, int]:
    """Captured payments, captured charges of the gateway, ledger transactions: of one order."""
    row = (
        await market.all(
            "SELECT count(*) FILTER (WHERE p.status = 'captured'), count(*) FILTER (WHERE c.captured), count(t.id)"
            " FROM payments.payments p LEFT JOIN gateway_simulator.charges c ON c.payment_id = p.id"
            " LEFT JOIN payments.ledger_transactions t ON t.source_id = p.id WHERE p.cause_id = $1",
            order_id,
        )
    )[0]
    return row[0], row[1], row[2]


async def test_while_one_payment_is_charged_the_others_are_refused(gated: tuple[SqlMarket, GateKeeper]) -> None:
    market, gate = gated
    order_id = await market.ordered()
    first = asyncio.create_task(market.pay(order_id))
    await gate.arrived.wait()
    others = await outcomes(*(market.pay(order_id) for _ in range(4)))
    assert [type(other) for other in others] == [PaymentInProgress] * 4
    gate.opened.set()
    assert (await first).status == "completed"
    assert await captures(market, order_id) == (1, 1, 1)


async def test_an_order_that_is_paid_many_times_at_once_is_paid_once(market: SqlMarket) -> None:
    for card in (GOOD_CARD, SLOW_CARD):
        order_id = await market.ordered()
        results = await outcomes(*(market.pay(order_id, card) for _ in range(12)))
        paid = [result for result in results if not isinstance(result, BaseException)]
        lost = [result for result in results if isinstance(result, BaseException)]
        assert len(paid) == 1, results
        assert all(isinstance(result, (PaymentInProgress, OrderNotPayable)) for result in lost), results
        await market.run(AskGateway, paid[0].id)
        assert await captures(market, order_id) == (1, 1, 1)
    await market.books_are_right()


async def test_declined_cards_at_once_leave_the_order_payable(market: SqlMarket) -> None:
    order_id = await market.ordered()
    results = await outcomes(*(market.pay(order_id, BAD_CARD) for _ in range(6)))
    refused = [result for result in results if isinstance(result, BaseException)]
    assert all(isinstance(result, PaymentInProgress) for result in refused), results
    assert (await market.pay(order_id)).status == "completed"
    assert await captures(market, order_id) == (1, 1, 1)


async def test_a_reply_and_an_enquiry_at_once_settle_it_once(market: SqlMarket) -> None:
    for _ in range(5):
        order_id = await market.ordered()
        payment = await market.pay(order_id, SLOW_CARD)
        assert payment.status == "pending"
        before = await market.last_job()
        said = Outcome(verdict=Verdict.CAPTURED, reference="late reply", message="Approved")
        results = await outcomes(
            market.run(AskGateway, payment.id), market.run(SettlePayment, payment.id, said),
            market.run(AskGateway, payment.id), market.run(SettlePayment, payment.id, None),
        )  # fmt: skip
        assert not any(isinstance(result, BaseException) for result in results), results
        assert await captures(market, order_id) == (1, 1, 1)
        told = [*handlers.subscriptions[OrderPaid], *handlers.subscriptions[PaymentCaptured]]
        assert await market.jobs_since(before) == sorted(told)
        assert await timers_of(market, payment.id) == 0
    await market.books_are_right()


async def test_a_payment_and_the_deadline_at_once_pay_or_expire_never_both(market: SqlMarket) -> None:
    seen = set()
    for turn in range(8):
        order_id = await market.ordered()
        calls = [market.pay(order_id), market.expire_order(order_id)]
        results = await outcomes(*calls[:: 1 if turn % 2 else -1])
        assert all(isinstance(result, Conflict) for result in results if isinstance(result, BaseException)), results
        captured, charged, posted = await captures(market, order_id)
        status = await market.value("SELECT status FROM ordering.orders WHERE id = $1", order_id)
        seen.add((status, captured, charged, posted))
        await market.expire_order(order_id)
        assert await market.value("SELECT status FROM ordering.orders WHERE id = $1", order_id) == status
    assert seen <= {("paid", 1, 1, 1), ("expired", 0, 0, 0)}


async def test_an_order_does_not_expire_under_a_charge(gated: tuple[SqlMarket, GateKeeper]) -> None:
    market, gate = gated
    order_id = await market.ordered()
    payment = asyncio.create_task(market.pay(order_id))
    await gate.arrived.wait()
    await market.expire_order(order_id)
    gate.opened.set()
    results = await outcomes(payment, *(market.expire_order(order_id) for _ in range(3)))
    assert not any(isinstance(result, BaseException) for result in results), results
    assert await market.value("SELECT status FROM ordering.orders WHERE id = $1", order_id) == "paid"
    assert await captures(market, order_id) == (1, 1, 1)


async def timers_of(market: SqlMarket, payment_id: PaymentId) -> int:
    set_: int = await market.value(
        "SELECT count(*) FROM jobs.job WHERE handler = $1 AND key = $2 AND state = 'ready'",
        ASK_GATEWAY,
        str(payment_id),
    )
    return set_


async def test_writers_in_opposite_order_never_wait_for_each_other(market: SqlMarket) -> None:
    """Eight writers over the same three accounts, half of them backwards, the accounts new at the start."""
    clearing = Account(AccountKind.PROVIDER_CLEARING, "EUR", a_user_id())
    sellers = [Account(AccountKind.SELLER_PAYABLE, "EUR", a_user_id()) for _ in range(2)]
    legs = (Entry(clearing, 100), Entry(sellers[0], -60), Entry(sellers[1], -40))

    async def write(entries: tuple[Entry, ...]) -> None:
        for _ in range(12):
            transaction = SqlTransaction(pool, {})
            async with transaction:
                await SqlLedger(transaction).post(LedgerTransaction(new_id(), "bank", new_id(), entries))

    pool = await market.container.get(Pool)
    results = await outcomes(*(write(legs if writer % 2 else legs[::-1]) for writer in range(8)))
    assert results == [None] * 8
    balances = await market.all(
        "SELECT balance_minor FROM payments.ledger_accounts WHERE id = ANY ($1)",
        [account.id for account in (clearing, *sellers)],
    )
    assert sorted(row[0] for row in balances) == [-5_760, -3_840, 9_600]
    await market.books_are_right()


async def test_a_reader_always_sees_balanced_books(market: SqlMarket) -> None:
    """Snapshots taken while writers post: every one of them sums to zero."""
    owner = a_user_id()
    legs = (
        Entry(Account(AccountKind.PROVIDER_CLEARING, "USD", owner), 7),
        Entry(Account(AccountKind.SELLER_PAYABLE, "USD", owner), -7),
    )
    pool = await market.container.get(Pool)
    done = asyncio.Event()

    async def write() -> None:
        for _ in range(25):
            transaction = SqlTransaction(pool, {})
            async with transaction:
                await SqlLedger(transaction).post(LedgerTransaction(new_id(), "bank", new_id(), legs))

    async def read() -> int:
        reads = 0
        while not done.is_set():
            total = await market.value("SELECT coalesce(sum(balance_minor), 0) FROM payments.ledger_accounts")
            assert total == 0
            reads += 1
        return reads

    readers = [asyncio.create_task(read()) for _ in range(2)]
    await asyncio.gather(*(write() for _ in range(4)))
    done.set()
    assert sum(await asyncio.gather(*readers)) > 10
