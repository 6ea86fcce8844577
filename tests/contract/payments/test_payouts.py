"""The fakes of payouts and wallets and their SQL adapters keep one contract."""

from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta

import pytest

from marketplace.adapters.gateways.simulated_payouts import SimulatedPayouts
from marketplace.adapters.security.vault import Vault
from marketplace.adapters.sql.payments.payout_accounts import SqlPayoutAccounts, SqlPayoutSchedules
from marketplace.adapters.sql.payments.payouts import SqlPayouts
from marketplace.adapters.sql.payments.wallets import SqlTopUps
from marketplace.adapters.sql.pool import Pool
from marketplace.adapters.sql.transaction import SqlTransaction
from marketplace.application.payments.payout_ports import PayoutAccounts, Payouts, PayoutSchedules
from marketplace.application.payments.ports import GatewaySilent, PayoutGateway, PayoutOrder
from marketplace.application.payments.wallet import TopUps
from marketplace.application.shared.ports import Transaction
from marketplace.domain.payments.payout import HoldReason, Payout, PayoutNotFound, PayoutStatus
from marketplace.domain.payments.payout_account import PayoutAccount, PayoutAccountNotFound
from marketplace.domain.payments.payout_schedule import Interval, PayoutSchedule
from marketplace.domain.payments.wallet import TopUp, TopUpNotFound
from marketplace.domain.shared.errors import StaleAggregate
from marketplace.domain.shared.ids import PayoutAccountId, PayoutId, TopUpId, UserId
from tests.builders.commerce import HOUR, NOON, a_user_id, aed, new_id
from tests.builders.payouts import FAILING_IBAN, IBAN, SLOW_IBAN, a_payout, an_account
from tests.fakes.payouts import (
    MemoryPayoutAccounts,
    MemoryPayoutGateway,
    MemoryPayouts,
    MemoryPayoutSchedules,
    MemoryPayoutTransaction,
    MemoryTopUps,
)
from tests.fakes.world import MemoryTransaction


@dataclass
class Desk:
    transaction: Transaction
    payouts: Payouts
    accounts: PayoutAccounts
    schedules: PayoutSchedules
    top_ups: TopUps

    async def account(self, owner: UserId | None = None, *, is_default: bool = True) -> PayoutAccount:
        account = an_account(owner=owner or a_user_id(), is_default=is_default)
        async with self.transaction:
            await self.accounts.add(account)
        return account

    async def payout(self) -> Payout:
        account = await self.account()
        payout = a_payout(seller=account.owner, account_id=account.id, requested_by=account.owner)
        async with self.transaction:
            await self.payouts.add(payout)
        return payout

    async def schedule(self, next_at: timedelta | None) -> PayoutSchedule:
        one = PayoutSchedule(seller=a_user_id(), interval=Interval.MONTHLY, day=31, minimum=aed(100))
        one.next_at = None if next_at is None else NOON + next_at
        async with self.transaction:
            await self.schedules.put(one)
        return one


