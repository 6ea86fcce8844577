"""When our books and a provider's agree: windows have edges, and some movements are still under way."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

import pytest

from marketplace.adapters.gateways.registry import ConfiguredGateways
from marketplace.adapters.sql.payments.movements import first_id
from marketplace.application.payments.payments import ASK_GATEWAY
from marketplace.application.payments.ports import GatewaySilent, StatementLine
from marketplace.application.payments.reconciliation import (
    InvalidWindow,
    Reconcile,
    ReconcileEverybody,
    RunReconciliation,
)
from marketplace.application.shared.actor import MissingPermission, Permission
from marketplace.domain.payments.payment import Payment
from marketplace.domain.payments.postings import capture
from marketplace.domain.payments.reconciliation import BooksCompared, DifferenceKind, Reconciliation, UnknownProvider
from tests.builders.commerce import APPROVED, DECLINED, NOON, a_payment, an_actor, an_actor_who_may_not
from tests.fakes.books import MemoryOwnBooks, MemoryReconciliations
from tests.fakes.world import (
    FixedClock,
    MemoryGateway,
    MemoryLedger,
    MemoryPayments,
    MemoryTimers,
    MemoryTransaction,
)

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
SECOND = timedelta(seconds=1)


class Bank(MemoryGateway):
    """With a statement of its own."""

    def __init__(self, transaction: MemoryTransaction) -> None:
        super().__init__(transaction)
        self.lines: list[StatementLine] = []

    async def statement(self, since: datetime, until: datetime) -> Sequence[StatementLine]:
        self._called()
        return [line for line in self.lines if since <= line.at < until]


class Office:
    def __init__(self) -> None:
        self.block, self.clock = MemoryTransaction(), FixedClock(NOON)
        self.bank, self.other = Bank(self.block), Bank(self.block)
        self.payments, self.ledger = MemoryPayments(self.block), MemoryLedger(self.block)
        gateways = ConfiguredGateways({}, {"simulator": self.bank, "another": self.other})
        self.reconcile = Reconcile(
            gateways, MemoryOwnBooks(self.block), MemoryReconciliations(self.block), MemoryTimers(self.block),
            self.block, self.clock,
        )  # fmt: skip
        self.everybody = ReconcileEverybody(gateways, self.reconcile)
        self._next = 0

    async def waiting(self, begun: datetime) -> Payment:
        payment = a_payment(created_at=begun)
        async with self.block:
            await self.payments.add(payment)
        return payment

    async def paid(self, here: datetime, there: datetime | None, begun: datetime | None = None) -> Payment:
        """Booked here and there at these moments."""
        payment = await self.waiting(begun or here)
        async with self.block:
            payment = await self.payments.lock(payment.id)
            payment.settle(APPROVED, here)
            await self.payments.save(payment)
            await self.ledger.post(capture(self._id(here), payment))
        if there:
            self.booked(payment, there)
        return payment

    def booked(self, payment: Payment, at: datetime) -> None:
        reference = APPROVED.reference or ""
        self.bank.lines.append(
            StatementLine(kind="charge", id=payment.id, reference=reference, amount=payment.amount, at=at)
        )

    async def run(self, since: datetime = NOON - DAY, until: datetime = NOON) -> Reconciliation:
        return await self.reconcile("simulator", since, until)

    def _id(self, at: datetime) -> UUID:
        self._next += 1
        return UUID(int=first_id(at).int + self._next)


def found(run: Reconciliation) -> list[tuple[DifferenceKind, UUID]]:
    return [(one.kind, one.key.id) for one in run.differences]


async def test_edges_of_the_window_are_no_differences() -> None:
    office = Office()
    start, end = NOON - 2 * DAY, NOON - DAY
    await office.paid(start + SECOND, start - SECOND)
    await office.paid(start - SECOND, start + SECOND)
    await office.paid(end - SECOND, end + SECOND)
    await office.paid(end + SECOND, end - SECOND)
    run = await office.run(start, end)
    assert (found(run), run.matched) == ([], 2)


async def test_what_we_heard_of_long_after_the_provider_booked_it_agrees() -> None:
    office = Office()
    late = await office.paid(NOON - HOUR, NOON - 10 * DAY, begun=NOON - 10 * DAY - SECOND)
    assert found(await office.run()) == []
    office.bank.lines.clear()
    assert found(await office.run()) == [(DifferenceKind.MISSING_THERE, late.id)]


async def test_what_was_captured_a_moment_ago_is_under_way_and_later_a_difference_that_is_asked_about() -> None:
    office = Office()
    payment = await office.waiting(NOON - HOUR)
    office.booked(payment, NOON - 59 * SECOND)
    run = await office.run()
    assert (found(run), run.under_way) == ([], 1)
    assert (ASK_GATEWAY, payment.id) not in office.block.rows.timers
    office.clock.advance(SECOND)
    run = await office.run()
    assert (found(run), run.under_way) == ([(DifferenceKind.MISSING_HERE, payment.id)], 0)
    assert office.block.rows.timers[ASK_GATEWAY, payment.id] == office.clock.now()


async def test_money_for_a_payment_that_was_given_up_is_asked_about() -> None:
    office = Office()
    payment = await office.waiting(NOON - HOUR)
    async with office.block:
        payment = await office.payments.lock(payment.id)
        payment.settle(DECLINED, NOON - HOUR)
        await office.payments.save(payment)
    office.booked(payment, NOON - SECOND)
    assert found(await office.run()) == [(DifferenceKind.MISSING_HERE, payment.id)]
    assert office.block.rows.timers[ASK_GATEWAY, payment.id] == NOON


async def test_a_charge_made_twice_is_an_amount_that_differs() -> None:
    office = Office()
    payment = await office.paid(NOON - HOUR, NOON - HOUR)
    office.booked(payment, NOON - HOUR + SECOND)
    (difference,) = (await office.run()).differences
    assert (difference.kind, difference.ours) == (DifferenceKind.AMOUNT_DIFFERS, payment.amount)
    assert difference.theirs == payment.amount + payment.amount


async def test_the_same_window_is_one_run_and_the_same_difference_is_news_once() -> None:
    office = Office()
    await office.paid(NOON - HOUR, None)
    runs = [await office.run(), await office.run()]
    await office.paid(NOON - HOUR, None)
    runs.append(await office.run())
    assert {run.id for run in runs} == set(office.block.rows.reconciliations)
    told = [event for event in office.block.rows.events if isinstance(event, BooksCompared)]
    assert [(event.differences, event.is_news) for event in told] == [(1, True), (1, False), (2, True)]


async def test_every_night_each_provider_is_compared_though_one_is_silent() -> None:
    office = Office()
    office.bank.unreachable = True
    with pytest.raises(GatewaySilent):
        await office.everybody(NOON)
    midnight = NOON.replace(hour=0)
    (run,) = office.block.rows.reconciliations.values()
    assert (run.provider, run.since, run.until) == ("another", midnight - 2 * DAY, midnight)


async def test_what_is_refused() -> None:
    office = Office()
    with pytest.raises(UnknownProvider, match="another, simulator"):
        await office.reconcile("nobody", NOON - DAY, NOON)
    for since, until in ((NOON, NOON), (NOON + DAY, NOON + 2 * DAY), (NOON - 32 * DAY, NOON)):
        with pytest.raises(InvalidWindow):
            await office.run(since, until)
    run = RunReconciliation(office.reconcile, office.clock)
    with pytest.raises(MissingPermission):
        await run(an_actor_who_may_not(Permission.READ_LEDGER), "simulator", None, None)
    view = await run(an_actor(), "simulator", None, None)
    assert (view.since, view.until) == (NOON - 2 * DAY, NOON)
