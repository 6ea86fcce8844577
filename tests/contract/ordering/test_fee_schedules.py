"""The fakes of the unit tests and the SQL adapters keep one contract."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, replace

import pytest

from marketplace.adapters.bridges.ordering_asks_for_scopes import FeeScopesOfEverybody
from marketplace.adapters.sql.ordering.fee_schedules import FRESH, KnownFees, SqlFeeSchedules
from marketplace.adapters.sql.pool import Pool
from marketplace.adapters.sql.transaction import SqlTransaction
from marketplace.application.ordering.fee_ports import FeeSchedules, FeeScopes
from marketplace.application.shared.ports import Transaction
from marketplace.domain.ordering.fees import (
    DEFAULTS,
    FeeSchedule,
    FeeScheduleId,
    FeeScheduleNotFound,
    Sale,
    UnknownFeeScope,
)
from marketplace.domain.shared.ids import UserId
from tests.builders.commerce import HOUR, NOON, a_user_id, new_id
from tests.builders.fees import a_fee_schedule, a_sale
from tests.fakes.fees import MemoryFeeSchedules, MemoryFeeScopes
from tests.fakes.world import MemoryTransaction

A_PERSON = """
INSERT INTO identity.users (id, email, email_key, username, username_skeleton, full_name, password_hash,
    password_changed_at, role, email_verified, created_at, version)