class DeskContract:
    async def test_a_payout_comes_back_as_saved(self, desk: Desk) -> None:
        payout = await desk.payout()
        async with desk.transaction:
            loaded = await desk.payouts.lock(payout.id)
            assert asdict(loaded) == asdict(payout)
            loaded.submit(HoldReason.LARGE, NOON)
            loaded.approve(a_user_id(), NOON)
            loaded.settle(succeeded=False, reference="r-1", message="Closed", now=NOON)
            loaded.attempt, loaded.asked = 2, 3
            loaded.pull_events()
            loaded.status = PayoutStatus.HELD
            await desk.payouts.save(loaded)
        async with desk.transaction:
            assert asdict(await desk.payouts.find(payout.id)) == asdict(loaded)

    async def test_a_stale_payout_is_not_saved(self, desk: Desk) -> None:
        payout = await desk.payout()
        async with desk.transaction:
            one, stale = await desk.payouts.lock(payout.id), await desk.payouts.lock(payout.id)
            one.submit(None, NOON)
            await desk.payouts.save(one)
        with pytest.raises(StaleAggregate):
            async with desk.transaction:
                await desk.payouts.save(stale)

    async def test_what_is_unknown_is_not_found(self, desk: Desk) -> None:
        async with desk.transaction:
            for find in (desk.payouts.find, desk.payouts.lock):
                with pytest.raises(PayoutNotFound):
                    await find(PayoutId(new_id()))
            with pytest.raises(PayoutAccountNotFound):
                await desk.accounts.find(PayoutAccountId(new_id()))
            with pytest.raises(TopUpNotFound):
                await desk.top_ups.lock(TopUpId(new_id()))
            assert await desk.schedules.lock(a_user_id(), "AED") is None

    async def test_a_payout_is_awaited_until_it_ends(self, desk: Desk) -> None:
        payout = await desk.payout()
        seen = []
        async with desk.transaction:
            loaded = await desk.payouts.lock(payout.id)
            moves: list[Callable[[], object]] = [
                lambda: loaded.submit(HoldReason.LARGE, NOON), lambda: loaded.approve(a_user_id(), NOON),
                lambda: loaded.settle(succeeded=True, reference="r", message="", now=NOON),
            ]  # fmt: skip
            for move in moves:
                seen.append(await desk.payouts.is_awaited(payout.account_id))
                move()
                await desk.payouts.save(loaded)
            assert [*seen, await desk.payouts.is_awaited(payout.account_id)] == [True, True, True, False]

    async def test_an_account_comes_back_as_saved_until_its_details_are_forgotten(self, desk: Desk) -> None:
        account = await desk.account()
        async with desk.transaction:
            loaded = await desk.accounts.lock(account.owner, account.id)
            loaded.pull_events()
            assert asdict(loaded) == asdict(account)
            assert loaded.destination == IBAN
            loaded.remove(NOON + HOUR)
            await desk.accounts.save(loaded)
        async with desk.transaction:
            assert asdict(await desk.accounts.find(account.id)) == asdict(loaded)
            assert await desk.accounts.hold(account.owner) == []
            for account_id in (account.id, None):
                with pytest.raises(PayoutAccountNotFound):
                    await desk.accounts.lock(account.owner, account_id)

    async def test_the_default_account_is_found_without_an_id_and_others_only_by_their_owner(self, desk: Desk) -> None:
        other = await desk.account(is_default=False)
        default = await desk.account(other.owner)
        async with desk.transaction:
            assert (await desk.accounts.lock(other.owner, None)).id == default.id
            assert (await desk.accounts.lock(other.owner, other.id)).id == other.id
            assert [one.id for one in await desk.accounts.hold(other.owner)] == [other.id, default.id]
            for account_id in (other.id, None):
                with pytest.raises(PayoutAccountNotFound):
                    await desk.accounts.lock(a_user_id(), account_id)

    async def test_a_schedule_is_replaced(self, desk: Desk) -> None:
        one = await desk.schedule(HOUR)
        changed = replace(one, interval=Interval.WEEKLY, day=2, minimum=aed(50), next_at=None)
        async with desk.transaction:
            assert await desk.schedules.lock(one.seller, "AED") == one
            await desk.schedules.put(changed)
            assert await desk.schedules.lock(one.seller, "AED") == changed
            assert await desk.schedules.lock(one.seller, "USD") is None

    async def test_due_schedules_come_in_order_page_by_page(self, desk: Desk) -> None:
        ours = [await desk.schedule(wait) for wait in (HOUR, timedelta(0), None, HOUR * 2, -HOUR)]
        sellers = {one.seller for one in ours}
        found: list[tuple[datetime, UserId, str]] = []
        after = None
        async with desk.transaction:
            while page := await desk.schedules.due(NOON + HOUR, after=after, limit=2):
                found += page
                after = page[-1]
        assert [seller for _, seller, _ in found if seller in sellers] == [ours[i].seller for i in (4, 1, 0)]
        assert sorted(found) == found

    async def test_a_top_up_comes_back(self, desk: Desk) -> None:
        top_up = TopUp(id=TopUpId(new_id()), owner=a_user_id(), amount=aed(50), created_at=NOON)
        async with desk.transaction:
            await desk.top_ups.add(top_up)
            assert await desk.top_ups.lock(top_up.id) == top_up


class TestMemoryDesk(DeskContract):
    @pytest.fixture
    def desk(self) -> Desk:
        block = MemoryPayoutTransaction()
        return Desk(
            block, MemoryPayouts(block), MemoryPayoutAccounts(block), MemoryPayoutSchedules(block), MemoryTopUps(block)
        )


class TestSqlDesk(DeskContract):
    @pytest.fixture
    def desk(self, pool: Pool) -> Desk:
        block = SqlTransaction(pool, {})
        accounts = SqlPayoutAccounts(block, Vault([b"k" * 32]))
        return Desk(block, SqlPayouts(block), accounts, SqlPayoutSchedules(block), SqlTopUps(block))

    async def test_nothing_in_the_table_tells_where_the_money_goes(self, desk: Desk, pool: Pool) -> None:
        account = await desk.account()
        async with pool.connection() as connection:
            stored = await connection.fetchrow("SELECT * FROM payments.payout_accounts WHERE id = $1", account.id)
        assert IBAN not in str(stored)
        assert IBAN.encode() not in stored["sealed"]


class PayoutGatewayContract:
    async def test_a_payout_is_sent_once(self, gateway: PayoutGateway) -> None:
        order = PayoutOrder(payout_id=new_id(), destination=IBAN, amount=aed(100))
        outcome = await gateway.send(order)
        assert (outcome.succeeded, outcome.message) == (True, "Sent")
        assert await gateway.send(order) == outcome

    async def test_a_bad_destination_fails_every_time(self, gateway: PayoutGateway) -> None:
        order = PayoutOrder(payout_id=new_id(), destination=FAILING_IBAN, amount=aed(100))
        outcome = await gateway.send(order)
        assert (outcome.succeeded, outcome.reference) == (False, None)
        assert await gateway.send(order) == outcome

    async def test_after_a_silence_the_answer_is_that_of_the_first_sending(self, gateway: PayoutGateway) -> None:
        order = PayoutOrder(payout_id=new_id(), destination=SLOW_IBAN, amount=aed(100))
        with pytest.raises(GatewaySilent):
            await gateway.send(order)
        outcome = await gateway.send(order)
        assert outcome.succeeded
        assert await gateway.send(order) == outcome


class TestMemoryPayoutGateway(PayoutGatewayContract):
    @pytest.fixture
    def gateway(self) -> PayoutGateway:
        return MemoryPayoutGateway(MemoryTransaction())


class TestSimulatedPayouts(PayoutGatewayContract):
    @pytest.fixture
    def gateway(self, pool: Pool) -> PayoutGateway:
        return SimulatedPayouts(pool)
