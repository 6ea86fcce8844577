"""The fakes and the SQL adapters of plans and subscriptions keep one contract."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, replace

import pytest

from marketplace.adapters.sql.pool import Pool
from marketplace.adapters.sql.subscriptions.plans import SqlPlans
from marketplace.adapters.sql.subscriptions.subscriptions import SqlSubscriptions
from marketplace.adapters.sql.transaction import SqlTransaction
from marketplace.application.shared.ports import Transaction
from marketplace.application.subscriptions.ports import Plans, Subscriptions
from marketplace.domain.shared.errors import StaleAggregate
from marketplace.domain.subscriptions.moves import AlreadySubscribed, SubscriptionId, SubscriptionNotFound
from marketplace.domain.subscriptions.period import PeriodId
from marketplace.domain.subscriptions.plan import Plan, PlanId, PlanNotFound
from marketplace.domain.subscriptions.subscription import Subscription
from tests.builders.commerce import a_user_id, new_id
from tests.engines import Database
from tests.fakes.subscriptions import MemoryPlans, MemorySubscriptions
from tests.fakes.world import MemoryTransaction
from tests.unit.subscriptions.world import FIRST, a_plan, a_subscription, charged, minor


@dataclass
class Club:
    transaction: Transaction
    plans: Plans
    subscriptions: Subscriptions

    async def planned(self, plan: Plan) -> Plan:
        async with self.transaction:
            await self.plans.add(plan)
        return plan

    async def added(self, one: Subscription) -> Subscription:
        async with self.transaction:
            await self.subscriptions.add(one)
        return one

    async def subscribed(self, *, on_trial: bool = False) -> Subscription:
        """To a creator of its own."""
        plan = await self.planned(a_plan(creator=a_user_id(), trial_days=7 if on_trial else 0))
        return await self.added(a_subscription(plan, on_trial=on_trial))

    async def saved(self, one: Subscription) -> None:
        async with self.transaction:
            await self.subscriptions.save(one)

    async def locked(self, one: Subscription) -> Subscription:
        async with self.transaction:
            return await self.subscriptions.lock(one.id)


@pytest.fixture(params=["memory", "sql"])
async def club(request: pytest.FixtureRequest) -> AsyncIterator[Club]:
    if request.param == "memory":
        memory = MemoryTransaction()
        yield Club(memory, MemoryPlans(memory), MemorySubscriptions(memory))
    else:
        database: Database = request.getfixturevalue("database")
        pool = Pool(database.app_dsn)
        sql = SqlTransaction(pool, {})
        yield Club(sql, SqlPlans(sql), SqlSubscriptions(sql))
        await pool.close()


def facts(one: Subscription) -> dict[str, object]:
    """All but its events; plans by their id."""
    names = [name for kind in type(one).__mro__ for name in getattr(kind, "__slots__", ()) if name != "_events"]
    found = {name: getattr(one, name) for name in names}
    return {name: value.id if isinstance(value, Plan) else value for name, value in found.items()}


async def test_a_plan_comes_back_and_only_its_words_change(club: Club) -> None:
    plan = await club.planned(a_plan(creator=a_user_id()))
    plan.revise({"name": "Back row", "is_archived": True})
    async with club.transaction:
        await club.plans.save(plan)
        again = await club.plans.find(plan.id)
        assert (again.name, again.is_archived, again.price, again.version) == ("Back row", True, plan.price, 1)
        with pytest.raises(PlanNotFound):
            await club.plans.find(PlanId(new_id()))
        again.version = 0
        with pytest.raises(StaleAggregate):
            await club.plans.save(again)


async def test_a_subscription_comes_back_whole_with_its_upgrade(club: Club) -> None:
    one = await club.subscribed()
    assert facts(await club.locked(one)) == facts(one)
    charged(one, FIRST)
    dearer = await club.planned(a_plan(creator=one.creator, price=minor(9_900)))
    one.upgrade_to(dearer, PeriodId(new_id()), minor(12), FIRST)
    await club.saved(one)
    assert facts(await club.locked(one)) == facts(one)
    assert one.upgrade is not None
    for period in (one.period, one.upgrade):
        async with club.transaction:
            assert (await club.subscriptions.lock_of(period.id)).id == one.id


async def test_a_refund_stands_on_the_period(club: Club) -> None:
    one = await club.subscribed()
    charged(one, FIRST)
    await club.saved(one)
    async with club.transaction:
        await club.subscriptions.note_refund(one.period.id, minor(500))
    assert (await club.locked(one)).period == replace(one.period, refunded=minor(500))


async def test_two_people_have_one_that_has_not_ended(club: Club) -> None:
    one = await club.subscribed(on_trial=True)
    another = a_subscription(one.plan)
    another.subscriber = one.subscriber
    with pytest.raises(AlreadySubscribed):
        await club.added(another)
    async with club.transaction:
        found = await club.subscriptions.open_one(one.subscriber, one.creator)
        assert found is not None
        assert found.id == one.id
        assert await club.subscriptions.open_one(one.creator, one.subscriber) is None
        for user, as_creator, ids in (
            (one.subscriber, False, [one.id]), (one.creator, True, [one.id]), (one.creator, False, []),
        ):  # fmt: skip
            assert await club.subscriptions.open_of(user, as_creator=as_creator) == ids
        assert await club.subscriptions.had_trial(one.subscriber, one.creator)
    one.cancel(FIRST)
    await club.saved(one)
    await club.added(another)
    async with club.transaction:
        assert await club.subscriptions.open_of(one.creator, as_creator=True) == [another.id]


async def test_what_is_stale_or_unknown_is_refused(club: Club) -> None:
    one = await club.subscribed()
    await club.saved(one)
    one.version = 0
    with pytest.raises(StaleAggregate):
        await club.saved(one)
    async with club.transaction:
        with pytest.raises(SubscriptionNotFound):
            await club.subscriptions.lock(SubscriptionId(new_id()))
        with pytest.raises(SubscriptionNotFound):
            await club.subscriptions.lock_of(PeriodId(new_id()))