VALUES ($1, $2::text, $2, $2, $2, 'Somebody', 'none', now(), 'seller', true, now(), 0)
"""


@dataclass
class Fees:
    transaction: Transaction
    schedules: FeeSchedules

    async def add(self, schedule: FeeSchedule) -> None:
        async with self.transaction:
            await self.schedules.add(schedule)
        self.schedules.changed()

    async def save(self, schedule: FeeSchedule) -> None:
        async with self.transaction:
            await self.schedules.save(schedule)
        self.schedules.changed()

    async def locked(self, schedule_id: FeeScheduleId) -> FeeSchedule:
        async with self.transaction:
            return await self.schedules.locked(schedule_id)

    async def ruling(self, sale: Sale) -> FeeSchedule:
        async with self.transaction:
            return (await self.schedules.book()).ruling(sale, NOON)


class FeeSchedulesContract:
    async def test_what_was_used_is_read_by_its_ids_ended_or_not(self, fees: Fees) -> None:
        ended = a_fee_schedule(starts_at=NOON - 2 * HOUR, ends_at=NOON - HOUR)
        default = next(iter(DEFAULTS.values()))
        await fees.add(ended)
        async with fees.transaction:
            used = await fees.schedules.used({ended.id, default.id})
        assert used == {ended.id: ended, default.id: default}

    async def test_the_defaults_are_there(self, fees: Fees) -> None:
        for default in DEFAULTS.values():
            assert await fees.locked(default.id) == default
            assert await fees.ruling(a_sale(channel=default.channel)) == default

    @pytest.mark.parametrize(
        "schedule",
        [
            a_fee_schedule(seller=a_user_id()),
            a_fee_schedule(
                channel="live", category="books", seller=a_user_id(), fixed=1, minimum=0, maximum=10**15,
                currency="KWD", ends_at=NOON + HOUR, note="Winter",
            ),
        ],
    )  # fmt: skip
    async def test_a_schedule_comes_back_as_saved(self, fees: Fees, schedule: FeeSchedule) -> None:
        await fees.add(schedule)
        assert await fees.locked(schedule.id) == schedule
        changed = replace(
            schedule, channel="desk", category=None, basis_points=7, fixed=2, minimum=3, maximum=4, currency="USD",
            starts_at=NOON + HOUR, ends_at=NOON + 2 * HOUR, note="",
        )  # fmt: skip
        await fees.save(changed)
        assert await fees.locked(schedule.id) == changed

    async def test_a_change_is_in_the_book_at_once(self, fees: Fees) -> None:
        sale = a_sale()
        before = await fees.ruling(sale)
        schedule = a_fee_schedule(seller=sale.seller)
        await fees.add(schedule)
        assert await fees.ruling(sale) == schedule
        await fees.save(replace(schedule, starts_at=NOON + HOUR))
        assert await fees.ruling(sale) == before

    async def test_a_category_has_the_schedule_of_its_parent(self, fees: Fees) -> None:
        sale = a_sale(category="plumbing")
        schedule = a_fee_schedule(seller=sale.seller, category="home_services")
        await fees.add(schedule)
        assert await fees.ruling(sale) == schedule
        assert await fees.ruling(replace(sale, category="books")) != schedule

    async def test_what_is_open_is_counted_up_to_a_bound(self, fees: Fees) -> None:
        async with fees.transaction:
            before = await fees.schedules.open(NOON, 1_000)
        for ends_at in (NOON + HOUR, None):
            await fees.add(a_fee_schedule(seller=a_user_id(), ends_at=ends_at))
        async with fees.transaction:
            assert await fees.schedules.open(NOON, 1_000) == before + 2
            assert await fees.schedules.open(NOON + HOUR, 1_000) == before + 1
            assert await fees.schedules.open(NOON, 2) == 2

    async def test_an_unknown_schedule_is_not_found(self, fees: Fees) -> None:
        with pytest.raises(FeeScheduleNotFound):
            await fees.locked(FeeScheduleId(new_id()))

    async def test_a_failed_block_leaves_nothing(self, fees: Fees) -> None:
        lost = a_fee_schedule()
        with pytest.raises(ZeroDivisionError):
            async with fees.transaction:
                await fees.schedules.add(lost)
                raise ZeroDivisionError
        with pytest.raises(FeeScheduleNotFound):
            await fees.locked(lost.id)


class TestMemoryFeeSchedules(FeeSchedulesContract):
    @pytest.fixture
    def fees(self) -> Fees:
        transaction = MemoryTransaction()
        return Fees(transaction, MemoryFeeSchedules(transaction, {"plumbing": "home_services"}))


class TestSqlFeeSchedules(FeeSchedulesContract):
    @pytest.fixture
    def fees(self, pool: Pool) -> Fees:
        transaction = SqlTransaction(pool, {})
        return Fees(transaction, SqlFeeSchedules(transaction, KnownFees()))


class Monotonic:
    def __init__(self) -> None:
        self.at = 0.0

    def __call__(self) -> float:
        return self.at


async def test_another_process_has_a_change_within_a_second_and_reads_nothing_meanwhile(pool: Pool) -> None:
    transaction, clock, sale = SqlTransaction(pool, {}), Monotonic(), a_sale()
    here = Fees(transaction, SqlFeeSchedules(transaction, KnownFees()))
    there = Fees(transaction, SqlFeeSchedules(transaction, KnownFees(clock)))
    before = await there.ruling(sale)
    schedule = a_fee_schedule(seller=sale.seller)
    await here.add(schedule)
    assert await here.ruling(sale) == schedule
    clock.at = FRESH - 0.001
    assert await there.ruling(sale) == before
    clock.at = FRESH
    assert await there.ruling(sale) == schedule


async def test_what_ended_long_ago_is_not_read(pool: Pool) -> None:
    transaction = SqlTransaction(pool, {})
    fees = Fees(transaction, SqlFeeSchedules(transaction, KnownFees()))
    async with pool.connection() as connection:
        now = await connection.fetchval("SELECT now()")
    long_ago, just_now = (
        a_fee_schedule(seller=a_user_id(), starts_at=now - 3 * HOUR, ends_at=now - ago) for ago in (2 * HOUR, HOUR / 2)
    )
    for schedule in (long_ago, just_now):
        await fees.add(schedule)
    async with transaction:
        book = await fees.schedules.book()
    then = now - 2.5 * HOUR
    assert book.ruling(a_sale(seller=just_now.seller), then) == just_now
    assert book.ruling(a_sale(seller=long_ago.seller), then).id in DEFAULTS


@dataclass
class Known:
    scopes: FeeScopes
    person: UserId


class FeeScopesContract:
    async def test_what_there_is_may_have_a_schedule(self, known: Known) -> None:
        for category in (None, "electronics"):
            for seller in (None, known.person):
                await known.scopes.require(category, seller)

    async def test_what_there_is_not_may_have_none(self, known: Known) -> None:
        with pytest.raises(UnknownFeeScope) as refused:
            await known.scopes.require("submarines", known.person)
        assert refused.value.field == "category"
        with pytest.raises(UnknownFeeScope) as refused:
            await known.scopes.require(None, a_user_id())
        assert refused.value.field == "seller_id"


class TestMemoryFeeScopes(FeeScopesContract):
    @pytest.fixture
    def known(self) -> Known:
        person = a_user_id()
        return Known(MemoryFeeScopes({"electronics"}, {person}), person)


class TestFeeScopesOfEverybody(FeeScopesContract):
    @pytest.fixture
    async def known(self, pool: Pool) -> AsyncIterator[Known]:
        transaction, person = SqlTransaction(pool, {}), a_user_id()
        async with transaction:
            await transaction.connection.execute(A_PERSON, person, f"user_{person.hex[-12:]}")
            yield Known(FeeScopesOfEverybody(transaction), person)
