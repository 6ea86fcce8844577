"""Payouts on the memory adapters: what is set aside, who looks at it, what becomes of it."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from marketplace.application.payments.payments import PaymentTerms
from marketplace.application.payments.payout_accounts import (
    MOST_ACCOUNTS,
    AddPayoutAccount,
    RemovePayoutAccount,
    RunPayoutSchedules,
    SetPayoutSchedule,
)
from marketplace.application.payments.payout_views import PayoutView
from marketplace.application.payments.payouts import (
    SEND_PAYOUT,
    ApprovePayout,
    CancelPayout,
    PayoutSteps,
    RequestPayout,
    RetryPayout,
    ReversePayout,
    SendPayout,
    SettlePayout,
)
from marketplace.application.shared.actor import Actor, MissingPermission, Permission, StepUpRequired
from marketplace.domain.payments.ledger import Account, AccountKind, Entry, LedgerTransaction
from marketplace.domain.payments.payout import (
    PAYOUT_MOVES,
    HoldReason,
    IllegalPayoutMove,
    OwnPayout,
    PayoutLimits,
    PayoutNotCovered,
    PayoutNotFound,
    PayoutStatus,
    PayoutTooLarge,
    PayoutTooSmall,
)
from marketplace.domain.payments.payout_account import (
    InvalidPayoutAccount,
    PayoutAccountCoolingOff,
    PayoutAccountInUse,
    PayoutAccountKind,
    PayoutAccountNotFound,
    TooManyPayoutAccounts,
    destination_of,
)
from marketplace.domain.payments.payout_schedule import Interval, InvalidSchedule, PayoutSchedule
from marketplace.domain.payments.postings import payable, receivable
from marketplace.domain.shared.money import Money
from tests.builders.commerce import HOUR, NOON, aed, an_actor, new_id
from tests.builders.payouts import FAILING_IBAN, IBAN, SLOW_IBAN, a_payout, an_account
from tests.fakes.payouts import (
    KnownRisks,
    MemoryPayoutAccounts,
    MemoryPayoutGateway,
    MemoryPayouts,
    MemoryPayoutSchedules,
    MemoryPayoutTransaction,
    the_only_for_payouts,
)
from tests.fakes.world import FixedClock, MemoryLedger, MemoryTimers, SequentialIds

COOL_OFF = timedelta(hours=72)
CLEARING = Account(AccountKind.PROVIDER_CLEARING, "AED", provider="simulator")
S = PayoutStatus


class Bench:
    """A seller with a payout account and some settled earnings, and somebody who pays out."""

    def __init__(self) -> None:
        self.clock = FixedClock(NOON)
        self.block = block = MemoryPayoutTransaction()
        self.gateway = MemoryPayoutGateway(block)
        self.risks = KnownRisks()
        self.seller, self.finance = an_actor(), self.proven(an_actor())
        self.payouts, self.accounts, self.ledger = (
            MemoryPayouts(block),
            MemoryPayoutAccounts(block),
            MemoryLedger(block),
        )
        schedules, timers, ids, clock = MemoryPayoutSchedules(block), MemoryTimers(block), SequentialIds(), self.clock
        gateways, limits = the_only_for_payouts(self.gateway), PayoutLimits()
        self.steps = PayoutSteps(self.payouts, self.risks, gateways, self.ledger, timers, clock, ids, limits)
        self.request = RequestPayout(self.accounts, self.steps, block, clock)
        self.approve = ApprovePayout(self.payouts, self.ledger, timers, block, clock)
        self.cancel = CancelPayout(self.payouts, self.steps, block, clock, ids)
        self.retry = RetryPayout(self.payouts, self.accounts, self.steps, block, clock)
        self.reverse = ReversePayout(self.payouts, self.steps, block, clock, ids)
        settle = SettlePayout(self.payouts, self.steps, self.ledger, timers, block, clock, ids)
        self.send = SendPayout(self.payouts, self.accounts, gateways, settle, block)
        terms = PaymentTerms(return_url="", hold=COOL_OFF, cool_off=COOL_OFF)
        self.add_account = AddPayoutAccount(self.accounts, gateways, terms, block, clock, ids)
        self.remove_account = RemovePayoutAccount(self.accounts, self.payouts, block, clock)
        self.set_schedule = SetPayoutSchedule(schedules, limits, block, clock)
        self.run_schedules = RunPayoutSchedules(schedules, self.accounts, self.steps, block, clock)

    def proven(self, actor: Actor) -> Actor:
        return Actor(actor.user, actor.session, actor.permissions, self.clock.at)

    async def earned(self, amount: str, destination: str = IBAN) -> "Bench":
        async with self.block:
            await self.accounts.add(an_account(owner=self.seller.user, destination=destination))
        await self.moved(amount)
        return self

    async def moved(self, amount: str) -> None:
        """Into the settled balance, or out of it."""
        minor = int(Decimal(amount) * 100)
        legs = (Entry(CLEARING, minor), Entry(payable(self.seller.user, "AED"), -minor))
        async with self.block:
            await self.ledger.post(LedgerTransaction(new_id(), "test", new_id(), legs))

    async def asked(self, amount: str | None = None) -> PayoutView:
        return await self.request(self.seller, "AED", Decimal(amount) if amount else None, None)

    async def balance(self, account: Account) -> int:
        async with self.block:
            return (await self.ledger.lock(account))[account].minor

    async def settled(self) -> int:
        return -await self.balance(payable(self.seller.user, "AED"))

    async def on_the_way(self) -> int:
        return -await self.balance(Account(AccountKind.PAYOUTS_IN_TRANSIT, "AED", self.seller.user))

    def status(self, payout: PayoutView) -> PayoutStatus:
        return self.block.rows.payouts[payout.id].status

    @property
    def due(self) -> list[object]:
        return [subject for timer, subject in self.block.rows.timers if timer == SEND_PAYOUT]


@pytest.fixture
def bench() -> Bench:
    return Bench()


async def test_what_is_settled_is_set_aside_sent_and_paid(bench: Bench) -> None:
    await bench.earned("712.50")
    payout = await bench.asked()
    assert (payout.status, payout.amount, payout.is_scheduled) == ("processing", Decimal("712.50"), False)
    assert (await bench.settled(), await bench.on_the_way(), bench.due) == (0, 71_250, [payout.id])
    await bench.send(payout.id)
    assert (bench.status(payout), await bench.on_the_way(), await bench.balance(CLEARING)) == (S.PAID, 0, 0)
    await bench.send(payout.id)
    assert len(bench.gateway.sent) == 1
    assert [event.name for event in bench.block.rows.events] == ["payments.payout_moved.v1"] * 2


async def test_never_more_than_is_settled_and_not_owed(bench: Bench) -> None:
    await bench.earned("100")
    debt = (Entry(receivable(bench.seller.user, "AED"), 3_000), Entry(CLEARING, -3_000))
    async with bench.block:
        await bench.ledger.post(LedgerTransaction(new_id(), "debt", new_id(), debt))
    with pytest.raises(PayoutTooLarge) as refused:
        await bench.asked("70.01")
    assert refused.value.facts["available"] == Decimal("70.00")
    assert (await bench.asked()).amount == Decimal("70.00")
    with pytest.raises(PayoutTooLarge):
        await bench.asked("10")


@pytest.mark.parametrize("amount", ["9.99", "0.01"])
async def test_small_change_is_not_paid_out(bench: Bench, amount: str) -> None:
    await bench.earned("100")
    with pytest.raises(PayoutTooSmall):
        await bench.asked(amount)
    assert await bench.settled() == 10_000


async def test_a_new_account_is_paid_to_after_72_hours_and_not_a_moment_before(bench: Bench) -> None:
    await bench.moved("100")
    seller = bench.proven(bench.seller)
    view = await bench.add_account(
        seller, PayoutAccountKind.BANK, "Amina", "ae07 0331234567890123456", is_default=False
    )
    assert (view.is_default, view.masked, view.usable_from) == (True, "…3456", NOON + timedelta(hours=72))
    bench.clock.advance(COOL_OFF - timedelta(microseconds=1))
    with pytest.raises(PayoutAccountCoolingOff):
        await bench.asked()
    bench.clock.advance(timedelta(microseconds=1))
    assert (await bench.asked()).status == "processing"


async def test_accounts_need_a_recent_proof_and_are_five_at_most(bench: Bench) -> None:
    seller = bench.proven(bench.seller)
    for _ in range(MOST_ACCOUNTS):
        await bench.add_account(seller, PayoutAccountKind.BANK, "Amina", IBAN, is_default=True)
    assert sum(one.is_default for one in bench.block.rows.payout_accounts.values()) == 1
    with pytest.raises(TooManyPayoutAccounts):
        await bench.add_account(seller, PayoutAccountKind.BANK, "Amina", IBAN, is_default=True)
    bench.clock.advance(HOUR)
    for late in (bench.add_account(seller, PayoutAccountKind.BANK, "Amina", IBAN, is_default=True),
                 bench.remove_account(seller, next(iter(bench.block.rows.payout_accounts)))):  # fmt: skip
        with pytest.raises(StepUpRequired):
            await late


async def test_an_account_with_a_payout_under_way_stays_and_another_becomes_the_default(bench: Bench) -> None:
    await bench.earned("6000")
    seller, (default,) = bench.proven(bench.seller), bench.block.rows.payout_accounts
    other = await bench.add_account(seller, PayoutAccountKind.BANK, "Amina", IBAN, is_default=False)
    payout = await bench.asked()
    with pytest.raises(PayoutAccountInUse):
        await bench.remove_account(seller, default)
    await bench.cancel(bench.seller, payout.id)
    await bench.remove_account(seller, default)
    accounts = bench.block.rows.payout_accounts
    assert (accounts[default].destination, accounts[default].masked) == ("", "…3456")
    assert accounts[other.id].is_default
    with pytest.raises(PayoutAccountNotFound):
        await bench.remove_account(seller, default)


async def test_a_large_payout_waits_for_somebody_else_than_its_seller(bench: Bench) -> None:
    await bench.earned("6000")
    payout = await bench.asked("5000.01")
    assert (payout.status, payout.held_for, bench.due) == ("held", HoldReason.LARGE, [])
    await bench.send(payout.id)
    assert bench.gateway.sent == {}
    with pytest.raises(MissingPermission):
        await bench.approve(an_actor(None, Permission.RECEIVE_PAYOUTS), payout.id)
    with pytest.raises(StepUpRequired):
        await bench.approve(an_actor(), payout.id)
    with pytest.raises(OwnPayout):
        await bench.approve(bench.proven(bench.seller), payout.id)
    assert (await bench.approve(bench.finance, payout.id)).status == "processing"
    await bench.send(payout.id)
    assert bench.status(payout) is S.PAID


async def test_up_to_the_limit_nobody_looks(bench: Bench) -> None:
    await bench.earned("6000")
    assert (await bench.asked("5000")).status == "processing"


@pytest.mark.parametrize("reason", [HoldReason.CHARGEBACK, HoldReason.SUSPENDED])
async def test_a_risk_holds_any_payout(bench: Bench, reason: HoldReason) -> None:
    await bench.earned("100")
    bench.risks.reasons[bench.seller.user] = reason
    assert (await bench.asked("10")).held_for is reason


async def test_what_was_clawed_back_meanwhile_is_not_approved(bench: Bench) -> None:
    await bench.earned("6000")
    payout = await bench.asked()
    await bench.moved("-300")
    with pytest.raises(PayoutNotCovered):
        await bench.approve(bench.finance, payout.id)
    await bench.cancel(bench.finance, payout.id)
    assert (bench.status(payout), await bench.settled()) == (S.CANCELLED, 570_000)


async def test_only_its_seller_and_finance_cancel(bench: Bench) -> None:
    await bench.earned("6000")
    payout = await bench.asked()
    with pytest.raises(PayoutNotFound):
        await bench.cancel(an_actor(None, Permission.RECEIVE_PAYOUTS), payout.id)
    with pytest.raises(MissingPermission):
        await bench.cancel(Actor(bench.seller.user, None, frozenset()), payout.id)
    await bench.cancel(bench.seller, payout.id)
    assert (bench.status(payout), await bench.settled(), await bench.on_the_way()) == (S.CANCELLED, 600_000, 0)
    with pytest.raises(IllegalPayoutMove):
        await bench.cancel(bench.seller, payout.id)


async def test_a_failed_payout_comes_back_and_is_taken_up_again(bench: Bench) -> None:
    await bench.earned("100", FAILING_IBAN)
    payout = await bench.asked()
    for _ in range(2):
        await bench.send(payout.id)
        assert (bench.status(payout), await bench.settled(), await bench.on_the_way()) == (S.FAILED, 10_000, 0)
        with pytest.raises(OwnPayout):
            await bench.retry(bench.seller, payout.id)
        assert (await bench.retry(bench.finance, payout.id)).status == "processing"
        assert (await bench.settled(), await bench.on_the_way()) == (0, 10_000)


async def test_a_failed_payout_whose_money_went_elsewhere_is_not_taken_up(bench: Bench) -> None:
    await bench.earned("100", FAILING_IBAN)
    payout = await bench.asked()
    await bench.send(payout.id)
    await bench.asked("50")
    with pytest.raises(PayoutTooLarge):
        await bench.retry(bench.finance, payout.id)
    assert bench.status(payout) is S.FAILED


async def test_a_silent_provider_is_asked_until_it_answers_and_sends_once(bench: Bench) -> None:
    await bench.earned("100", SLOW_IBAN)
    payout = await bench.asked()
    bench.gateway.unreachable = True
    await bench.send(payout.id)
    assert bench.block.rows.timers[SEND_PAYOUT, payout.id] == NOON + timedelta(seconds=15)
    bench.gateway.unreachable = False
    await bench.send(payout.id)
    assert (bench.status(payout), bench.block.rows.timers[SEND_PAYOUT, payout.id]) == (S.PROCESSING, NOON + HOUR / 60)
    await bench.send(payout.id)
    assert (bench.status(payout), bench.due, len(bench.gateway.sent)) == (S.PAID, [], 1)


async def test_what_the_bank_returned_pays_a_debt_first(bench: Bench) -> None:
    await bench.earned("100")
    payout = await bench.asked()
    await bench.send(payout.id)
    debt = receivable(bench.seller.user, "AED")
    async with bench.block:
        legs = (Entry(debt, 3_000), Entry(CLEARING, -3_000))
        await bench.ledger.post(LedgerTransaction(new_id(), "debt", new_id(), legs))
    view = await bench.reverse(bench.finance, payout.id, "The account is closed")
    assert (view.status, view.message) == ("reversed", "The account is closed")
    assert (await bench.settled(), await bench.balance(debt)) == (7_000, 0)


@given(st.lists(st.sampled_from(PayoutStatus), max_size=8))
def test_a_payout_moves_as_the_table_says(wanted: list[PayoutStatus]) -> None:
    payout, finance = a_payout(), an_actor().user
    moves = {
        S.HELD: lambda: payout.submit(HoldReason.LARGE, NOON), S.CANCELLED: lambda: payout.cancel(finance, NOON),
        S.PROCESSING: lambda: payout.approve(finance, NOON), S.REQUESTED: lambda: payout.retry(finance, NOON),
        S.PAID: lambda: payout.settle(succeeded=True, reference="1", message="Sent", now=NOON),
        S.FAILED: lambda: payout.settle(succeeded=False, reference=None, message="No", now=NOON),
        S.REVERSED: lambda: payout.reverse("Closed", finance, NOON),
    }  # fmt: skip
    seen = [payout.status]
    for to in wanted:
        if to in PAYOUT_MOVES[payout.status]:
            moves[to]()
            seen.append(payout.status)
        else:
            with pytest.raises(IllegalPayoutMove):
                moves[to]()
    assert all(after in PAYOUT_MOVES[before] for before, after in pairwise(seen))
    assert len(payout.pull_events()) == len(seen) - 1


@given(st.integers(0, 10**19 - 1), st.integers(4, 22), st.integers(1, 9))
def test_one_mistyped_sign_of_an_iban_is_noticed(number: int, place: int, by: int) -> None:
    bban = f"{number:019}"
    check = 98 - int(bban + "101400") % 97
    iban = f"AE{check:02}{bban}"
    assert destination_of(PayoutAccountKind.BANK, iban) == iban
    wrong = iban[:place] + str((int(iban[place]) + by) % 10) + iban[place + 1 :]
    with pytest.raises(InvalidPayoutAccount):
        destination_of(PayoutAccountKind.BANK, wrong)


@pytest.mark.parametrize(
    ("kind", "written", "is_good"),
    [
        (PayoutAccountKind.BANK, "GB82 WEST 1234 5698 7654 32", True), (PayoutAccountKind.BANK, "GB82", False),
        (PayoutAccountKind.STRIPE_ACCOUNT, "acct_1Nv0FGQ9RKHgCVdK", True),
        (PayoutAccountKind.STRIPE_ACCOUNT, "cus_1Nv0FGQ9RKHgCVdK", False),
        (PayoutAccountKind.CARD_TOKEN, "tok_1Nv0FGQ9", True), (PayoutAccountKind.CARD_TOKEN, "4242 4242 4242", False),
    ],
)  # fmt: skip
def test_details_fit_their_kind(kind: PayoutAccountKind, written: str, is_good: bool) -> None:
    if is_good:
        assert destination_of(kind, written) == written.replace(" ", "")
    else:
        with pytest.raises(InvalidPayoutAccount):
            destination_of(kind, written)


async def test_a_schedule_pays_once_in_each_period(bench: Bench) -> None:
    await bench.earned("100")
    view = await bench.set_schedule(bench.seller, "AED", Interval.WEEKLY, 3, Decimal(50))
    assert view.next_at
    assert (view.next_at - timedelta(days=1)).date() == NOON.date(), "noon is a Tuesday"
    assert await bench.run_schedules() == 0
    bench.clock.at = view.next_at
    assert [await bench.run_schedules() for _ in range(3)] == [1, 0, 0]
    await bench.moved("49.99")
    bench.clock.advance(timedelta(days=7))
    assert await bench.run_schedules() == 0, "below the minimum"
    await bench.moved("0.01")
    assert await bench.run_schedules() == 0, "this week is over"
    bench.clock.advance(timedelta(days=70))
    assert [await bench.run_schedules() for _ in range(2)] == [1, 0], "missed weeks are not made up for"
    assert {payout.requested_by for payout in bench.block.rows.payouts.values()} == {None}


async def test_a_schedule_waits_for_the_account_to_cool_off(bench: Bench) -> None:
    await bench.moved("100")
    view = await bench.set_schedule(bench.seller, "AED", Interval.WEEKLY, 3, Decimal(50))
    assert view.next_at
    bench.clock.at = view.next_at
    assert await bench.run_schedules() == 0, "no account yet"
    bench.clock.advance(timedelta(days=6))
    await bench.add_account(bench.proven(bench.seller), PayoutAccountKind.BANK, "Amina", IBAN, is_default=True)
    usable = bench.clock.at + COOL_OFF
    bench.clock.advance(timedelta(days=1))
    assert await bench.run_schedules() == 0
    bench.clock.at = usable - timedelta(microseconds=1)
    assert await bench.run_schedules() == 0
    bench.clock.at = usable
    assert await bench.run_schedules() == 1


@given(
    st.datetimes(NOON.replace(tzinfo=None), datetime(2199, 1, 1)),  # noqa: DTZ001 - Hypothesis wants it naive
    st.integers(1, 31),
    st.sampled_from([Interval.WEEKLY, Interval.MONTHLY]),
)
def test_the_next_day_of_a_schedule_is_within_its_interval(at: datetime, wanted: int, interval: Interval) -> None:
    now = at.replace(tzinfo=UTC)
    on = (wanted - 1) % 7 + 1 if interval is Interval.WEEKLY else wanted
    following = PayoutSchedule.starting(an_actor().user, interval, on, aed(10), now).next_at
    assert following is not None
    assert timedelta(0) < following - now <= timedelta(days=7 if interval is Interval.WEEKLY else 31)


@pytest.mark.parametrize(("interval", "day"), [("weekly", 0), ("weekly", 8), ("monthly", 32), ("manual", 1)])
async def test_a_day_that_the_interval_has_not_is_refused(bench: Bench, interval: str, day: int) -> None:
    with pytest.raises(InvalidSchedule):
        await bench.set_schedule(bench.seller, "AED", Interval(interval), day, Decimal(50))
    assert bench.block.rows.payout_schedules == {}


@pytest.mark.parametrize("currency", ["JPY", "AED", "KWD"])
def test_limits_are_in_units_of_the_currency(currency: str) -> None:
    unit = Money.price(Decimal(1), currency)
    assert not PayoutLimits().needs_a_look(unit.times(5_000))
    assert PayoutLimits().needs_a_look(Money(unit.times(5_000).minor + 1, currency))
    PayoutLimits().require_enough(unit.times(10))
    with pytest.raises(PayoutTooSmall):
        PayoutLimits().require_enough(Money(unit.times(10).minor - 1, currency))
